/** @file What is used of libvips in WebAssembly, the package wasm-vips: pages that want it bring it along. */

/** How a file is opened. */
export interface VipsLoadOptions {
  readonly access: 'sequential';
  readonly fail_on: 'error';
}

/** An image, or what becomes of it: nothing is computed before its pixels are asked for. */
export interface VipsImage {
  readonly width: number;
  readonly height: number;
  readonly interpretation: string;
  hasAlpha(): boolean;
  /** 0 where the file does not say it. */
  getTypeof(name: string): number;
  getInt(name: string): number;
  getString(name: string): string;
  iccTransform(
    profile: string,
    options: {
      readonly embedded?: boolean;
      readonly input_profile?: string;
      readonly depth?: number;
      readonly intent: 'perceptual';
    },
  ): VipsImage;
  flatten(options: { readonly background: number[] }): VipsImage;
  resize(scale: number, options: { readonly vscale: number; readonly kernel: 'linear' }): VipsImage;
  copyMemory(): VipsImage;
  rot(angle: 'd90' | 'd180' | 'd270'): VipsImage;
  flipHor(): VipsImage;
  crop(left: number, top: number, width: number, height: number): VipsImage;
  cast(format: 'uchar' | 'ushort'): VipsImage;
  colourspace(space: 'srgb'): VipsImage;
  writeToMemory(): ArrayBufferView;
  delete(): void;
}

/** The library, as `Vips()` of wasm-vips gives it. */
export interface Vips {
  readonly Image: {
    newFromBuffer(bytes: Uint8Array, options: string, load: VipsLoadOptions): VipsImage;
    jpegloadBuffer(bytes: Uint8Array, load: VipsLoadOptions & { readonly shrink: number }): VipsImage;
    webploadBuffer(bytes: Uint8Array, load: VipsLoadOptions & { readonly scale: number }): VipsImage;
  };
  readonly Cache: { max(count: number): unknown };
  concurrency(threads: number): unknown;
}
