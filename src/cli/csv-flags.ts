/** @file The flags that say what a table of images or texts means. */

import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { GraftError } from '../core/errors/graft-error.ts';
import { type CsvOptions, isLabelFile } from '../node/training/csv-image-sets.ts';

export interface CsvFlags {
  readonly as?: 'images' | 'texts';
  readonly text?: string;
  readonly images?: string;
  readonly fileColumn?: string;
  readonly targetColumns?: readonly string[];
  readonly decimalMark?: '.' | ',';
  readonly allowMissing?: boolean;
}

/** Adds the flags to a command. */
export function addCsvFlags(command: Command): Command {
  return command
    .optionsGroup('With a CSV file in the place of the folder:')
    .addOption(
      new Option(
        '--as <kind>',
        'whether the examples are images or texts (default: what the files and cells hold)',
      ).choices(['images', 'texts']),
    )
    .option('--text <name>', 'column of the texts (default: found by its name, or by its long cells)')
    .option('--images <dir>', "what its file names are relative to (default: the CSV file's folder)")
    .option('--file-column <name>', 'column of the file names (default: found by its name)')
    .option(
      '--target-columns <names>',
      'columns of the answer, with commas between (default: found by their names and cells)',
      (text: string) => text.split(',').map((name) => name.trim()),
    )
    .addOption(
      new Option(
        '--decimal-mark <mark>',
        'what begins the fraction of a number (default: found out)',
      ).choices(['.', ',']),
    )
    .option('--allow-missing', 'leave out lines whose image is missing');
}

/**
 * What the flags say.
 *
 * @param source - The folder or CSV file.
 * @throws {GraftError} `argument`, if a flag stands there and the images come from a folder.
 */
export function csvOptionsFor(
  source: string,
  { as, text, images, fileColumn, targetColumns, decimalMark, allowMissing }: CsvFlags,
): CsvOptions {
  const said = Object.entries({
    '--text': text,
    '--images': images,
    '--file-column': fileColumn,
    '--target-columns': targetColumns,
    '--decimal-mark': decimalMark,
    '--allow-missing': allowMissing,
  }).find(([, value]) => value !== undefined);
  if (said !== undefined && !isLabelFile(source)) throw onlyForCsv(source, said[0]);
  return {
    as,
    textColumn: text,
    imageFolder: images === undefined ? undefined : resolve(images),
    fileColumn,
    targetColumns,
    decimalMark,
    allowMissing,
  };
}

function onlyForCsv(folder: string, flag: string): GraftError {
  return new GraftError('argument', {
    where: `image folder "${folder}"`,
    expected: `a CSV file, for ${flag}`,
    received: 'a folder',
    advice: `Give the CSV file, or leave out ${flag}.`,
  });
}
