/** @file The flags that say what a CSV file of pictures means. */

import { resolve } from 'node:path';
import type { Command } from 'commander';
import { GraftError } from '../errors/graft-error.ts';
import type { CsvOptions } from '../training/csv-picture-sets.ts';

export interface CsvFlags {
  readonly images?: string;
  readonly fileColumn?: string;
  readonly targetColumns?: readonly string[];
  readonly allowMissing?: boolean;
}

/** Adds the flags to a command. */
export function addCsvFlags(command: Command): Command {
  return command
    .optionsGroup('With a CSV file in the place of the folder:')
    .option('--images <dir>', "what its file names are relative to (default: the CSV file's folder)")
    .option('--file-column <name>', 'column of the file names (default: found by its name)')
    .option(
      '--target-columns <names>',
      'columns of the answer, with commas between (default: found by their names and cells)',
      (text: string) => text.split(',').map((name) => name.trim()),
    )
    .option('--allow-missing', 'leave out lines whose picture is missing');
}

/** What the flags say. */
export function csvOptionsOf({ images, fileColumn, targetColumns, allowMissing }: CsvFlags): CsvOptions {
  return {
    ...(images !== undefined && { imageFolder: resolve(images) }),
    ...(fileColumn !== undefined && { fileColumn }),
    ...(targetColumns !== undefined && { targetColumns }),
    ...(allowMissing !== undefined && { allowMissing }),
  };
}

/** @throws {GraftError} `argument`, if a flag stands there that is only for a CSV file. */
export function refuseCsvFlags(dir: string, flags: CsvFlags): void {
  const [name] = Object.keys(csvOptionsOf(flags)) as (keyof CsvOptions)[];
  if (name === undefined) return;
  const flag = {
    imageFolder: '--images',
    fileColumn: '--file-column',
    targetColumns: '--target-columns',
    allowMissing: '--allow-missing',
  }[name];
  throw new GraftError('argument', {
    where: `image folder "${dir}"`,
    expected: `a CSV file, for ${flag}`,
    received: 'a folder',
    advice: `Give the CSV file, or leave out ${flag}.`,
  });
}
