/** @file CSV files with faults, through the built command line: one line that says what is wrong, and where. */

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliResult, graft } from './cli.ts';
import { drawMixedImages, type MixedImage } from './drawn-images.ts';

let cwd: string;
let images: readonly MixedImage[];
/** Of the labels `discs` and `rings`, and of the number `discs`. */
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'graft-e2e-csv-bad-'));
  images = await drawMixedImages(cwd, 20, 3);
  await write('labels.csv', 'file,labels', ...labelled);
  await write('numbers.csv', 'file,discs', ...images.map(({ file, discs }) => `${file},${discs + 0.5}`));
  for (const name of ['labels', 'numbers']) {
    const { status, stderr } = await train(`${name}.csv`, '--out', name);
    if (status !== 0) throw new Error(stderr);
  }
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const labelled = Array.from(
  { length: 20 },
  (_, i) => `mixed${i}.jpg,${['discs', 'rings', 'discs|rings', ''][i % 4]}`,
);
const write = (name: string, ...lines: readonly string[]): Promise<void> =>
  writeFile(join(cwd, name), `${lines.join('\n')}\n`);
const run = (...args: string[]): Promise<CliResult> => graft(args, { cwd });
const train = (file: string, ...args: string[]): Promise<CliResult> =>
  run('train', file, '--size', '64', '--epochs', '3', ...args);

/** What it says, which is one line, with nothing left behind. */
async function refusal(result: Promise<CliResult>, status = 1): Promise<string> {
  const { status: ended, stdout, stderr } = await result;
  expect([ended, stdout]).toEqual([status, '']);
  const lines = stderr.trimEnd().split('\n');
  expect(lines.filter((line) => /^(error|bug|stopped)/.test(line))).toHaveLength(1);
  expect(existsSync(join(cwd, 'graft-runs'))).toBe(false);
  return lines.at(-1)!;
}

