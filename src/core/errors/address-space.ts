/** @file The error of a machine that leaves WebAssembly no room: not of memory, but of addresses. */

import { GraftError } from './graft-error.ts';

/** What V8 says. */
const NO_ROOM = /could not allocate memory|Out of memory: Cannot allocate Wasm memory/i;

/** Whether an error, or the text of one, says that a WebAssembly memory could not be reserved. */
export function isAddressSpaceError(cause: unknown): boolean {
  return NO_ROOM.test(String(cause));
}

/**
 * Node reserves 10 GB of addresses for each WebAssembly memory, whatever its size, so that it need not check bounds; a
 * limit of addresses, as clusters set it, refuses that.
 */
export function addressSpaceError(where: string, cause: unknown): GraftError {
  return new GraftError(
    'memory',
    {
      where,
      expected: '10 GB of addresses for WebAssembly (not of memory)',
      received: 'a limit of this process below that',
      advice:
        'Raise the limit (ulimit -v), or set NODE_OPTIONS=--disable-wasm-trap-handler, which Node 20.15 and later know.',
    },
    { cause },
  );
}
