/** @file The program of a worker that trains, and decodes files by libvips, whose files lie beside it. */

import { decodeWith } from '../../dist/web/index.js';
import '../../dist/web/training-worker.js';

const LIBRARY = '/vips/vips-es6.js';

decodeWith(async () => {
  const { default: Vips } = (await import(LIBRARY)) as { default: typeof import('wasm-vips') };
  return Vips({ dynamicLibraries: [] });
});