describe('files that cannot be learned from', () => {
  const where = 'error label file "bad.csv"';
  it.each<[string, string[], string]>([
    [
      'missing images',
      ['file,labels', ...labelled, 'gone.jpg,discs', 'lost.jpg,rings'],
      `${where}: expected its images in "CWD", received 2 of 22 missing: "gone.jpg", "lost.jpg". Check the names, or leave out the lines without an image (--allow-missing).`,
    ],
    [
      'all images missing',
      ['file,labels', 'a/mixed0.jpg,discs', 'a/mixed1.jpg,rings'],
      `${where}: expected its images in "CWD", received 2 of 2 missing: "a/mixed0.jpg", "a/mixed1.jpg". Give the folder that the names are relative to (--images).`,
    ],
    [
      'a name without extension',
      ['file,labels', 'mixed0,discs', 'mixed1.jpg,rings'],
      `${where}: expected its images in "CWD", received 1 of 2 missing: "mixed0". There is "mixed0.jpg": write names as the files have them, with extension.`,
    ],
    [
      'two answers for an image',
      ['file,labels', ...labelled, 'mixed0.jpg,rings'],
      `${where}, line 22: expected one ground truth for "CWD/mixed0.jpg", received "rings", and in line 2 "discs". Remove one of the lines; several labels of an image go into one cell: "cat|dog".`,
    ],
    [
      'labels that differ in case',
      ['file,labels', ...labelled, 'mixed0.jpg,Rings'],
      `${where}: expected labels that differ in more than upper and lower case, received "rings", "Rings". Write one label the same way in all lines.`,
    ],
    [
      'a cell too many',
      ['file,labels', ...labelled, 'mixed0.jpg,discs,rings'],
      `${where}, line 22: expected 2 cells, as many as there are column names, received 3. Put cells that contain the separator into double quotes.`,
    ],
    [
      'a quote that never ends',
      ['file,labels', 'mixed0.jpg,"discs', 'mixed1.jpg,rings'],
      `${where}: expected cells in double quotes to begin and end with one, received a quote that never ends, noticed in line 3. Write a quote inside a cell twice: "5"" pipe".`,
    ],
    [
      'no column names',
      labelled,
      `${where}: expected a column "file", "filename", "path" or "image" of file names, received "mixed0.jpg", "discs". The first line must name the columns: "file,label".`,
    ],
    [
      'column names alone',
      ['file,labels'],
      `${where}: expected a line of column names, then one line for each image, received the line of column names alone. Write "file,label" in the first line, and "photo1.jpg,cat" below it.`,
    ],
    [
      'columns that may all be meant',
      ['file,motif,place', 'mixed0.jpg,discs,here', 'mixed1.jpg,rings,there'],
      `${where}: expected a column "label" or "labels", or columns of numbers, received "motif", "place". Say which columns hold the ground truth (--target-columns).`,
    ],
    [
      'a number that is none',
      ['file,size', 'mixed0.jpg,1.5', 'mixed1.jpg,2.5', 'mixed2.jpg,much'],
      `${where}, line 4: expected a number in column "size", received "much". Write a number, or remove the line.`,
    ],
    [
      'numbers that may be thousands',
      ['file,size', 'mixed0.jpg,1.250', 'mixed1.jpg,12.500', 'mixed2.jpg,950'],
      `${where}, line 2: expected a number that is clearly 1250 or 1.250 in column "size", received "1.250". Say which mark begins a fraction (--decimal-mark), and write thousands without one: no number of the column tells.`,
    ],
    [
      'one class',
      ['file,label', 'mixed0.jpg,disc', 'mixed1.jpg,disc'],
      `${where}: expected at least 2 classes in column "label", received 1 ("disc"). Add images of another class.`,
    ],
    [
      'a class of one image',
      ['file,label', 'mixed0.jpg,disc', 'mixed1.jpg,disc', 'mixed2.jpg,ring'],
      'error split of class "ring": expected at least 2 images, one to train and one to validate, received 1. Add images, or give a validation folder.',
    ],
    [
      'one image',
      ['file,size', 'mixed0.jpg,1.5'],
      'error split: expected enough images to train on and to validate on, received 1, of which none would validate. Add images, or choose another validation fraction.',
    ],
  ])('%s', async (_, lines, message) => {
    await write('bad.csv', ...lines);
    expect(await refusal(train('bad.csv'))).toBe(message.replaceAll('CWD', cwd));
  });

  it('numbers that may be thousands, until the mark is said', async () => {
    const sizes = images.map(({ file }, i) => `${file};${i + 1},250`);
    await write('sizes.csv', 'file;size', ...sizes);
    const { status, stderr } = await train('sizes.csv', '--decimal-mark', ',', '--dry-run');
    expect([status, stderr]).toEqual([0, expect.not.stringContaining('error')]);
  });

  it('no file, a folder, other bytes', async () => {
    expect(await refusal(train('none.csv'))).toBe(
      'error label file "none.csv": expected a CSV file, received no such file. Check the path.',
    );
    await mkdir(join(cwd, 'photos.csv'));
    expect(await refusal(train('photos.csv'))).toBe(
      'error image folder "photos.csv": expected one folder for each class, received an empty folder. Put each class in its own folder.',
    );
    await writeFile(join(cwd, 'bytes.csv'), await readFile(join(cwd, 'mixed0.jpg')));
    expect(await refusal(train('bytes.csv'))).toBe(
      'error label file "bytes.csv": expected a text file of comma-separated values, received a binary file. Save the sheet as CSV (UTF-8).',
    );
  });

  it('all classes but one filtered away', async () => {
    await write('one.csv', 'file,label', 'mixed0.jpg,disc', 'mixed1.jpg,disc', 'gone.jpg,ring');
    expect(await refusal(train('one.csv', '--allow-missing'))).toBe(
      'error label file "one.csv": expected at least 1 readable image in every class, received none in "ring". 1 file could not be used, the first "gone.jpg" (file not found); put images into the folder, or remove it.',
    );
    for (const index of [0, 1, 2, 3]) await writeFile(join(cwd, `broken${index}.jpg`), `no image, ${index}`);
    const broken = [0, 1, 2, 3].map((index) => `broken${index}.jpg,ring`);
    const whole = [0, 1, 2, 3].map((index) => `mixed${index}.jpg,disc`);
    await write('unreadable.csv', 'file,label', ...whole, ...broken);
    expect(await refusal(train('unreadable.csv'))).toMatch(
      /^error label file "unreadable\.csv": expected at least 1 readable image in every class, received none in "ring"\. \d files? could not be used, the first "broken\d\.jpg" \(not an image\); put images into the folder, or remove it\.$/,
    );
    await write(
      'nothing.csv',
      'file,weight',
      ...broken.map((line, index) => line.replace('ring', `${index}.5`)),
    );
    expect(
      await refusal(train('nothing.csv', '--validation', 'numbers.csv', '--task', 'regression')),
    ).toMatch(
      /^error label file "numbers\.csv": expected a column "weight", received "file", "discs"\. Name the column so in the first line\.$/,
    );
    await write(
      'nothing.csv',
      'file,discs',
      ...broken.map((line, index) => line.replace('ring', `${index}.5`)),
    );
    expect(await refusal(train('nothing.csv', '--validation', 'numbers.csv'))).toBe(
      'error label file "nothing.csv": expected at least 1 readable image to train on, received none. Check the images with another program.',
    );
  });
});

