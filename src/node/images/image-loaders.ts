/**
 * @file sharp, loaded when the first image asks for it, since texts and help need none of its 0.1 s, and libvips set up for this
 * process: which of its loaders may run at all.
 */

import { createRequire } from 'node:module';
import type Sharp from 'sharp';

/** What a file's bytes are matched against before the decoder gets it, see image-format.ts. */
const LOADERS = ['Jpeg', 'Uhdr', 'Png', 'Webp', 'Nsgif', 'Tiff', 'Heif'];

/** Of the process, as libvips' settings are. */
let loaded: typeof Sharp | undefined;
let hasDrawings = true;

/** sharp, with nothing but the loaders that Graft lets run. */
export function loadSharp(): typeof Sharp {
  if (loaded !== undefined) return loaded;
  const sharp = createRequire(import.meta.url)('sharp') as typeof Sharp;
  // Files are read once: libvips' cache of recent operations would only hold memory. Parallel decodes already
  // keep every core busy, one libuv thread each; threads inside a decode bring nothing on top.
  sharp.cache(false);
  sharp.concurrency(1);
  // A libvips with more loaders would let some of them claim bytes that begin like TIFF. SVG claims no bytes of another
  // format, and a program that uses Graft may have drawings of its own to draw.
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: [...LOADERS, ...(hasDrawings ? ['Svg'] : [])].flatMap(operationsOf) });
  loaded = sharp;
  return sharp;
}

/** Shuts the loader of SVG too, which reads other files: for a process that is Graft's alone. */
export function blockDrawings(): void {
  hasDrawings = false;
  loaded?.block({ operation: operationsOf('Svg') });
}

function operationsOf(loader: string): string[] {
  return [`VipsForeignLoad${loader}File`, `VipsForeignLoad${loader}Buffer`];
}
