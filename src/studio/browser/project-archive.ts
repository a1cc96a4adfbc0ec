/** @file A project as a zip archive of class folders, and a model as a page, written to files of the browser that can be downloaded. */

import { Zip, ZipPassThrough, zipSync } from 'fflate';
import { type KeptFiles, writeAll } from './kept-files.ts';
import { ARCHIVE, imagePlace, pagePlace } from './kept-places.ts';
import { fetchSite, SITE } from './wasm-files.ts';

/** Paths of images in the archive, and their hashes. */
export type ArchivedImage = readonly [path: string, hash: string];

/**
 * Writes the archive: folders of classes, as `graft train` reads them and any studio opens them. An image of it is in memory at a time.
 *
 * @throws {GraftError} `file-write`.
 */
export async function writeArchive(files: KeptFiles, images: readonly ArchivedImage[]): Promise<void> {
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
      const image = await files.read(imagePlace(hash));
      if (image === undefined) continue;
      // Images do not get smaller.
      const entry = new ZipPassThrough(path);
      zip.add(entry);
      entry.push(new Uint8Array(await image.arrayBuffer()), true);
    }
    zip.end();
    archive.flush();
  } finally {
    archive.close();
  }
}

/** What of the page's folder goes with a model of images. */
const PAGE_FILES = [
  'README.md',
  'NOTICES.txt',
  'examples/plain.html',
  'examples/server.mjs',
  'examples/vite/index.html',
  'examples/vite/main.js',
  'examples/vite/package.json',
  'examples/vite/vite.config.js',
  'graft.js',
  'icon.svg',
  'onnxruntime.wasm.gz',
  'page.css',
  'page.js',
  'worker.js',
  'index.html',
];

/** Writes the page of a model, as `graft export --to web` writes a folder. @returns Its files. @throws {GraftError} */
export async function writePage(files: KeptFiles, run: string, model: Uint8Array): Promise<string[]> {
  const entries: Record<string, Uint8Array> = { 'model.onnx': model };
  for (const name of PAGE_FILES) entries[name] = await fetchSite(`${SITE.page}${name}`);
  await files.write(pagePlace(run), zipSync(entries, { level: 0 }));
  return Object.keys(entries);
}
