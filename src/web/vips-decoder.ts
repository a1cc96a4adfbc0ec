/** @file Decodes files by libvips, step by step as sharp does it for the command line: the same pixels, to the bit. */

import { GraftError } from '../core/errors/graft-error.ts';
import { enlargeImage } from '../vision/images/enlarge-image.ts';
import { describeBytes, detectImageFormat, FORMAT_BYTES } from '../vision/images/image-format.ts';
import { imageLimits, megapixelsFor } from '../vision/images/image-limits.ts';
import { type ImagePart, type ImageSize, placeImage, planResize } from '../vision/images/resize-mode.ts';
import { sourceOfPart } from '../vision/images/resize-taps.ts';
import type { ImageForm, WholeImage } from './image-form.ts';
import { unreadable } from './unreadable-image.ts';
import type { Vips, VipsImage } from './vips.ts';

const LOAD = { access: 'sequential', fail_on: 'error' } as const;
const WHITE = 255;
const SIXTEEN_BITS = ['rgb16', 'grey16'];

interface Turn {
  readonly angle?: 'd90' | 'd180' | 'd270';
  /** Left and right, after the turn. */
  readonly flips?: true;
}

/** What the EXIF orientation of a photograph asks for. */
const TURNS: Readonly<Record<number, Turn>> = {
  2: { flips: true },
  3: { angle: 'd180' },
  4: { angle: 'd180', flips: true },
  5: { angle: 'd90', flips: true },
  6: { angle: 'd90' },
  7: { angle: 'd270', flips: true },
  8: { angle: 'd270' },
};

export class VipsDecoder {
  readonly #vips: Vips;

  constructor(vips: Vips) {
    this.#vips = vips;
    // A thread for each image, and nothing of it kept.
    vips.concurrency(1);
    vips.Cache.max(0);
  }

  /** The pixels of a file, see `imagePixels`. @throws {GraftError} `image`. */
  pixels(bytes: Uint8Array, { resize = 'squash', ...to }: ImageForm, where: string): Uint8Array {
    return this.#decoding(bytes, where, (file) => {
      if (resize === 'squash') {
        // What is smaller is enlarged afterwards, as Pillow does it.
        const { pixels, ...size } = file.scaled(to);
        return enlargeImage(pixels, size, to);
      }
      const from = file.size;
      const plan = planResize(from, to, resize);
      const { resized, seen } = plan;
      const isEnlarged = from.width < resized.width || from.height < resized.height;
      if (!isEnlarged) return placeImage(file.scaled(resized, seen).pixels, plan, to);
      const { pixels } = file.scaled(from, sourceOfPart(from, resized, seen));
      return placeImage(enlargeImage(pixels, from, resized, seen), plan, to);
    });
  }

  /** The same in the image's own size. @throws {GraftError} `image`. */
  whole(bytes: Uint8Array, where: string): WholeImage {
    return this.#decoding(bytes, where, (file) => file.scaled(file.size));
  }

  #decoding<T>(bytes: Uint8Array, where: string, work: (file: OpenedFile) => T): T {
    const head = bytes.subarray(0, FORMAT_BYTES);
    if (detectImageFormat(head) === undefined) throw unreadable(where, describeBytes(head) ?? 'not an image');
    const file = new OpenedFile(this.#vips, bytes);
    try {
      file.open(where);
      return work(file);
    } catch (cause) {
      if (cause instanceof GraftError) throw cause;
      throw unreadable(where, 'a file that libvips cannot decode', cause);
    } finally {
      file.close();
    }
  }
}

/** A file, and all images that were made of it on the way: the library's memory is not the engine's to clear. */
class OpenedFile {
  readonly #vips: Vips;
  readonly #bytes: Uint8Array;
  readonly #made: VipsImage[] = [];
  #image!: VipsImage;
  #orientation = 1;

  constructor(vips: Vips, bytes: Uint8Array) {
    this.#vips = vips;
    this.#bytes = bytes;
  }

  open(where: string): void {
    this.#image = this.#keep(this.#vips.Image.newFromBuffer(this.#bytes, '', LOAD));
    const { width, height } = this.#image;
    const limits = imageLimits();
    if (width * height > limits.pixels) {
      const megapixels = megapixelsFor({ pixels: width * height, decodeBytes: 0 });
      throw unreadable(where, `an image of ${megapixels} megapixels`);
    }
    if (this.#image.getTypeof('orientation') !== 0) this.#orientation = this.#image.getInt('orientation');
  }

  /** Upright. */
  get size(): ImageSize {
    const { width, height } = this.#image;
    return this.#isTurned ? { width: height, height: width } : { width, height };
  }

  get #isTurned(): boolean {
    return this.#orientation >= 5 && this.#orientation <= 8;
  }

