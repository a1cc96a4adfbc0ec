/** @file Joins what a program loads when it starts into one file: esbuild makes a chunk for every set of entries that share code. */

import { dirname, join } from 'node:path';
import { rolldown } from 'rolldown';

/**
 * @param {readonly { path: string, text: string }[]} files - Chunks that import one another as `./NAME.js`.
 * @param {string} entry - Path of the one that the program starts with.
 * @param {Readonly<Record<string, RegExp>>} groups - Name -> files that are joined with all that they import, in the order in which they
 *   take it.
 * @param {readonly (string | RegExp)[]} external - Packages that are imported at run time.
 * @returns {Promise<{ path: string, contents: string }[]>}
 */
export async function joinChunks(files, entry, groups, external) {
  const folder = dirname(entry);
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const bundle = await rolldown({
    input: entry,
    platform: 'node',
    // esbuild has done that.
    treeshake: false,
    external,
    plugins: [
      {
        name: 'chunks-in-memory',
        resolveId: (id) => (id.startsWith('./') ? join(folder, id) : texts.has(id) ? id : undefined),
        load: (id) => texts.get(id),
      },
    ],
  });
  const { output } = await bundle.generate({
    format: 'esm',
    chunkFileNames: '[name].js',
    // Names are kept: they stand in the traces of bugs.
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
    codeSplitting: { groups: Object.entries(groups).map(([name, test]) => ({ name, test })) },
  });
  await bundle.close();
  return output.map(({ fileName, code }) => ({ path: join(folder, fileName), contents: code }));
}
