/** @file Images as the engine sees them: pixels of one size, scaled as their network was trained with them, and views of them. */

import type { ExampleViews, FeedBatch, Modality } from '../../core/examples/modality.ts';
import type { Sample } from '../../core/examples/sample.ts';
import { createWarpKernel } from '../../core/kernels/warp-kernel.ts';
import type { Functional } from '../../core/layers/functional.ts';
import { platform } from '../../core/runtime/platform.ts';
import type { RuntimeOptions } from '../../core/runtime/runtime.ts';
import { tensor } from '../../core/tensor/tensor.ts';
import { type Augmenter, createAugmenter } from '../augmentation/augmentation.ts';
import { type AugmentationSpec, isNoAugmentation } from '../augmentation/augmentation-spec.ts';
import type { ImageReader } from '../images/image-reader.ts';
import type { ResizeMode } from '../images/resize-mode.ts';
import { lowerImages } from '../preprocessing/image-graph.ts';
import type { Preprocessing } from '../preprocessing/preprocessing.ts';

export interface ImageModalityOptions extends RuntimeOptions {
  /** What reads the images. */
  readonly reader: ImageReader;
  /** The network that sees them: its input says their size. */
  readonly model: Pick<Functional, 'input'>;
  /** What is done to an image's bytes before the network's input. */
  readonly preprocessing: Preprocessing;
  /** How images are brought to that size. Default `squash`. */
  readonly resize?: ResizeMode | undefined;
  /** Random changes of the training images. Default none. */
  readonly augmentation?: AugmentationSpec | null | undefined;
  /** For augmentation. */
  readonly seed: number;
}

/** Images for a network with one image input: `image`, uint8 RGB `[N, height, width, 3]`, in [0, 255]. */
export function imageModality(options: ImageModalityOptions): Modality<Sample> {
  const { reader, preprocessing, resize = 'squash', model } = options;
  const [, height = 0, width = 0] = model.input.shape as readonly number[];
  return {
    words: { one: 'image', several: 'images' },
    inputs: [{ name: 'image', dtype: 'uint8', shape: [height, width, 3] }],
    // Keys of squashed images are those of versions that knew nothing else.
    identity: resize === 'squash' ? {} : { resize },
    views: viewsOf(options, { height, width }),
    exampleBytes: height * width * 3,
    nameOf: ({ file }) => file,
    hash: (samples, start, end, hashes, signal) => reader.hash(samples, start, end, hashes, signal),
    isUnchanged: (sample, index, hashes) => reader.isUnchanged(sample, index, hashes),
    decodeBytes: (sample) => reader.decodeBytes(sample),
    async *batches(samples, asked): AsyncGenerator<FeedBatch<Sample>, void, undefined> {
      let done = 0;
      for await (const batch of reader.decode(samples, { ...asked, height, width, resize })) {
        const image = tensor('uint8', [batch.samples.length, height, width, 3], batch.pixels);
        // They come in order; what cannot be read is missing.
        done = samples.indexOf(batch.samples.at(-1)!, done) + 1;
        yield { feeds: { image }, examples: batch.samples, done };
      }
    },
    lowerInputs: (builder, network) => lowerImages(builder, network, preprocessing),
  };
}

/** Undefined where nothing is changed. */
function viewsOf(
  { augmentation, seed, runtime = platform }: ImageModalityOptions,
  { height, width }: { readonly height: number; readonly width: number },
): ExampleViews | undefined {
  if (augmentation == null || isNoAugmentation(augmentation)) return undefined;
  const imageBytes = height * width * 3;
  let augmenter: Augmenter | undefined;
  return {
    identity: { augmentation, seed },
    async prepare() {
      augmenter ??= createAugmenter(augmentation, seed, createWarpKernel(await runtime.loadKernel('warp')));
    },
    draw({ image }, row, key, view) {
      const pixels = image!.data.subarray(row * imageBytes, (row + 1) * imageBytes) as Uint8Array;
      augmenter!.augment({ pixels, height, width }, { key, epoch: 0, view }, pixels);
    },
  };
}
