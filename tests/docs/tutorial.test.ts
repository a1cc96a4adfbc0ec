/** @file The tutorial shows the programs that were run, what they printed, and commands that there are. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blocksOf, commandsOf, excerptOf, fillPage, regionAt, regionsOf } from '../../tools/tutorial/page.ts';
import { PAGE, PROGRAMS, RECORDED, readSources } from '../../tools/tutorial/sources.ts';
import { withMessage } from '../support/saying.ts';

const LARGEST_IMAGE_BYTES = 150_000;

const page = readFileSync(PAGE, 'utf8');
const blocks = blocksOf(page);

describe('docs/tutorial.md', () => {
  it('has in its blocks what the programs say and what was recorded', () => {
    expect(blocks.length).toBeGreaterThan(20);
    // If not: npx tsx tools/make-tutorial.ts --page
    expect(fillPage(page, readSources())).toBe(page);
  });

  it('shows the program whole, in its order', () => {
    const source = readFileSync(PROGRAMS.recipe, 'utf8');
    const regions = [...regionsOf(source).keys()];
    expect(blocks.filter(({ kind, name }) => kind === 'code' && regions.includes(name))).toEqual(
      regions.map((name) => expect.objectContaining({ name })),
    );
    const outside = source
      .replace(/^\/\*\*[\s\S]*?\*\/$/m, '')
      .replace(/^\/\/ #region[\s\S]*?^\/\/ #endregion$/gm, '');
    expect(outside.trim()).toBe('');
  });

  it('marks every block of code, but for data on disk and commands that need a network', () => {
    const fences = [...page.matchAll(/^```(\w+)$/gm)].map(([, language]) => language);
    expect(fences.filter((language) => language !== 'sh')).toHaveLength(
      blocks.filter(({ kind }) => kind !== 'run').length,
    );
  });

  it('shows everything that was recorded', () => {
    const shown = new Set(blocks.filter(({ kind }) => kind === 'output').map(({ name }) => `${name}.txt`));
    for (const [image] of page.matchAll(/(?<=\]\(tutorial\/)[^)]+/g)) shown.add(image);
    expect(readdirSync(RECORDED).toSorted()).toEqual([...shown].toSorted());
    for (const name of shown) {
      expect(statSync(join(RECORDED, name)).size, name).toBeLessThan(LARGEST_IMAGE_BYTES);
    }
  });

  it('names no place of the machine that it was made on', () => {
    for (const name of readdirSync(RECORDED).filter((file) => /\.(txt|svg)$/.test(file))) {
      expect(readFileSync(join(RECORDED, name), 'utf8'), name).not.toMatch(/\/(tmp|home|root|Users|var)\//);
    }
  });

  it('links to files that there are', () => {
    for (const [, link = ''] of page.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      expect(statSync(join(dirname(PAGE), link)).isFile(), link).toBe(true);
    }
  });
});

describe('the parts of a page', () => {
  const source = '// #region one\nfirst();\n// #endregion\n\n// #region two\nsecond();\n// #endregion\n';

  it('are found', () => {
    expect([...regionsOf(source)]).toEqual([
      ['one', 'first();\n'],
      ['two', 'second();\n'],
    ]);
    expect([1, 2, 3, 4, 6].map((line) => regionAt(source, line))).toEqual([
      'one',
      'one',
      undefined,
      undefined,
      'two',
    ]);
    const commands = '<!-- run: both -->\n\n```sh\nnpx graft a \\\n  --b\nnpx graft c\n```\n';
    expect(commandsOf(commands)).toEqual([
      { name: 'both', words: ['npx', 'graft', 'a', '--b'] },
      { name: 'both', words: ['npx', 'graft', 'c'] },
    ]);
  });

  it('are put in, and an unknown one is refused', () => {
    const old = 'Text.\n\n<!-- code: two -->\n\n```ts\nold();\n```\n\nText.\n';
    const sources = { regions: regionsOf(source), outputs: new Map<string, string>() };
    expect(fillPage(old, sources)).toBe('Text.\n\n<!-- code: two -->\n\n```ts\nsecond();\n```\n\nText.\n');
    expect(() => fillPage(old.replace('two', 'three'), sources)).toThrow(
      withMessage('the tutorial: there is no code "three".'),
    );
  });

  it('are cut where they are long', () => {
    const shows = (what: string): string => `<!-- output: long${what} -->\n\n\`\`\`text\n\`\`\`\n`;
    const text = '1\n2\n3\n4\n5\n';
    expect(excerptOf(shows(', head 2, tail 1'), 'long', text)).toBe('1\n2\n... 2 lines ...\n5\n');
    expect(excerptOf(shows(', head 3, tail 2'), 'long', text)).toBe(text);
    expect(excerptOf(shows(', head 4, tail 4'), 'long', text)).toBe(text);
    expect(excerptOf(shows(''), 'long', text)).toBe(text);
    expect(excerptOf(shows(''), 'other', text)).toBeUndefined();
  });
});
