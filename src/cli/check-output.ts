/** @file What people read of a check, and of files that were moved aside. */

import { shellWord } from '../core/errors/shell-word.ts';
import { visible } from '../core/errors/visible-text.ts';
import type { CheckReport } from '../inspection/check-report.ts';
import { applyCheckPlan, type QuarantineReport, undoCheckPlan } from '../use-cases/check-plan.ts';
import { count, formatCount, percent, percentInterval, percentOrNone } from './number-text.ts';
import { table } from './table.ts';
import { measureColumns, printJson, printOut, styled, USUAL_COLUMNS } from './terminal.ts';

/** Of each kind so many are shown; a table and a page have all. */
const MAX_SHOWN = 5;
const MAX_CLASSES = 20;

/** What was checked, as the command line has it. */
export interface CheckedData {
  readonly data: string;
  /** Of a CSV file. */
  readonly images?: string | undefined;
  readonly quarantine?: string | undefined;
}

export interface PrintedCheck extends CheckedData {
  /** Lines of a file cannot be moved. */
  readonly isOfTexts: boolean;
  /** Where the table was written to. */
  readonly plan?: string | undefined;
  /** Where the page was written to. */
  readonly html?: string | undefined;
}

/** Prints what was found, the worst first, then what to do. */
export function printCheck(report: CheckReport, printed: PrintedCheck): void {
  const { data, plan, html, isOfTexts } = printed;
  printLeaks(report);
  printDuplicates(report);
  printList(
    'likely label errors',
    report.labelErrors,
    ['file', 'label', 'suggested', 'score'],
    ({ file, given, suggested, score }) => [file, given, suggested, score.toFixed(2)],
  );
  printList('outliers', report.outliers, ['file', 'distance'], ({ file, score }) => [file, score.toFixed(2)]);
  printGroups(report, data);
  printClasses(report);
  printCurve(report);
  printWarnings(report);
  const clean = report.duplicates.length + report.labelErrors.length + report.outliers.length === 0;
  if (clean) printOut('no duplicates, label errors or outliers found\n');
  const written = [plan, html].flatMap((path) => (path === undefined ? [] : visible(path)));
  if (written.length > 0) printOut(`\nwritten: ${written.join(', ')}\n`);
  if (plan === undefined) {
    if (!clean) printOut(`\nall of it: ${commandOf(printed)} --csv findings.csv --html findings.html\n`);
  } else if (!isOfTexts) {
    printOut(
      `next: look through ${visible(plan)}, change "quarantine" to "keep" where it is wrong, then\n  ${commandOf(printed)} --fix ${visible(shellWord(plan))}\n`,
    );
  }
}

/** The same check again, for further flags. */
function commandOf({ data, images, quarantine }: CheckedData): string {
  const flag = (name: string, value: string | undefined): string =>
    value === undefined ? '' : ` ${name} ${shellWord(value)}`;
  return visible(
    `graft check ${shellWord(data)}${flag('--images', images)}${flag('--quarantine', quarantine)}`,
  );
}

/** Moves by a plan, or back, and tells what was moved. */
export async function moveSuspects(
  checked: CheckedData,
  { fix, json }: { readonly fix: string | undefined; readonly json: boolean },
): Promise<void> {
  const { data, images: imageFolder, quarantine } = checked;
  const options = { quarantine, imageFolder };
  const report =
    fix === undefined ? await undoCheckPlan(data, options) : await applyCheckPlan(data, fix, options);
  if (json) printJson(report);
  else printMoves(report, checked, fix !== undefined);
}

function printMoves(
  { quarantine, moved, left }: QuarantineReport,
  checked: CheckedData,
  isFix: boolean,
): void {
  const verb = isFix ? `moved to ${visible(quarantine)}` : 'brought back';
  printOut(`${formatCount(moved.length, 'file')} ${verb}\n`);
  for (const { file, reason } of left.slice(0, MAX_SHOWN)) printOut(`left: ${visible(file)}: ${reason}\n`, 6);
  more(left.length);
  if (isFix && moved.length > 0) printOut(`to bring them back: ${commandOf(checked)} --undo\n`);
}

function printLeaks({ leaks }: CheckReport): void {
  const [splits, labels] = (['split', 'label'] as const).map((kind) =>
    leaks.filter((leak) => leak.kind === kind),
  );
  if (splits!.length > 0) {
    heading(
      `${formatCount(splits!.length, 'leak')} between parts: what is trained on must not validate or test`,
    );
    printGroupsOf(splits!);
  }
  if (labels!.length > 0) {
    heading(`${formatCount(labels!.length, 'group')} of duplicates with different labels`);
    printGroupsOf(labels!);
  }
}

