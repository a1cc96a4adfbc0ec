/** @file The studio as a folder that any web server serves: its pages with the browser as the engine, and all that this needs. */

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GraftError } from '../../core/errors/graft-error.ts';
import { folderFor, writeWhole } from '../../node/files/write-file.ts';
import { findUseLite } from '../../node/text/use-lite-files.ts';
import { USE_LITE_FILES } from '../../text/encoders/use-lite-files.ts';
import { withSlashes } from './project-paths.ts';

/** What the build has made, from `dist/studio/server/` and from `dist/node/bundled/`. */
const DIST = fileURLToPath(new URL('../../', import.meta.url));
/** Folders and files of it, and where they go. */
const PARTS: readonly (readonly [from: string, to: string])[] = [
  ['studio/site', ''],
  ['core/kernels/build', 'kernels'],
  ['web/mobilenet_v2_openimages.safetensors', 'mobilenet_v2_openimages.safetensors'],
  ['web-page', 'page'],
];
/** The network of texts, 28 MB, which browsers load when they train on some. */
const TEXT_NETWORK = 'use_lite/';
/** Its first line tells what belongs to the folder, and whose it is. */
const SERVICE = 'service-worker.js';
const MARK = 'const GRAFT_SITE = ';

/** What was written. */
export interface StudioSite {
  readonly files: number;
  readonly bytes: number;
}

/**
 * Writes the folder. One that an earlier build has written is brought up to date; nothing else is written over.
 *
 * @throws {GraftError} `file-exists`, if there is something else in the folder; `file-write`; `file-not-found`, if the package is not complete.
 */
export async function writeStudioSite(folder: string): Promise<StudioSite> {
  const files = await siteFiles();
  const service = files.get(SERVICE);
  if (service === undefined || !files.has('page/onnxruntime.wasm.gz')) throw incomplete();
  await requireOwn(folder);
  files.delete(SERVICE);
  const hash = createHash('sha256').update(service);
  for (const [name, bytes] of files) hash.update(`${name} ${bytes.length}\n`).update(bytes);
  const later = [...files.keys()].filter((name) => name.startsWith(TEXT_NETWORK));
  const now = [...files.keys()].filter((name) => !later.includes(name));
  const site = { version: hash.digest('hex').slice(0, 16), files: now, later };
  // Last, so that browsers ask for the files of this build when they are all there.
  files.set(SERVICE, Buffer.from(`${MARK}${JSON.stringify(site)};\n${service.toString()}`));
  let bytes = 0;
  for (const [name, content] of files) {
    const path = join(folder, name);
    await folderFor(dirname(path));
    await writeWhole(path, content);
    bytes += content.length;
  }
  return { files: files.size, bytes };
}

/** By their paths in the folder, with `/`. */
async function siteFiles(): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const texts = findUseLite();
  if (texts === undefined) throw incomplete();
  for (const name of USE_LITE_FILES) files.set(TEXT_NETWORK + name, await readFile(join(texts, name)));
  files.set(`${TEXT_NETWORK}LICENSE`, await readFile(join(texts, '../LICENSE')));
  for (const [from, to] of PARTS) {
    const source = join(DIST, from);
    const entries = await readdir(source, { recursive: true, withFileTypes: true }).catch(() => undefined);
    if (entries === undefined) {
      const bytes = await readFile(source).catch(() => undefined);
      if (bytes !== undefined) files.set(to, bytes);
      continue;
    }
    for (const entry of entries) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const below = withSlashes(path.slice(source.length + 1));
      files.set(to === '' ? below : `${to}/${below}`, await readFile(path));
    }
  }
  return files;
}

async function requireOwn(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  if (names.length === 0) return;
  const service = await readFile(join(folder, SERVICE), 'utf8').catch(() => '');
  if (service.startsWith(MARK)) return;
  throw new GraftError('file-exists', {
    where: `folder "${folder}"`,
    expected: 'a new or empty folder, or one that graft studio --build has written',
    received: `one with ${names.length === 1 ? 'a file' : `${names.length} files`} of something else`,
    advice: 'Give another one.',
  });
}

function incomplete(): GraftError {
  return new GraftError('file-not-found', {
    where: 'studio --build',
    expected: `the files of the page in ${join(DIST, 'studio/site')}`,
    received: 'none, or a part of them',
    advice: 'Install graft-ml again; in its repository, npm run build makes them.',
  });
}
