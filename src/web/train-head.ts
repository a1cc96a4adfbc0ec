/** @file Trains a head on a backbone, on images whose pixels are given: the same engine as on the command line. */

import { classifierGraph, classifierInfo } from '../artifacts/classifier-file.ts';
import { encodeModelFile } from '../artifacts/encode-model-file.ts';
import { VERSION } from '../artifacts/graft-version.ts';
import { GraftError } from '../core/errors/graft-error.ts';
import type { Sample } from '../core/examples/sample.ts';
import type { RuntimeOptions } from '../core/runtime/runtime.ts';
import { joinBytes } from '../core/tensor/join-bytes.ts';
import { createRandom } from '../core/tensor/random.ts';
import type { RecipeInput } from '../recipe/recipe.ts';
import { readRecipe } from '../recipe/recipe-input.ts';
import { checkTask, DEFAULT_TASK } from '../recipe/task.ts';
import type { ClassifierEvents, TrainingOptions } from '../runs/classifier-options.ts';
import type { ExampleSets } from '../runs/example-sets.ts';
import {
  checkTraining,
  growClassifier,
  requireSquare,
  type TrainedClassifier,
} from '../runs/grow-classifier.ts';
import { trainPhases } from '../runs/train-phases.ts';
import type { Backbone } from '../vision/backbone/backbone.ts';
import { createSamples, type PixelSet, pixelImages } from './pixel-images.ts';

export interface TrainHeadOptions
  extends RuntimeOptions,
    Pick<ClassifierEvents, 'onFeatures' | 'onPhase' | 'onStep' | 'onEpoch'> {
  /** What the head goes on, as `backboneOfOnnx` or `backboneOfWeights` gives it. Its layers stay as they are. */
  readonly backbone: Backbone;
  readonly classNames: readonly string[];
  /** In the size of the backbone's input. */
  readonly train: PixelSet;
  /** Chooses the best epoch. Default: a fifth of each class's training images, drawn by the recipe's seed. */
  readonly validation?: PixelSet | undefined;
  /**
   * How to train, as in a recipe file. Default: as the command line. Its `resize` says for whoever uses the model how the pixels were
   * made: by `resizeImage`.
   */
  readonly recipe?: Omit<RecipeInput, 'backbone' | 'weights' | 'cut' | 'sizePx' | 'task'> | undefined;
  readonly threads?: number | undefined;
  /** Before training: gives up. While training: stops, and keeps the best weights so far. */
  readonly signal?: AbortSignal | undefined;
}

/** Of each class. */
const VALIDATION_FRACTION = 0.2;

/**
 * Trains a classifier: each image goes through the backbone once, the head learns from what comes out of it.
 *
 * @throws {GraftError} `argument`, `shape`: options that do not fit; `dataset`: a class without images; `memory`,
 *   `not-a-number`; `interrupted`, if the signal aborts before the first epoch has ended.
 */
export async function trainHead(options: TrainHeadOptions): Promise<TrainedClassifier> {
  const { backbone, classNames, recipe: asked = {}, runtime, threads, signal } = options;
  const { onFeatures, onPhase, onStep, onEpoch } = options;
  requireSquare(backbone);
  const recipe = readRecipe({ ...asked, backbone: backbone.pretrainedConfig.id, task: DEFAULT_TASK });
  checkTask(recipe, classNames.length);
  const images = gather(options, recipe.seed);
  const classifier = growClassifier(backbone, recipe, classNames.length);
  const training: TrainingOptions = {
    folder: 'pixels',
    recipe,
    images: pixelImages,
    strict: true,
    runtime,
    threads,
    signal,
    onFeatures,
    onPhase,
    onStep,
    onEpoch,
  };
  await checkTraining(classifier, images, training);
  const trained = await trainPhases(classifier, images, training);
  return { ...classifier, ...trained, classNames };
}

/** The bytes of a model file, as `graft train` writes it: `graft predict` and any ONNX Runtime read it. */
export function encodeClassifier(trained: TrainedClassifier): Uint8Array {
  return joinBytes(encodeModelFile('model.onnx', classifierGraph(trained), classifierInfo(trained, VERSION)));
}

function gather({ backbone, classNames, ...sets }: TrainHeadOptions, seed: number): ExampleSets {
  const [, height, width] = backbone.model.input.shape;
  const form = { imageBytes: (height ?? 0) * (width ?? 0) * 3, numClasses: classNames.length };
  const all = createSamples(sets.train, { ...form, what: 'training image' });
  const given = sets.validation && createSamples(sets.validation, { ...form, what: 'validation image' });
  const split = given === undefined ? splitOff(all, classNames, seed) : { train: all, validation: given };
  return {
    task: DEFAULT_TASK,
    classNames,
    where: 'given pixels',
    ...split,
    test: undefined,
    skipped: [],
  };
}

function splitOff(
  all: readonly Sample[],
  classNames: readonly string[],
  seed: number,
): { train: Sample[]; validation: Sample[] } {
  const random = createRandom(seed).fork('validation');
  const chosen = new Set<Sample>();
  classNames.forEach((name, label) => {
    const own = all.filter((sample) => sample.label === label);
    if (own.length < 2) {
      throw new GraftError('dataset', {
        where: `class "${name}"`,
        expected: 'at least 2 images: one to train on, one to validate',
        received: `${own.length}`,
        advice: 'Give more images, or validation images of your own.',
      });
    }
    const order = random.shuffle(Uint32Array.from(own.keys()));
    const count = Math.max(1, Math.round(own.length * VALIDATION_FRACTION));
    for (const index of order.subarray(0, count)) chosen.add(own[index]!);
  });
  return {
    train: all.filter((sample) => !chosen.has(sample)),
    validation: all.filter((sample) => chosen.has(sample)),
  };
}