function printDuplicates({ duplicates }: CheckReport): void {
  for (const kind of ['exact', 'near'] as const) {
    const groups = duplicates.filter((group) => group.kind === kind);
    if (groups.length === 0) continue;
    const files = groups.reduce((sum, group) => sum + group.files.length, 0);
    heading(`${formatCount(groups.length, 'group')} of ${kind} duplicates, ${formatCount(files, 'file')}`);
    printGroupsOf(groups);
  }
}

function printGroupsOf(groups: readonly { readonly files: readonly string[] }[]): void {
  for (const { files } of groups.slice(0, MAX_SHOWN)) {
    const rest = files.length > 3 ? ` and ${count(files.length - 3)} more` : '';
    printOut(`  ${files.slice(0, 3).map(visible).join(' = ')}${rest}\n`, 4);
  }
  more(groups.length);
}

function printList<T>(
  title: string,
  found: readonly T[],
  header: readonly string[],
  cells: (each: T) => readonly string[],
): void {
  if (found.length === 0) return;
  heading(`${count(found.length)} ${found.length === 1 ? title.replace(/s$/, '') : title}`);
  printTable(header, found.slice(0, MAX_SHOWN).map(cells));
  more(found.length);
}

function printGroups({ groups }: CheckReport, data: string): void {
  if (groups === null) return;
  heading(`names suggest ${formatCount(groups.groups, 'group')} of ${formatCount(groups.images, 'image')}`);
  if (groups.agreement !== null) {
    printOut(`  of ${percent(groups.agreement)} the most similar image is in the same group\n`, 2);
  }
  if (groups.leaks.length > 0) {
    printOut(
      `  ${formatCount(groups.leaks.length, 'group')} in several parts, the first "${visible(groups.leaks[0]!.key)}"\n`,
      2,
    );
  }
  printOut(
    `  keep them together: graft train ${visible(`${shellWord(data)} --group ${shellWord(groups.pattern)}`)}\n`,
    2,
  );
}

function printClasses({ classes }: CheckReport): void {
  if (classes.length === 0) return;
  heading('classes');
  const rows = classes.slice(0, MAX_CLASSES).map(({ className, images, recall, confusedWith }) => [
    className,
    count(images),
    percentOrNone(recall),
    confusedWith
      .slice(0, 3)
      .map((other) => `${other.className} (${count(other.images)})`)
      .join(', '),
  ]);
  printTable(['class', 'examples', 'recall', 'predicted as'], rows);
  more(classes.length, MAX_CLASSES);
}

function printCurve({ learningCurve }: CheckReport): void {
  if (learningCurve === null) return;
  const { points, doubled } = learningCurve;
  heading('learning curve of a linear head, by cross-validation');
  const rows = points.map(({ fraction, images, accuracy, interval }) => [
    percent(fraction).replace('.0%', '%'),
    count(images),
    percent(accuracy),
    percentInterval(interval),
  ]);
  if (doubled !== null) {
    const { images, accuracy, interval } = doubled;
    rows.push(['200%, forecast', count(images), percent(accuracy), percentInterval(interval)]);
  }
  printTable(['of the data', 'examples', 'accuracy', '95% CI'], rows);
}

function printWarnings({ warnings }: CheckReport): void {
  // What is odd about the data was said before the work.
  const told = warnings.filter(({ kind }) => kind !== 'data' && kind !== 'unreadable');
  if (told.length === 0) return;
  printOut('\n');
  for (const { text, files } of told) {
    const first = files === undefined ? '' : ` ${files.length > 1 ? 'The first' : 'It'}: ${files[0]}`;
    printOut(`${styled('yellow', 'note', 'out')} ${visible(text + first)}\n`, 'note '.length);
  }
}

function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const width = (measureColumns('out') ?? USUAL_COLUMNS) - 2;
  const lines = table(header, rows, { width }).split('\n');
  printOut(
    lines
      .map((line) => `  ${line}`.trimEnd())
      .join('\n')
      .concat('\n'),
  );
}

function heading(text: string): void {
  printOut(`\n${styled('bold', text, 'out')}\n`);
}

function more(all: number, shown = MAX_SHOWN): void {
  if (all > shown) printOut(`  ... and ${count(all - shown)} more\n`);
}
