/** @file Files that come from a page: their bytes say what they are, their names are suggestions, and each is whole on the disk or not at all. */

import { makeFolder } from '../../node/files/make-folder.ts';
import { writeError, writeWhole } from '../../node/files/write-file.ts';
import { explainFormat } from '../../node/images/image-failure.ts';
import { headOfBytes } from '../../node/images/image-head.ts';
import { detectImageFormat } from '../../vision/images/image-format.ts';
import { NOT_A_TEXT, textOf } from '../project/added-text.ts';
import { safeImageName, safeTextName } from '../project/file-name.ts';
import type { AddableFile, StoredFiles } from '../project/project-place.ts';
import { resolvePlace } from './project-paths.ts';

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
  return store(root, folder, files, ({ name, bytes }, given) => {
    const head = headOfBytes(bytes);
    if ('reason' in head) return { reason: String(head.reason) };
    const format = detectImageFormat(head.head);
    const reason = explainFormat(format, head)?.reason;
    if (reason !== undefined || format === undefined) return { reason: reason ?? 'not an image' };
    return safeImageName(name, format, given);
  });
}

/** The same of texts, a file each. */
export function storeTexts(
  root: string,
  folder: string,
  files: readonly AddableFile[],
): Promise<StoredFiles> {
  return store(root, folder, files, ({ name, bytes }, given) =>
    textOf(bytes) === undefined ? { reason: NOT_A_TEXT } : safeTextName(name, given),
  );
}

/** @param name - The name that a file gets, or why it is not taken. */
async function store(
  root: string,
  folder: string,
  files: readonly AddableFile[],
  name: (file: AddableFile, given: Set<string>) => string | { readonly reason: string },
): Promise<StoredFiles> {
  const stored: string[] = [];
  const refused: { name: string; reason: string }[] = [];
  const given = new Set<string>();
  await makeFolder(resolvePlace(root, folder)).catch((error: unknown) => {
    throw writeError(folder, error);
  });
  for (const file of files) {
    const named = name(file, given);
    if (typeof named !== 'string') {
      refused.push({ name: file.name, reason: named.reason });
      continue;
    }
    await writeWhole(resolvePlace(root, `${folder}/${named}`), file.bytes, { replace: false });
    stored.push(named);
  }
  return { stored, refused };
}
