/** @file Embeddings: what a network makes of images, as numbers for a program. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { sizeText } from '../../core/errors/size-text.ts';
import { type ImageSource, requireImages } from '../../core/examples/image-content.ts';
import type { Sample, SkippedFile } from '../../core/examples/sample.ts';
import { FeatureExtractor } from '../../core/features/feature-extractor.ts';
import { RowBuffer } from '../../core/features/feature-set.ts';
import type { FeatureStores } from '../../core/features/feature-spaces.ts';
import { Functional } from '../../core/layers/functional.ts';
import { layers } from '../../core/layers/layers.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';
import { platform } from '../../core/runtime/platform.ts';
import type { Runtime, RuntimeOptions } from '../../core/runtime/runtime.ts';
import { USABLE_MEMORY } from '../../core/steps/memory.ts';
import { computeSize } from '../../core/tensor/tensor.ts';
import { requirePreprocessing } from '../../runs/model-requirements.ts';
import type { Backbone } from '../../vision/backbone/backbone.ts';
import type { ResizeMode } from '../../vision/images/resize-mode.ts';
import { imageModality } from '../../vision/modality/image-modality.ts';
import type { Preprocessing } from '../../vision/preprocessing/preprocessing.ts';
import type { ImageDataset } from '../images/image-dataset.ts';
import { imageFiles } from '../images/image-files.ts';
import { listImages } from '../images/image-list.ts';
import { Model } from './model.ts';

/** How features are extracted. */
export interface ExtractFeaturesOptions extends RuntimeOptions {
  /** The layer whose output is wanted. Default: a backbone's cut, a model's last layer. */
  readonly layer?: string | undefined;
  /**
   * What is made of a map `[N, height, width, channels]`, as in Keras: its mean or its largest number in each channel, or
   * nothing. Default `avg`; other outputs are left as they are.
   */
  readonly pooling?: 'avg' | 'max' | 'none' | undefined;
  /** What is done to an image's bytes before the input. Default: the backbone's or the model's own. */
  readonly preprocessing?: Preprocessing | undefined;
  /** How images are brought to the input's size. Default: a model's own, else `squash`. */
  readonly resize?: ResizeMode | undefined;
  /**
   * Where features are kept between runs, see `openFeatureCache`: those of a training with `features: 'float32'` and a head
   * that pools alike are found there. Default: nowhere.
   */
  readonly featureCache?: FeatureStores | undefined;
  /** Images that cannot be read are fatal. Default false: they are left out and listed. */
  readonly strict?: boolean | undefined;
  /** Processor threads, >= 1. Default: as many as the machine offers. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Hears of images that are done, unreadable ones included. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Features of images, row by row. */
export interface ExtractedImageFeatures {
  /** `[images, ...]`, row-major, as `shape` says. */
  readonly features: Float32Array;
  /** `[images, channels]`; without pooling `[images, height, width, channels]`. */
  readonly shape: readonly number[];
  /** Of each row: the path of its image, or what it is called where it lies in memory. */
  readonly files: readonly string[];
  readonly skipped: readonly SkippedFile[];
}

/**
 * Runs a network over images, each once, and gives what it makes of them: embeddings, to compare images by
 * (`nearestNeighbors`) or for another program to learn from.
 *
 * @param network - What `loadBackbone` gives, or a model; weights that have no numbers yet are drawn.
 * @param images - Paths of images, or of folders, which stand for all images below them; bytes of files or pixels; or a data set,
 *   whose image size does not matter.
 * @throws {GraftError} `layer-not-found`; `argument`, if something else is given, or nothing scales the pixels; `memory`, if
 *   the features do not fit; `image`, in strict mode; `interrupted`, if the signal aborts.
 */
export async function extractFeatures(
  network: Backbone | Functional,
  images: readonly ImageSource[] | ImageDataset,
  options: ExtractFeaturesOptions = {},
): Promise<ExtractedImageFeatures> {
  const { pooling = 'avg', signal, onProgress, featureCache, strict, threads, runtime } = options;
  const { whole, output, preprocessing } = chosen(network, options);
  const resize = options.resize ?? (network instanceof Model ? network.resize : 'squash');
  const boundary = pooled(output, pooling);
  const model = new Functional({ inputs: whole.inputs, outputs: boundary, name: whole.name });
  model.initialize({ seed: 0 });
  const { samples, skipped: left } =
    'samples' in images ? { samples: images.samples, skipped: [] } : await listed(images, strict);
  const rowShape = boundary.shape.slice(1).map((size) => size ?? 1);
  const width = computeSize(rowShape);
  requireRoom(samples.length, width, runtime ?? platform);
  const about = {
    backbone: network instanceof Functional ? network.name : network.pretrainedConfig.id,
    cut: output.layer.name,
    sizePx: whole.input.shape[1] ?? 0,
    ...(resize === 'squash' ? {} : { resize }),
    features: 'float32',
  };
  const extractor = new FeatureExtractor([{ name: 'features', model, boundary: [boundary], about }], {
    modality: imageModality({ reader: imageFiles, runtime, model, preprocessing, resize, seed: 0 }),
    sets: { train: samples },
    numClasses: 1,
    featureStores: featureCache,
    strict,
    threads,
    runtime,
  });
  try {
    const progress = onProgress && ((done: number) => onProgress(done, samples.length));
    const [found] = await extractor.extract('train', undefined, { signal, onProgress: progress });
    const set = await found!.table({ bytes: Number.POSITIVE_INFINITY });
    const all = Uint32Array.from({ length: set.size }, (_, row) => row);
    const [read] = await set.read(all, new RowBuffer());
    const features = read!.data as Float32Array;
    const skipped = [...left, ...extractor.skipped];
    const unread = new Set(skipped.map(({ file }) => file));
    const files = samples.flatMap(({ file }) => (unread.has(file) ? [] : file));
    return { features, shape: [set.size, ...rowShape], files, skipped };
  } catch (error) {
    throw signal?.aborted ? interrupted(error) : error;
  } finally {
    await extractor.rest();
  }
}

function interrupted(cause: unknown): GraftError {
  return new GraftError(
    'interrupted',
    {
      where: 'extractFeatures',
      expected: 'to reach the end of the images',
      received: 'a request to stop',
      advice: 'With a featureCache, what was computed is kept for the next call.',
    },
    { cause },
  );
}

/** While they are gathered there are two of them. */
const COPIES = 2;

function requireRoom(images: number, width: number, { totalBytes }: Runtime): void {
  const usable = totalBytes() * USABLE_MEMORY;
  const bytes = images * width * Float32Array.BYTES_PER_ELEMENT * COPIES;
  if (bytes <= usable) return;
  throw new GraftError('memory', {
    where: 'extractFeatures',
    expected: `features of at most ${sizeText(usable)} (${USABLE_MEMORY * 100} % of this machine's memory)`,
    received: `${sizeText(bytes)}: ${COPIES} times ${images.toLocaleString('en')} images x ${width.toLocaleString('en')} numbers x 4 bytes`,
    advice: 'Give fewer images at a time, or take a layer with fewer numbers, or pooling.',
  });
}

function chosen(
  network: Backbone | Functional,
  { layer, preprocessing }: ExtractFeaturesOptions,
): { readonly whole: Functional; readonly output: SymbolicTensor; readonly preprocessing: Preprocessing } {
  if (network instanceof Functional) {
    const output = layer === undefined ? network.output : network.getLayer(layer).output;
    const own = (): Preprocessing =>
      network instanceof Model ? network.preprocessing : requirePreprocessing(network, undefined);
    return { whole: network, output, preprocessing: preprocessing ?? own() };
  }
  const { model: whole, cut } = network;
  const output = whole.getLayer(layer ?? cut).output;
  return { whole, output, preprocessing: preprocessing ?? network.preprocessing };
}

function pooled(output: SymbolicTensor, pooling: 'avg' | 'max' | 'none'): SymbolicTensor {
  if (!['avg', 'max', 'none'].includes(pooling)) {
    throw new GraftError('argument', {
      where: 'extractFeatures',
      expected: 'pooling "avg", "max" or "none"',
      received: `"${pooling}"`,
      advice: 'Correct it, or leave it out for "avg".',
    });
  }
  if (pooling === 'none' || output.shape.length !== 4) return output;
  const { scope } = output;
  // Layers that a program adds later are named as if this one were not there.
  const giveNamesBack = scope.mark();
  const pool = pooling === 'avg' ? layers.globalAveragePooling2d() : layers.globalMaxPooling2d();
  const made = pool.apply(output);
  giveNamesBack();
  return made;
}

/** Images in their order, folders as what is below them. @throws {GraftError} `image`, in strict mode. */
async function listed(
  images: readonly ImageSource[],
  strict: boolean | undefined,
): Promise<{ readonly samples: readonly Sample[]; readonly skipped: readonly SkippedFile[] }> {
  const samples: Sample[] = [];
  const skipped: SkippedFile[] = [];
  for (const [index, image] of requireImages('extractFeatures', images).entries()) {
    if (typeof image !== 'string') {
      samples.push({ file: `image ${index + 1}`, content: image, label: 0 });
      continue;
    }
    for (const { file, error } of await listImages([image])) {
      if (error === undefined) samples.push({ file, label: 0 });
      else skipped.push({ file, reason: error });
    }
  }
  const [first] = skipped;
  if (first === undefined || strict !== true) return { samples, skipped };
  throw new GraftError('image', {
    where: `image "${first.file}"`,
    expected: 'an image',
    received: first.reason,
    advice: 'Check the path, or leave out strict.',
  });
}
