/** @file Frees memory at once that a garbage collector would free much later: it goes by the objects, beside which buffers may be large. */

import { memoryUsage } from 'node:process';

/** The bytes are gone: their array is empty from now on. */
export function freeBuffer({ buffer }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer)) return;
  // What is sent to a channel that closes is nobody's.
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(buffer, [buffer]);
  port1.close();
  port2.close();
}

/** What a collection has to gain for another one. */
const WORTH_BYTES = 2 ** 20;

/** Frees what nobody refers to, where Node was started with `--expose-gc`, as by the command's first line. */
export function collectGarbage(): void {
  const { gc } = globalThis;
  if (gc === undefined) return;
  // One may only end another that had begun long before; and each moves some objects together, and gives their pages back.
  for (let inVain = 0; inVain < 2; ) {
    const before = memoryUsage().heapTotal;
    gc();
    inVain = memoryUsage().heapTotal < before - WORTH_BYTES ? 0 : inVain + 1;
  }
}
