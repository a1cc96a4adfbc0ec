/**
 * @file Milliseconds an image of the augmentation kernel, preset `geometric`, beside a plain JavaScript sampler.
 *
 *   npx tsx bench/augmentation.ts [--sizes 150,224,299] [--views 2000] [--repeats 5]
 *
 * One thread. Both make the same views of the same image. Printed: processor time, the least of the repeats, which
 * other processes on the machine disturb least, and the wall time of the same repeat.
 */

import { parseArgs } from 'node:util';
import { createWarpKernel } from '../src/core/kernels/warp-kernel.ts';
import { createRandom } from '../src/core/tensor/random.ts';
import { loadKernel } from '../src/node/runtime/kernel-files.ts';
import { applyTransform } from '../src/vision/augmentation/augmentation.ts';
import { AUGMENTATION_PRESETS, type AugmentationSpec } from '../src/vision/augmentation/augmentation-spec.ts';
import { type computeAffine, IDENTITY } from '../src/vision/augmentation/augmentation-transform.ts';
import { drawTransform } from '../src/vision/augmentation/augmentation-view.ts';
import type { ImageWarp } from '../src/vision/augmentation/image-warp.ts';

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: '150,224,299' },
    views: { type: 'string', default: '2000' },
    repeats: { type: 'string', default: '5' },
  },
});
const { geometric } = AUGMENTATION_PRESETS;
const COLORS: AugmentationSpec = {
  ...geometric,
  brightness: [0.8, 1.2],
  contrast: [0.8, 1.2],
  saturation: [0.8, 1.2],
};
const kernel = createWarpKernel(await loadKernel('warp'));
const plain: ImageWarp = { apply: warpPlainly };

for (const size of options.sizes.split(',').map(Number)) {
  const random = createRandom(1);
  const pixels = Uint8Array.from({ length: size * size * 3 }, () => random.integer(256));
  const figures = {
    'plain JavaScript': measure(size, pixels, geometric, plain),
    'kernel, unchanged': measure(size, pixels, undefined, kernel),
    'kernel, geometric': measure(size, pixels, geometric, kernel),
    'kernel, geometric, reflect': measure(size, pixels, { ...geometric, fill: 'reflect' }, kernel),
    'kernel, geometric + colors': measure(size, pixels, COLORS, kernel),
  };
  for (const [name, { cpuMs, wallMs }] of Object.entries(figures)) {
    const cpu = `${cpuMs.toFixed(3)} ms an image`;
    process.stdout.write(`${size} px  ${name.padEnd(24)} ${cpu} (wall ${wallMs.toFixed(3)})\n`);
  }
}

function measure(
  size: number,
  pixels: Uint8Array,
  spec: AugmentationSpec | undefined,
  warp: ImageWarp,
): { readonly cpuMs: number; readonly wallMs: number } {
  const views = Number(options.views);
  const target = new Uint8Array(pixels.length);
  const image = { pixels, height: size, width: size };
  const times = Array.from({ length: Number(options.repeats) }, () => {
    const started = performance.now();
    const cpu = process.cpuUsage();
    for (let view = 0; view < views; view++) {
      const transform = spec ? drawTransform(spec, image, 1, { key: 'a', epoch: 0, view }) : IDENTITY;
      applyTransform(image, transform, spec ?? geometric, warp, target);
    }
    const { user, system } = process.cpuUsage(cpu);
    return { cpuMs: (user + system) / 1000 / views, wallMs: (performance.now() - started) / views };
  });
  return times.sort((a, b) => a.cpuMs - b.cpuMs)[0]!;
}

/** What one writes without a kernel: bilinear, edges nearest. */
function warpPlainly(
  source: Uint8Array,
  target: Uint8Array,
  job: { readonly height: number; readonly width: number; readonly matrix: ReturnType<typeof computeAffine> },
): void {
  const { height, width, matrix } = job;
  const [a, b, c, d, e, f] = matrix;
  let out = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const x = Math.min(Math.max(a * column + b * row + c, 0), width - 1);
      const y = Math.min(Math.max(d * column + e * row + f, 0), height - 1);
      const left = Math.floor(x);
      const top = Math.floor(y);
      const fx = x - left;
      const fy = y - top;
      const p00 = (top * width + left) * 3;
      const p01 = p00 + (left < width - 1 ? 3 : 0);
      const below = top < height - 1 ? width * 3 : 0;
      for (let channel = 0; channel < 3; channel++) {
        const above = source[p00 + channel]! * (1 - fx) + source[p01 + channel]! * fx;
        const under = source[p00 + below + channel]! * (1 - fx) + source[p01 + below + channel]! * fx;
        target[out++] = above * (1 - fy) + under * fy + 0.5;
      }
    }
  }
}
