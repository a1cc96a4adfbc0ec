import { describe, expect, it } from 'vitest';
import type { CheckReport } from '../../inspection/check-report.ts';
import type { FindingKind } from '../engine/check-state.ts';
import { ImageFindings } from './image-findings.ts';
import { ImageIndex } from './image-index.ts';

const REPORT: CheckReport = {
  images: 6,
  duplicates: [
    { kind: 'exact', files: ['cat/a.png', 'dog/a.png'] },
    { kind: 'near', files: ['cat/b.png', 'cat/c.png'] },
  ],
  leaks: [{ kind: 'label', files: ['cat/a.png', 'dog/a.png'] }],
  labelErrors: [{ file: 'cat/d.png', given: 'cat', suggested: 'dog', score: 0.9 }],
  outliers: [{ file: 'dog/e.png', score: 0.8 }],
  groups: null,
  classes: [],
  learningCurve: null,
  warnings: [
    { kind: 'dark', text: '1 image is nearly black.', files: ['cat/b.png'] },
    { kind: 'blurred', text: '1 image is blurred.', files: ['cat/b.png'] },
    { kind: 'unreadable', text: '1 file cannot be read.', files: ['cat/gone.png'] },
  ],
};

function checked(): { readonly index: ImageIndex; readonly findings: ImageFindings } {
  const index = new ImageIndex();
  const paths = ['cat/a.png', 'cat/b.png', 'cat/c.png', 'cat/d.png', 'dog/a.png', 'dog/e.png'];
  const images = paths.map((path) => ({ path, className: path.split('/')[0]!, part: null }));
  index.take({ folders: [], images, parts: [], notes: [] });
  const byPath = new Map(index.all.map((image) => [image.path, image]));
  return { index, findings: new ImageFindings(REPORT, index, byPath) };
}

function told(findings: ImageFindings, kind: FindingKind): (readonly [string, string])[] {
  return [...findings.of(kind)].map(([image, { text }]) => [image.path, text]);
}

describe('findings of a check', () => {
  it('are images, the worst first, each with what is said of it', () => {
    const { findings } = checked();
    expect(told(findings, 'label')).toEqual([['cat/d.png', 'looks like dog']]);
    expect(told(findings, 'duplicate')).toEqual([
      ['cat/a.png', 'same file as a.png of "dog"'],
      ['dog/a.png', 'same file as a.png of "cat"'],
      ['cat/b.png', 'nearly the same as c.png of "cat"'],
      ['cat/c.png', 'nearly the same as b.png of "cat"'],
    ]);
    expect(told(findings, 'leak')).toEqual([
      ['cat/a.png', 'also in dog: a.png'],
      ['dog/a.png', 'also in cat: a.png'],
    ]);
    expect(told(findings, 'outlier')).toEqual([['dog/e.png', 'like no other']]);
    expect(told(findings, 'fault')).toEqual([['cat/b.png', 'nearly black, blurred']]);
    expect(findings.counts()).toEqual({ label: 1, duplicate: 4, leak: 2, outlier: 1, fault: 1 });
  });

  it('call copies of texts texts, and what says nothing empty; what has no label was not to be checked', () => {
    const index = new ImageIndex();
    const texts = ['so good', 'so good', '', 'unlabeled'].map((text, line) => {
      const className = text === 'unlabeled' ? '' : 'good';
      return { ...index.create({ path: `a.csv, line ${line + 2}`, className, part: null }), text };
    });
    index.replace(texts);
    const files = texts.map(({ path }) => path);
    const report: CheckReport = {
      ...REPORT,
      duplicates: [{ kind: 'exact', files: files.slice(0, 2) }],
      warnings: [{ kind: 'unreadable', text: '1 text is empty.', files: [files[2]!] }],
    };
    const examples = new Map(texts.slice(0, 3).map((text) => [text.path, text]));
    const findings = new ImageFindings(report, index, examples);
    expect(told(findings, 'duplicate')).toEqual([
      ['a.csv, line 2', 'same text as a.csv, line 3 of "good"'],
      ['a.csv, line 3', 'same text as a.csv, line 2 of "good"'],
    ]);
    expect(told(findings, 'fault')).toEqual([['a.csv, line 4', 'empty']]);
    expect(findings.unchecked()).toBe(0);
  });

  it('are none any more where a label was mended, or a copy lies in the bin; images of later are told', () => {
    const { index, findings } = checked();
    index.move('cat/d.png', 'dog/d.png', { className: 'dog', part: null });
    index.move('dog/a.png', '.graft/bin/1/dog/a.png', { className: null, part: null });
    index.move('new', 'cat/f.png', { className: 'cat', part: null });
    index.changed();
    expect(findings.counts()).toEqual({ label: 0, duplicate: 2, leak: 0, outlier: 1, fault: 1 });
    expect(findings.unchecked()).toBe(1);
    index.move('dog/d.png', 'cat/d.png', { className: 'cat', part: null });
    index.changed();
    expect(findings.counts().label).toBe(1);
  });
});
