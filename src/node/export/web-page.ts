/** @file A model as a page: a folder that any web server serves, with all that it needs. */

import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isTextModel, type ModelFile, type TextModelFile } from '../../artifacts/decode-model-file.ts';
import { GraftError } from '../../core/errors/graft-error.ts';

/** Where the build has put the page: seen from the build, and from the source. */
const PAGES = ['../../web-page/', '../../../dist/web-page/'].map((place) =>
  fileURLToPath(new URL(place, import.meta.url)),
);
/** Written last by the build: a folder that has it is complete. */
const LAST = 'onnxruntime.wasm.gz';

/**
 * The files of the folder, by their paths with `/`; the page comes last, so that a folder that has it is complete.
 *
 * @throws {GraftError} `file-not-found`, if the package is not complete.
 */
export async function webPageFiles(
  file: ModelFile | TextModelFile,
): Promise<ReadonlyMap<string, string | Uint8Array>> {
  const folder = PAGES.find((page) => existsSync(join(page, LAST)));
  if (folder === undefined) {
    throw new GraftError('file-not-found', {
      where: 'export to web',
      expected: `the files of the page in ${PAGES[0]}`,
      received: 'none, or a part of them',
      advice: 'Install graft-ml again; in its repository, npm run build makes them.',
    });
  }
  const isText = isTextModel(file);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length).replaceAll('\\', '/'))
    .filter((path) => isFor(path, isText))
    .sort((a, b) => Number(a === 'index.html') - Number(b === 'index.html') || (a < b ? -1 : 1));
  const files = new Map<string, string | Uint8Array>([['model.onnx', file.bytes]]);
  for (const path of paths) {
    const name = path === 'examples/plain-text.html' ? 'examples/plain.html' : path;
    files.set(name, await readFile(join(folder, path)));
  }
  return files;
}

/** Examples have one form for images, and of the plain page one for texts. */
function isFor(path: string, isText: boolean): boolean {
  if (!path.startsWith('examples/')) return true;
  return isText ? path === 'examples/plain-text.html' : path !== 'examples/plain-text.html';
}