describe('files that can', () => {
  it('lines that say the same twice, and images that are missing, are left out and told of', async () => {
    await write(
      'twice.csv',
      'file,labels,note',
      ...[...labelled, labelled[3]!, 'gone.jpg,discs'].map((line) => `${line},x`),
    );
    const { status, stderr } = await train('twice.csv', '--allow-missing', '--out', 'twice');
    expect(status).toBe(0);
    expect(stderr).toContain('note The column "note" is not used.\n');
    expect(stderr).toContain('note Line 22 repeats an earlier one and does not count.\n');
    expect(stderr).toMatch(/^skipped 1 file:\n {2}\S+gone\.jpg: file not found$/m);
  });

  it.each([
    ['UTF-16 and tabs, as Excel writes them', 'utf16le', '\t', '\uFEFF'],
    ['UTF-8 with a mark, and semicolons', 'utf8', ';', '\uFEFF'],
    ['Windows-1252', 'latin1', ';', ''],
  ] as const)('%s', async (_, encoding, separator, mark) => {
    const lines = [['Datei_Bild', 'Größe'], ...images.map(({ file, discs }) => [file, `${discs},5`])].map(
      (cells) => cells.join(separator),
    );
    await writeFile(join(cwd, 'other.csv'), Buffer.from(`${mark}${lines.join('\r\n')}\r\n`, encoding));
    const { status, stdout, stderr } = await train(
      ...(['other.csv', '--file-column', 'Datei_Bild', '--out', `other-${encoding}`, '--json'] as const),
    );
    expect([status, stderr.match(/^(error|bug).*/m)]).toEqual([0, null]);
    expect(JSON.parse(stdout)).toMatchObject({ task: 'regression', classNames: ['Größe'] });
    expect(stderr.includes('was read as Windows-1252')).toBe(encoding === 'latin1');
  });
});

describe('a model and a file that do not fit', () => {
  it.each<[string[], number, string]>([
    [
      ['evaluate', 'labels/model.onnx', 'unknown.csv'],
      1,
      'error label file "unknown.csv": expected labels among "discs", "rings", received "ring" in line 3. Did you mean "rings"? Upper and lower case count.',
    ],
    [
      ['evaluate', 'numbers/model.onnx', 'unknown.csv'],
      1,
      'error label file "unknown.csv": expected a column "discs", received "file", "labels". Name the column so in the first line.',
    ],
    [
      ['evaluate', 'numbers/model.onnx', 'more.csv', '--target-columns', 'rings,discs'],
      1,
      'error label file "more.csv": expected as many columns as the model tells numbers (discs), received rings, discs. Name as many columns, in that order.',
    ],
    [
      ['evaluate', 'labels/model.onnx', '.'],
      1,
      'error image folder ".": expected a CSV file of images and their labels, which the model predicts, received a folder. Give a CSV file with the columns that the model was trained on.',
    ],
    [
      ['evaluate', 'numbers/model.onnx', 'numbers.csv', '--threshold', '0.4'],
      2,
      'error graft evaluate: expected a model of labels, or 2 classes, for --threshold, received one of values (regression). Leave it out.',
    ],
    [
      ['predict', 'numbers/model.onnx', 'mixed0.jpg', '--top', '2'],
      2,
      'error graft predict: expected a model of classes or labels, for --top, received one of values (regression). Leave it out.',
    ],
    [
      ['train', 'labels.csv', '--balance', 'weights'],
      2,
      'error balance: expected images of one class each, received "weights" for multi-label. Leave it out: no class is rare here.',
    ],
    [
      ['train', 'numbers.csv', '--metrics', 'accuracy'],
      2,
      'error metrics for MeanSquaredError: expected one of mae, mean_absolute_error, mse, mean_squared_error, rmse, root_mean_squared_error, r2_score, received "accuracy". Take "mae".',
    ],
    [
      ['train', '.', '--task', 'multi-label'],
      2,
      'error image folder ".": expected a CSV file of images and their labels, for multi-label, received a folder. Give the CSV file, or take --task classification.',
    ],
    [
      ['train', '.', '--images', 'elsewhere'],
      2,
      'error image folder ".": expected a CSV file, for --images, received a folder. Give the CSV file, or leave out --images.',
    ],
    [
      ['train', 'labels.csv', '--validation', '.'],
      2,
      'error validation: expected a CSV file, as the images to train on are named by one, or a fraction, received ".". Give a CSV file with the same columns, or a fraction such as 0.2.',
    ],
  ])('%j', async (args, status, message) => {
    await write('more.csv', 'file,rings,discs', 'mixed0.jpg,1,1.5', 'mixed1.jpg,2,2.5');
    await write('unknown.csv', 'file,labels', 'mixed0.jpg,discs', 'mixed1.jpg,ring');
    expect(await refusal(run(...args), status)).toBe(message);
  });
});
