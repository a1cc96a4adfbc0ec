/** @file Files that come from a page: their bytes say what they are, their names are suggestions, and each is whole on the disk or not at all. */

import { randomUUID } from 'node:crypto';
import { decodeCsvText } from '../../core/examples/labels/csv-text.ts';
import { composed } from '../../core/examples/similar-names.ts';
import { makeFolder } from '../../node/files/make-folder.ts';
import { writeError, writeWhole } from '../../node/files/write-file.ts';
import { explainFormat } from '../../node/images/image-failure.ts';
import { headOfBytes } from '../../node/images/image-head.ts';
import { detectImageFormat, type ImageFormat } from '../../vision/images/image-format.ts';
import { resolvePlace } from './project-paths.ts';

export interface AddableFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const ENDINGS: Readonly<Record<ImageFormat, string>> = {
  jpeg: 'jpg',
  png: 'png',
  webp: 'webp',
  gif: 'gif',
  tiff: 'tif',
  avif: 'avif',
  heic: 'heic',
};
const MAX_STEM = 80;

/** What became of files: the names that they got, and what was not taken. */
export interface StoredFiles {
  readonly stored: readonly string[];
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * Writes images into a new folder of the bin, from where an edit takes them.
 *
 * @param folder - Below the project, with `/`.
 * @throws {GraftError} `file-write`.
 */
export function storeImages(
  root: string,
  folder: string,
  files: readonly AddableFile[],
): Promise<StoredFiles> {
  return store(root, folder, files, (bytes) => {
    const head = headOfBytes(bytes);
    if ('reason' in head) return { reason: String(head.reason) };
    const format = detectImageFormat(head.head);
    const reason = explainFormat(format, head)?.reason;
    if (reason !== undefined || format === undefined) return { reason: reason ?? 'not an image' };
    return { ending: ENDINGS[format], base: 'image' };
  });
}

/** The same of texts, a file each. */
export function storeTexts(
  root: string,
  folder: string,
  files: readonly AddableFile[],
): Promise<StoredFiles> {
  return store(root, folder, files, (bytes) => {
    const text = textOf(bytes);
    return text === undefined ? { reason: NOT_A_TEXT } : { ending: 'txt', base: 'text' };
  });
}

export const NOT_A_TEXT = 'not a text, or an empty one';

/** What a file says, without blanks around it; undefined where it is no text, or says nothing. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decodeCsvText(bytes, '').text.trim() || undefined;
  } catch {
    return undefined;
  }
}

type Judged = { readonly reason: string } | { readonly ending: string; readonly base: string };

async function store(
  root: string,
  folder: string,
  files: readonly AddableFile[],
  judge: (bytes: Uint8Array) => Judged,
): Promise<StoredFiles> {
  const stored: string[] = [];
  const refused: { name: string; reason: string }[] = [];
  const given = new Set<string>();
  await makeFolder(resolvePlace(root, folder)).catch((error: unknown) => {
    throw writeError(folder, error);
  });
  for (const { name, bytes } of files) {
    const judged = judge(bytes);
    if ('reason' in judged) {
      refused.push({ name, reason: judged.reason });
      continue;
    }
    const file = safeName(name, judged, given);
    await writeWhole(resolvePlace(root, `${folder}/${file}`), bytes, { replace: false });
    stored.push(file);
  }
  return { stored, refused };
}

/** A name that any file system takes, with the ending of what the file is. */
function safeName(
  name: string,
  { ending, base: otherwise }: { readonly ending: string; readonly base: string },
  given: Set<string>,
): string {
  const letters = composed(name)
    .replace(/^.*[/\\]/su, '')
    .replace(/\.[^.]*$/u, '')
    .replace(/[^\p{L}\p{N}\p{M} _()-]+/gu, '-')
    .replace(/^[-. ]+|[-. ]+$/gu, '');
  const stem = [...letters].slice(0, MAX_STEM).join('').trim();
  const base = stem === '' || /^(?:con|prn|aux|nul|com\d|lpt\d)$/i.test(stem) ? otherwise : stem;
  const first = `${base}.${ending}`;
  const file = given.has(first.toLowerCase()) ? `${base}-${randomUUID().slice(0, 8)}.${ending}` : first;
  given.add(file.toLowerCase());
  return file;
}
