/** @file Joins what a program loads when it starts into one file: esbuild makes a chunk for every set of entries that share code. */

import { basename, dirname, join } from 'node:path';
import { rollup } from 'rollup';

/**
 * @param {readonly { path: string, text: string }[]} files - Chunks that import one another as `./NAME.js`.
 * @param {string} entry - Path of the one that the program starts with.
 * @param {readonly RegExp[]} starts - Each tells a file that is joined with all that it imports and no earlier one has taken.
 * @param {readonly (string | RegExp)[]} external - Packages that are imported at run time.
 * @returns {Promise<{ path: string, contents: string }[]>}
 */
export async function joinChunks(files, entry, starts, external) {
  const folder = dirname(entry);
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const bundle = await rollup({
    input: entry,
    // esbuild has done that.
    treeshake: false,
    external,
    plugins: [
      {
        name: 'chunks-in-memory',
        resolveId: (id) => (id.startsWith('./') ? join(folder, id) : texts.has(id) ? id : null),
        load: (id) => texts.get(id),
      },
    ],
  });
  const joined = new Map();
  const take = (id, chunk, moduleOf) => {
    if (joined.has(id) || !texts.has(id)) return;
    joined.set(id, chunk);
    for (const imported of moduleOf(id).importedIds) take(imported, chunk, moduleOf);
  };
  const { output } = await bundle.generate({
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    hoistTransitiveImports: false,
    manualChunks(id, { getModuleInfo }) {
      if (joined.size === 0) {
        for (const start of starts) {
          for (const path of texts.keys()) if (start.test(path)) take(path, nameOf(path), getModuleInfo);
        }
      }
      return joined.get(id) ?? nameOf(id);
    },
  });
  await bundle.close();
  return output.map(({ fileName, code }) => ({ path: join(folder, fileName), contents: code }));
}

function nameOf(path) {
  return basename(path, '.js');
}
