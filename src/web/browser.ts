/** @file What is used of a browser's globals: the compiler's library is that of Node, which has the rest. */

export interface BrowserWorker {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onerror: ((event: { readonly message?: string; preventDefault?(): void }) => void) | null;
  postMessage(message: unknown): void;
  terminate(): void;
}

interface Browser {
  /** Whether threads may share memory: the page was sent with COOP `same-origin` and COEP `require-corp`. */
  readonly crossOriginIsolated?: boolean;
  readonly navigator?: {
    readonly hardwareConcurrency?: number;
    /** Of the machine, in GiB, rounded and at most 8; not in all browsers. */
    readonly deviceMemory?: number;
    readonly userAgent?: string;
  };
  readonly Worker?: new (address: string) => BrowserWorker;
  readonly MessageChannel: new () => {
    readonly port1: { onmessage: (() => void) | null; close(): void };
    readonly port2: { postMessage(message: unknown): void };
  };
  /** Only in workers. */
  readonly WorkerGlobalScope?: unknown;
}

export const browser: Browser = globalThis as unknown as Browser;
