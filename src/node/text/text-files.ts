/** @file Texts with their labels from files: tables (CSV, JSON lines) and folders of classes. */

import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { baseName } from '../../core/errors/base-name.ts';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { SkippedExample } from '../../core/examples/example.ts';
import { formatNames } from '../../core/examples/labels/csv-labels.ts';
import { decodeCsvText } from '../../core/examples/labels/csv-text.ts';
import { compareNaturally } from '../../core/examples/sample.ts';
import type { TextExample } from '../../text/modality/text-example.ts';
import {
  isJsonTable,
  type PooledTextData,
  parseTexts,
  repetitionNotes,
  type TextData,
  type TextFileOptions,
} from '../../text/tables/parse-texts.ts';
import { poolTexts } from '../../text/tables/text-pool.ts';
import { keepInFile } from './temporary-bytes.ts';

/**
 * Reads texts: from a table (`.csv`, `.tsv`, `.jsonl`), or from a folder with a folder of `.txt` files for each class.
 *
 * @throws {GraftError} `file-not-found`; `dataset`, if a file cannot be read, a column is missing, or a label is not what it should be.
 */
export async function readTexts(path: string, options: TextFileOptions = {}): Promise<TextData> {
  const data = await readPooledTexts(path, options);
  const examples = data.examples.map(({ text, place, label, target, group }): TextExample => {
    return target === undefined ? { text, place, label, group } : { text, place, label, target, group };
  });
  return { ...data, examples };
}

/** The same with all texts in one pool, which takes a third of the memory. @throws {GraftError} As {@link readTexts}. */
export async function readPooledTexts(path: string, options: TextFileOptions = {}): Promise<PooledTextData> {
  const status = await stat(path).catch((cause) => {
    throw new GraftError(
      'file-not-found',
      {
        where: `text file "${path}"`,
        expected: 'a table of texts, or a folder with a folder for each class',
        received: 'no such file',
        advice: 'Check the path.',
      },
      { cause },
    );
  });
  if (status.isDirectory()) return readTextFolder(path, options);
  const where = `text file "${path}"`;
  return parseTexts(await readFile(path), {
    ...options,
    where,
    file: baseName(path),
    isJson: isJsonTable(path),
    keepBytes: keepInFile,
  });
}

async function readTextFolder(
  folder: string,
  { labels, tellsRepetitions = true }: TextFileOptions,
): Promise<PooledTextData> {
  const where = `text folder "${folder}"`;
  const entries = await readdir(folder, { withFileTypes: true });
  // What begins with a dot is a program's own: the bin of the studio, what a version control keeps.
  const classes = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name);
  const names = labels ?? classes.toSorted(compareNaturally);
  const strange = classes.find((name) => !names.includes(name));
  if (names.length < 2 || strange !== undefined) {
    throw new GraftError('dataset', {
      where,
      expected:
        labels === undefined
          ? 'at least 2 folders, one for each class'
          : `folders among ${formatNames(labels)}`,
      received: strange === undefined ? `${names.length}` : `"${strange}"`,
      advice: 'Put the .txt files of each class into a folder of its name.',
    });
  }
  const examples: TextExample[] = [];
  const skipped: SkippedExample[] = [];
  for (const [label, name] of names.entries()) {
    if (!classes.includes(name)) continue;
    const files = (await readdir(join(folder, name))).filter(
      (file) => extname(file).toLowerCase() === '.txt',
    );
    for (const file of files.toSorted(compareNaturally)) {
      const place = `${name}/${file}`;
      const bytes = await readFile(join(folder, name, file));
      const text = decodeCsvText(bytes, `text file "${join(folder, place)}"`).text.trim();
      if (text === '') skipped.push({ file: place, reason: 'empty text' });
      else examples.push({ text, place, label });
    }
  }
  const warnings = tellsRepetitions ? repetitionNotes(examples) : [];
  return { kind: 'class', examples: poolTexts(examples, baseName(folder)), names, skipped, warnings, where };
}
