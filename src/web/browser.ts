/** @file What is used of a browser's globals: the compiler's library is that of Node, which has the rest. */

export interface BrowserWorker {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onerror: ((event: { readonly message?: string; preventDefault?(): void }) => void) | null;
  postMessage(message: unknown, moved?: readonly unknown[]): void;
  terminate(): void;
}

/** What draws on a canvas that nobody sees. */
interface CanvasContext {
  imageSmoothingEnabled: boolean;
  drawImage(image: unknown, x: number, y: number): void;
  getImageData(x: number, y: number, width: number, height: number): BrowserPixels;
}

/** `ImageData`. */
export interface BrowserPixels {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** `ImageBitmap`: a decoded image. */
export interface BrowserBitmap {
  readonly width: number;
  readonly height: number;
  close(): void;
}

/** `OffscreenCanvas`. */
export interface BrowserCanvas {
  getContext(type: '2d', options: { readonly willReadFrequently: boolean }): CanvasContext | null;
  convertToBlob(options: { readonly type: string }): Promise<Blob>;
}

/** A folder of the origin private file system. */
export interface BrowserFolder {
  readonly kind: 'directory';
  getDirectoryHandle(name: string, options?: { readonly create: boolean }): Promise<BrowserFolder>;
  getFileHandle(name: string, options?: { readonly create: boolean }): Promise<BrowserFile>;
  removeEntry(name: string, options?: { readonly recursive: boolean }): Promise<void>;
  entries(): AsyncIterable<[name: string, handle: BrowserFolder | BrowserFile]>;
}

/** A file of it. */
export interface BrowserFile {
  readonly kind: 'file';
  getFile(): Promise<{ readonly size: number; readonly lastModified: number }>;
  /** Only in workers. */
  createSyncAccessHandle?(): Promise<BrowserFileAccess>;
}

/** A file that is read and written at once, which nobody else has open meanwhile. */
export interface BrowserFileAccess {
  getSize(): number;
  read(target: Uint8Array, options: { readonly at: number }): number;
  write(bytes: Uint8Array, options: { readonly at: number }): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}

interface Browser {
  readonly location?: { readonly href: string };
  /** Only in workers. */
  onmessage?: (event: { readonly data: unknown }) => void;
  /** Only in workers. */
  readonly postMessage?: (message: unknown, moved?: readonly unknown[]) => void;
  /** Only in workers; of a module it throws. */
  readonly importScripts?: () => void;
  /** Whether threads may share memory: the page was sent with COOP `same-origin` and COEP `require-corp`. */
  readonly crossOriginIsolated?: boolean;
  readonly navigator?: {
    readonly hardwareConcurrency?: number;
    /** Of the machine, in GiB, rounded and at most 8; not in all browsers. */
    readonly deviceMemory?: number;
    readonly userAgent?: string;
    /** WebGPU; only where the page came safely. */
    readonly gpu?: { requestAdapter(): Promise<unknown> };
    /** Only where the page came safely. */
    readonly storage?: { getDirectory?(): Promise<BrowserFolder> };
  };
  readonly Worker?: new (
    address: string | URL,
    options?: { readonly type: 'module' | 'classic' },
  ) => BrowserWorker;
  readonly OffscreenCanvas?: new (width: number, height: number) => BrowserCanvas;
  readonly createImageBitmap?: (image: unknown) => Promise<BrowserBitmap>;
  readonly MessageChannel: new () => {
    readonly port1: { onmessage: (() => void) | null; close(): void };
    readonly port2: { postMessage(message: unknown): void };
  };
  /** Its `subtle` is only there where the page came safely. */
  readonly crypto?: {
    readonly subtle?: { digest(name: 'SHA-256', bytes: Uint8Array): Promise<ArrayBuffer> };
  };
  /** Only in workers. */
  readonly WorkerGlobalScope?: unknown;
}

export const browser: Browser = globalThis as unknown as Browser;
