/**
 * @file Bounds the memory of a WebAssembly library in this thread. What a file says may make the library ask for any
 * amount; it is refused what is beyond the bound, as by a machine without memory, and says so.
 */

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

const PAGE_BYTES = 65_536;

const { Memory } = (
  globalThis as unknown as { readonly WebAssembly: { readonly Memory: { prototype: Memory } } }
).WebAssembly;

let largestBytes = 0;
let limitBytes = Number.POSITIVE_INFINITY;
let wasRefused = false;

let isWatched = false;

function watch(): void {
  if (isWatched) return;
  isWatched = true;
  const grow = Memory.prototype.grow;
  Memory.prototype.grow = function (this: Memory, pages: number): number {
    const bytes = this.buffer.byteLength + pages * PAGE_BYTES;
    if (bytes > limitBytes) {
      wasRefused = true;
      throw new RangeError('beyond the bound');
    }
    const before = grow.call(this, pages);
    largestBytes = Math.max(largestBytes, bytes);
    return before;
  };
}

/** From now on, no WebAssembly memory of this thread grows beyond this. */
export function boundLibraryMemory(bytes: number): void {
  watch();
  limitBytes = bytes;
  wasRefused = false;
}

/** Whether memory was refused since the bound was set. */
export function libraryMemoryWasRefused(): boolean {
  return wasRefused;
}

/** The largest that a memory of this thread has grown to since the first bound. None shrinks. */
export function libraryMemoryBytes(): number {
  return largestBytes;
}