  /**
   * The image reduced to a size, upright; a side that is shorter stays as it is.
   *
   * @param part - Of the reduced image. Default: all.
   */
  scaled(to: ImageSize, part?: ImagePart): WholeImage {
    const turn = TURNS[this.#orientation];
    // Where a part is cut out, sharp turns the image first, and no decoder reduces it.
    const turnsFirst = turn !== undefined && part !== undefined;
    const target = this.#isTurned && !turnsFirst ? { width: to.height, height: to.width } : to;
    let image = turnsFirst ? this.#turned(this.#image, turn) : this.#reloaded(target);
    const [across, down] = shrinks(image, target);
    image = this.#inSrgb(image);
    if (image.hasAlpha()) {
      const white = SIXTEEN_BITS.includes(image.interpretation) ? WHITE * 256 : WHITE;
      image = this.#keep(image.flatten({ background: [white, white, white] }));
    }
    if (across !== 1 || down !== 1)
      image = this.#keep(image.resize(1 / across, { vscale: 1 / down, kernel: 'linear' }));
    if (turn !== undefined && !turnsFirst) image = this.#turned(image, turn);
    if (part !== undefined) image = this.#keep(image.crop(part.left, part.top, part.width, part.height));
    if (SIXTEEN_BITS.includes(image.interpretation)) image = this.#keep(image.cast('ushort'));
    if (image.interpretation !== 'srgb') image = this.#keep(image.colourspace('srgb'));
    image = this.#keep(image.cast('uchar'));
    return { pixels: image.writeToMemory() as Uint8Array, width: image.width, height: image.height };
  }

  close(): void {
    for (const image of this.#made.splice(0).toReversed()) image.delete();
  }

  /** JPEG and WebP are reduced while they are decoded, in part or as a whole. */
  #reloaded(target: ImageSize): VipsImage {
    const shrink = Math.min(...shrinks(this.#image, target));
    const loader = this.#image.getString('vips-loader');
    if (loader.startsWith('jpegload')) {
      let factor = [8, 4, 2].find((each) => shrink >= each) ?? 1;
      // libjpeg rounds sides otherwise there.
      if (factor > 1 && Math.floor(shrink) === factor) factor /= 2;
      if (factor > 1)
        return this.#keep(this.#vips.Image.jpegloadBuffer(this.#bytes, { ...LOAD, shrink: factor }));
    } else if (loader.startsWith('webpload') && shrink > 1) {
      return this.#keep(this.#vips.Image.webploadBuffer(this.#bytes, { ...LOAD, scale: 1 / shrink }));
    }
    return this.#image;
  }

  #turned(image: VipsImage, { angle, flips }: Turn): VipsImage {
    const turned = angle === undefined ? image : this.#keep(this.#keep(image.copyMemory()).rot(angle));
    return flips === true ? this.#keep(turned.flipHor()) : turned;
  }

  #inSrgb(image: VipsImage): VipsImage {
    const { interpretation } = image;
    const hasProfile = image.getTypeof('icc-profile-data') !== 0;
    if (hasProfile && interpretation !== 'labs' && interpretation !== 'grey16') {
      const depth = SIXTEEN_BITS.includes(interpretation) ? 16 : 8;
      const profile = interpretation === 'rgb16' ? 'p3' : 'srgb';
      return this.#keep(image.iccTransform(profile, { embedded: true, depth, intent: 'perceptual' }));
    }
    if (interpretation !== 'cmyk') return image;
    return this.#keep(image.iccTransform('srgb', { input_profile: 'cmyk', intent: 'perceptual' }));
  }

  #keep(image: VipsImage): VipsImage {
    this.#made.push(image);
    return image;
  }
}

/** By how much each side is to be reduced, >= 1; no side becomes nothing. */
function shrinks({ width, height }: ImageSize, target: ImageSize): readonly [number, number] {
  return [
    Math.min(width, Math.max(1, width / target.width)),
    Math.min(height, Math.max(1, height / target.height)),
  ];
}
