/** @file Compiles the AssemblyScript kernels: `node tools/build-kernels.mjs [output folder]`, default src/core/kernels/build. */

import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = fileURLToPath(new URL('..', import.meta.url));
const output = process.argv[2] ?? join(root, 'src/core/kernels/build');
// Memory is imported, so that all threads work on one; 65,536 pages are 4 GiB, all that 32-bit addresses reach.
const DENSE_FLAGS = ['--enable', 'threads', '--importMemory', '--maximumMemory', '65536', '--noExportMemory'];
/** Name -> its source, and the flags of its own. */
const KERNELS = {
  'dense-step': ['dense-step', ...DENSE_FLAGS, '--sharedMemory'],
  // The same for one thread alone: some browsers let no page share memory.
  'dense-step-unshared': ['dense-step', ...DENSE_FLAGS],
  warp: ['warp'],
};

await mkdir(output, { recursive: true });
for (const [kernel, [source, ...flags]] of Object.entries(KERNELS)) {
  const { error, stderr } = await asc.main([
    relative(process.cwd(), join(root, `src/core/kernels/assembly/${source}.ts`)),
    '--outFile',
    relative(process.cwd(), join(output, `${kernel}.wasm`)),
    ...['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--use', 'abort='],
    ...['--enable', 'simd'],
    ...flags,
  ]);
  if (error) {
    process.stderr.write(`${stderr.toString()}\n`);
    process.exit(1);
  }
}
