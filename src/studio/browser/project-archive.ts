/** @file A project as a zip archive of class folders, written to a file of the browser that can be downloaded. */

import { Zip, ZipPassThrough } from 'fflate';
import { type KeptFiles, writeAll } from './kept-files.ts';
import { ARCHIVE, imagePlace } from './kept-places.ts';

/** Paths of images in the archive, and what their content is asked for by: hashes. */
export type ArchivedImage = readonly [path: string, hash: string];

/**
 * Writes the archive: folders of classes, as `graft train` reads them and any studio opens them. An image of it is in memory at a time.
 *
 * @param contentOf - Default: of the images that are kept.
 * @throws {GraftError} `file-write`.
 */
export async function writeArchive(
  files: KeptFiles,
  images: readonly ArchivedImage[],
  contentOf: (hash: string) => Promise<Uint8Array | undefined> = (hash) => imageIn(files, hash),
): Promise<void> {
  const archive = await files.access(ARCHIVE);
  try {
    archive.truncate(0);
    let at = 0;
    const zip = new Zip((error, bytes) => {
      if (error !== null) throw error;
      writeAll(archive, bytes, at);
      at += bytes.length;
    });
    for (const [path, hash] of images) {
      const image = await contentOf(hash);
      if (image === undefined) continue;
      // Images do not get smaller.
      const entry = new ZipPassThrough(path);
      zip.add(entry);
      entry.push(image, true);
    }
    zip.end();
    archive.flush();
  } finally {
    archive.close();
  }
}

async function imageIn(files: KeptFiles, hash: string): Promise<Uint8Array | undefined> {
  const image = await files.read(imagePlace(hash));
  return image && new Uint8Array(await image.arrayBuffer());
}
