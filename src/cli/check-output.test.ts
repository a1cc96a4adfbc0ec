import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { CheckReport } from '../inspection/check-report.ts';
import { type PrintedCheck, printCheck } from './check-output.ts';

const REPORT: CheckReport = {
  images: 12,
  duplicates: [{ kind: 'exact', files: ['1.png', 'copy.png'] }],
  leaks: [],
  labelErrors: [],
  outliers: [],
  groups: { pattern: "^(o'.+)$", groups: 4, images: 8, agreement: null, leaks: [] },
  classes: [],
  learningCurve: null,
  warnings: [],
};

function printed(about: Partial<PrintedCheck>): string[] {
  let text = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  onTestFinished(() => write.mockRestore());
  printCheck(REPORT, { data: 'my labels.csv', isOfTexts: false, ...about });
  write.mockRestore();
  return text.split('\n').map((line) => line.trim());
}

describe('what a check says to do next', () => {
  it('is the command as it was called, in words that a shell takes', () => {
    expect(printed({ images: 'my photos' })).toEqual(
      expect.arrayContaining([
        "keep them together: graft train 'my labels.csv' --group '^(o'\\''.+)$'",
        "all of it: graft check 'my labels.csv' --images 'my photos' --csv findings.csv --html findings.html",
      ]),
    );
    expect(printed({ images: 'my photos', plan: 'a plan.csv' })).toContain(
      "graft check 'my labels.csv' --images 'my photos' --fix 'a plan.csv'",
    );
  });

  it('moves nothing of texts, which are lines of a file', () => {
    expect(printed({ isOfTexts: true, plan: 'plan.csv' }).join(' ')).not.toContain('--fix');
  });
});
