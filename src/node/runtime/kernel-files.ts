/** @file The compiled kernels as files of this package. */

import { readFile } from 'node:fs/promises';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { KernelName } from '../../core/runtime/runtime.ts';
import { type WasmModule, webAssembly } from '../../core/runtime/webassembly.ts';

const compiled = new Map<string, Promise<WasmModule>>();

/**
 * Compiles a kernel, once a process.
 *
 * @throws {GraftError} `file-not-found`, if the kernels were not built.
 */
export function loadKernel(
  name: KernelName,
  // From one folder up: in the bundled command line, this file lies in another folder of the same depth.
  folder: URL = new URL('../../kernels/build/', import.meta.url),
): Promise<WasmModule> {
  const file = new URL(`${name}.wasm`, folder);
  const known = compiled.get(file.href);
  if (known !== undefined) return known;
  const loading = readFile(file).then(
    (bytes) => webAssembly.compile(bytes),
    (cause: unknown) => {
      compiled.delete(file.href);
      throw new GraftError(
        'file-not-found',
        {
          where: `kernel "${name}"`,
          expected: `a compiled kernel at ${file.pathname}`,
          received: 'no such file',
          advice: 'Run "node tools/build-kernels.mjs", or install the package again.',
        },
        { cause },
      );
    },
  );
  compiled.set(file.href, loading);
  return loading;
}
