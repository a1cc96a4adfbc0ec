/**
 * @file Before packing: takes the install script out of the ONNX Runtime that is packed along.
 *
 * On Linux that script downloads 300 MB of GPU libraries, which Graft does not use, and without a network it fails and the
 * whole installation with it. The CPU build is inside the package; so the package travels inside ours
 * (`bundleDependencies`), without the script and without what only the script needs.
 */

import { readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('../node_modules/onnxruntime-node/package.json', import.meta.url));
const { scripts, devDependencies, dependencies, ...kept } = JSON.parse(await readFile(file, 'utf8'));
const trimmed = { ...kept, dependencies: { 'onnxruntime-common': dependencies['onnxruntime-common'] } };
// Renamed over it, because files of node_modules may be linked from elsewhere.
await writeFile(`${file}.new`, `${JSON.stringify(trimmed, null, 2)}\n`);
await rename(`${file}.new`, file);
