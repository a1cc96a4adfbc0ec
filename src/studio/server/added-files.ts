/** @file Files that come from a page: their bytes say what they are, their names are suggestions, and each is whole on the disk or not at all. */

import { makeFolder } from '../../node/files/make-folder.ts';
import { writeError, writeWhole } from '../../node/files/write-file.ts';
import { explainFormat } from '../../node/images/image-failure.ts';
import { headOfBytes } from '../../node/images/image-head.ts';
import { detectImageFormat } from '../../vision/images/image-format.ts';
import { safeImageName } from '../project/image-name.ts';
import type { AddableFile, StoredFiles } from '../project/project-place.ts';
import { resolvePlace } from './project-paths.ts';

/**
 * Writes images into a new folder of the bin, from where an edit takes them.
 *
 * @param folder - Below the project, with `/`.
 * @returns The names that they got, and what is no image.
 * @throws {GraftError} `file-write`.
 */
export async function storeAdded(
  root: string,
  folder: string,
  files: readonly AddableFile[],
): Promise<StoredFiles> {
  const stored: string[] = [];
  const refused: { name: string; reason: string }[] = [];
  const given = new Set<string>();
  await makeFolder(resolvePlace(root, folder)).catch((error: unknown) => {
    throw writeError(folder, error);
  });
  for (const { name, bytes } of files) {
    const head = headOfBytes(bytes);
    const format = 'reason' in head ? undefined : detectImageFormat(head.head);
    const reason = 'reason' in head ? String(head.reason) : explainFormat(format, head)?.reason;
    if (reason !== undefined || format === undefined) {
      refused.push({ name, reason: reason ?? 'not an image' });
      continue;
    }
    const file = safeImageName(name, format, given);
    await writeWhole(resolvePlace(root, `${folder}/${file}`), bytes, { replace: false });
    stored.push(file);
  }
  return { stored, refused };
}
