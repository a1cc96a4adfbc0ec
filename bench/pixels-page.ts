/** @file The page of browser-pixels.ts: image files as pixels, by the browser and by libvips in WebAssembly. */

import { imagePixels } from '../src/web/image-pixels.ts';

export interface DecodedFile {
  /** RGB, base64. */
  readonly pixels: string;
  readonly ms: number;
}

export interface PixelFunctions {
  /** By the browser's decoder, as Graft does it in a page. */
  browser(address: string, sizePx: number): Promise<DecodedFile>;
  /** By wasm-vips, as sharp does it in Node. */
  vips(address: string, sizePx: number): Promise<DecodedFile>;
}

/** Of wasm-vips, what is used. */
interface VipsImage {
  readonly width: number;
  readonly height: number;
  autorot(): VipsImage;
  colourspace(space: string): VipsImage;
  resize(scale: number, options: object): VipsImage;
  hasAlpha(): boolean;
  flatten(options: object): VipsImage;
  cast(format: string): VipsImage;
  writeToMemory(): Uint8Array;
  delete(): void;
}
interface Vips {
  readonly Image: { newFromBuffer(bytes: Uint8Array, options?: string): VipsImage };
}

let loading: Promise<Vips> | undefined;

const functions: PixelFunctions = {
  async browser(address, sizePx) {
    const file = await (await fetch(address)).blob();
    const started = performance.now();
    const pixels = await imagePixels(file, { width: sizePx, height: sizePx });
    return { pixels: encode(pixels), ms: performance.now() - started };
  },
  async vips(address, sizePx) {
    loading ??= load();
    const { Image } = await loading;
    const bytes = new Uint8Array(await (await fetch(address)).arrayBuffer());
    const started = performance.now();
    const whole = Image.newFromBuffer(bytes);
    // A JPEG is reduced while it is decoded by what both sides have to be reduced by at least: sharp's rule.
    const shrink = Math.min(whole.width, whole.height) / sizePx;
    const isJpeg = bytes[0] === 0xff;
    const factor = isJpeg ? ([8, 4, 2].find((each) => shrink >= each) ?? 1) : 1;
    const loaded = factor === 1 ? whole : Image.newFromBuffer(bytes, `[shrink=${factor}]`);
    const upright = loaded.autorot().colourspace('srgb');
    const resized = upright.resize(sizePx / upright.width, {
      vscale: sizePx / upright.height,
      kernel: 'linear',
    });
    const flat = resized.hasAlpha() ? resized.flatten({ background: [255, 255, 255] }) : resized;
    const pixels = flat.cast('uchar').writeToMemory().slice();
    return { pixels: encode(pixels), ms: performance.now() - started };
  },
};

/** Its files lie where the page's server has them. */
async function load(): Promise<Vips> {
  const address = '/files/vips-es6.js';
  const { default: create } = (await import(address)) as { default: (options: object) => Promise<Vips> };
  return create({ dynamicLibraries: [], locateFile: (name: string) => `/files/${name}` });
}

function encode(pixels: Uint8Array): string {
  let text = '';
  for (let start = 0; start < pixels.length; start += 32_768)
    text += String.fromCharCode(...pixels.subarray(start, start + 32_768));
  return btoa(text);
}

Object.assign(globalThis, { pixels: functions });
