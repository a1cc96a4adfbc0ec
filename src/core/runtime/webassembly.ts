/** @file The part of WebAssembly's JavaScript interface that the kernels use; TypeScript's `es2023` library has none. */

import { addressSpaceError, isAddressSpaceError } from '../errors/address-space.ts';

export interface WasmMemory {
  /** Replaced as it grows, unless it is shared: what was seen through the old one is gone then. */
  readonly buffer: ArrayBufferLike;
  /** Grows by that many pages of 64 KiB. */
  grow(pages: number): number;
}

/** A compiled module, which threads may share. */
export interface WasmModule {
  readonly [Symbol.toStringTag]: string;
}

export interface WasmInstance {
  readonly exports: unknown;
}

interface WasmApi {
  readonly Memory: new (limits: { initial: number; maximum: number; shared: boolean }) => WasmMemory;
  readonly Instance: new (
    module: WasmModule,
    /** Left out by a kernel that brings its own memory. */
    imports?: { readonly env: { readonly memory: WasmMemory } },
  ) => WasmInstance;
  compile(bytes: Uint8Array): Promise<WasmModule>;
}

/** Runs what reserves a memory. @throws {GraftError} `memory`, in words, where a limit of addresses forbids it. */
export function reserving<T>(where: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    throw isAddressSpaceError(cause) ? addressSpaceError(where, cause) : cause;
  }
}

export const PAGE_BYTES = 65_536;
/** All that 32-bit addresses reach. */
export const MAX_PAGES = 65_536;

export const webAssembly: WasmApi = (globalThis as unknown as { readonly WebAssembly: WasmApi }).WebAssembly;
