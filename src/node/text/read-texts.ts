/** @file Texts to learn from: a file of text, or all that lie in a folder. */

import { existsSync, statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';

/** Endings of what is taken from a folder. */
const ENDINGS = ['.txt', '.md'];
/** A string holds no more. */
const MAX_BYTES = 2 ** 28;

export interface NotesOfPath {
  /** One for each paragraph, or each line of a file that has no empty ones. */
  readonly texts: readonly string[];
  readonly files: number;
}

/**
 * Reads a file, or all `.txt` and `.md` files of a folder and the folders in it, and cuts them into paragraphs.
 *
 * @throws {GraftError} `file-not-found`; `dataset`, if there is no text, or bytes that are not UTF-8.
 */
export async function readTexts(path: string): Promise<NotesOfPath> {
  const where = `texts "${basename(path)}"`;
  if (!existsSync(path)) {
    throw new GraftError('file-not-found', {
      where,
      expected: 'a file of text, or a folder of some',
      received: path,
      advice: 'Check the path.',
    });
  }
  const paths = statSync(path).isDirectory() ? await textsInFolder(path) : [path];
  const texts: string[] = [];
  for (const each of paths) texts.push(...paragraphs(await readText(each)));
  if (texts.length > 0) return { texts, files: paths.length };
  throw new GraftError('dataset', {
    where,
    expected: `text in ${ENDINGS.join(' or ')} files`,
    received: paths.length === 0 ? 'no such file' : 'empty ones',
    advice: 'Give a file of text, or a folder of some.',
  });
}

async function textsInFolder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && ENDINGS.includes(extname(entry.name).toLowerCase()))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function readText(path: string): Promise<string> {
  const where = `text "${basename(path)}"`;
  if (statSync(path).size > MAX_BYTES) {
    throw new GraftError('dataset', {
      where,
      expected: 'a file of at most 256 MB',
      received: `${statSync(path).size} bytes`,
      advice: 'Split it into several files of one folder.',
    });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (cause) {
    throw new GraftError(
      'dataset',
      {
        where,
        expected: 'text in UTF-8',
        received: 'other bytes',
        advice: 'Save it as UTF-8, or leave the file out.',
      },
      { cause },
    );
  }
}

function paragraphs(text: string): string[] {
  const plain = text.replaceAll('\r\n', '\n');
  const hasEmptyLines = /\n[ \t]*\n/.test(plain.trim());
  return plain
    .split(hasEmptyLines ? /\n[ \t]*\n\s*/ : '\n')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
