/** @file RandAugment's operations give Pillow's bytes, as torchvision asks for them; a random resized crop its pixels. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createWarpKernel } from '../../../src/core/kernels/warp-kernel.ts';
import { loadKernel } from '../../../src/node/runtime/kernel-files.ts';
import { applyTransform } from '../../../src/vision/augmentation/augmentation.ts';
import { IDENTITY } from '../../../src/vision/augmentation/augmentation-transform.ts';
import { applyOperation, strengthOf } from '../../../src/vision/augmentation/rand-augment.ts';
import type { OperationName } from '../../../src/vision/augmentation/rand-augment-spec.ts';
import type { CropBox } from '../../../src/vision/augmentation/random-resized-crop.ts';

interface Fixture {
  readonly height: number;
  readonly width: number;
  readonly images: Readonly<Record<string, string>>;
  readonly operations: readonly {
    readonly name: OperationName;
    readonly magnitude: number;
    readonly sign: 1 | -1;
    readonly strength: number;
    /** `[height, width]`: 255 where Pillow has all that it interpolates. */
    readonly inside?: string;
    readonly output: Readonly<Record<string, string>>;
  }[];
  readonly crops: readonly { readonly box: CropBox; readonly output: string }[];
}

const fixture = JSON.parse(readFileSync(new URL('rand-augment.json', import.meta.url), 'utf8')) as Fixture;
const { height, width, images, operations, crops } = fixture;
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
const warp = createWarpKernel(await loadKernel('warp'));

describe("an operation of RandAugment, beside torchvision's", () => {
  it.each(operations)('$name, magnitude $magnitude, sign $sign', (one) => {
    const { name, magnitude, sign, strength, inside, output } = one;
    expect(sign * strengthOf(name, magnitude, { height, width })).toBeCloseTo(
      // Bits of a posterized image, and the threshold of a solarized one, are told as they are.
      name === 'posterize' ? 8 - strength : name === 'solarize' ? 255 - strength : strength,
      name === 'posterize' ? 0 : 4,
    );
    const seen = inside === undefined ? undefined : bytesOf(inside);
    for (const [image, wanted] of Object.entries(output)) {
      const pixels = bytesOf(images[image]!);
      const own = sign * strengthOf(name, magnitude, { height, width });
      applyOperation({ name, strength: own }, { pixels, height, width }, { warp, fill: 'nearest', fillValue: 0 });
      const theirs = bytesOf(wanted);
      const differences = pixels.map((value, at) =>
        seen === undefined || seen[Math.floor(at / 3)] === 255 ? Math.abs(value - theirs[at]!) : 0,
      );
      // Pillow cuts off what the warp rounds.
      expect(Math.max(...differences)).toBeLessThanOrEqual(seen === undefined ? 0 : 1);
    }
  });
});

describe("a random resized crop, beside torchvision's", () => {
  it.each(crops)('of $box', ({ box, output }) => {
    const image = { pixels: bytesOf(images['noise']!), height, width };
    const view = applyTransform(image, { ...IDENTITY, crop: box }, { fill: 'nearest', fillValue: 0 }, warp);
    const theirs = bytesOf(output);
    // Inside of the part: at its edges, pixels beyond it are seen here, while Pillow repeats the outermost ones.
    const margin = { x: Math.ceil(width / box.width / 2), y: Math.ceil(height / box.height / 2) };
    for (let y = margin.y; y < height - margin.y; y++) {
      for (let at = (y * width + margin.x) * 3; at < (y * width + width - margin.x) * 3; at++) {
        expect(Math.abs(view[at]! - theirs[at]!)).toBeLessThanOrEqual(1);
      }
    }
  });
});
