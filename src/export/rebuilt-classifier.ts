/** @file The layers of a trained classifier once more, from its model file: the file itself has operators alone. */

import type { ModelFile } from '../artifacts/decode-model-file.ts';
import { modelFileError } from '../artifacts/model-info.ts';
import { findOutput } from '../artifacts/model-output.ts';
import { findConfidence } from '../artifacts/prediction.ts';
import type { Functional } from '../core/layers/functional.ts';
import type { Layer } from '../core/layers/layer.ts';
import { createSession } from '../core/runtime/create-session.ts';
import type { RuntimeOptions } from '../core/runtime/runtime.ts';
import { createRandom } from '../core/tensor/random.ts';
import { type Tensor, tensor } from '../core/tensor/tensor.ts';
import type { CustomLayerClass } from '../core/weights/configured-model.ts';
import { freezeUpTo, listPhases } from '../recipe/phases.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { type Task, taskNamed } from '../recipe/task.ts';
import type { ClassifierModel } from '../runs/classifier-options.ts';
import { imageGraph } from '../vision/preprocessing/image-graph.ts';
import type { Preprocessing } from '../vision/preprocessing/preprocessing.ts';
import { type KeptModel, rebuildLayers } from './kept-layers.ts';
import { takeTrainedWeights } from './trained-weights.ts';

export interface RebuiltClassifier {
  /** From preprocessed pixels to the head's own output. */
  readonly model: Functional;
  readonly preprocessing: Preprocessing;
  /** Between what it gives and what the file gives, over all trial images and classes: of values, as a fraction of the largest. */
  readonly largestDifference: number;
}

/** The classifier of a recipe before its training. @throws {GraftError} `model-file`, if its backbone is not here. */
export type BuildClassifier = (recipe: Recipe, numClasses: number) => Promise<ClassifierModel>;

export interface RebuildOptions extends RuntimeOptions {
  readonly build: BuildClassifier;
  /** Classes of layers that are not Keras'. */
  readonly customLayers?: readonly CustomLayerClass[] | undefined;
}

/** Beyond this, the rebuilt model is another one. */
const LARGEST_DIFFERENCE = 1e-4;

const TRIAL_IMAGES = 4;

/**
 * Builds the layers that a file keeps, or else the network of its recipe: the backbone with its pretrained weights, which are read again; the head,
 * and what of the backbone was trained, with the weights in the file. Then runs both on images of noise.
 *
 * @throws {GraftError} `model-file`, if the file has neither layers nor a recipe, the backbone's weights are not here, or the two models
 *   differ.
 */
export async function rebuildClassifier(
  file: ModelFile,
  { build, customLayers, runtime }: RebuildOptions,
): Promise<RebuiltClassifier> {
  const { recipe, classNames } = file.info;
  if (recipe === undefined) {
    const kept = rebuildLayers(file, customLayers);
    if (kept !== undefined) return { ...kept, largestDifference: await requireAlike(file, kept, runtime) };
    throw modelFileError(
      file.path,
      'a recipe, to build the layers that the file holds only as operators',
      'a model that a program saved, without one, and without its layers',
      'Export it from that program, with exportFunctional, or export to onnx.',
    );
  }
  if (recipe.precision === 'int8') {
    throw modelFileError(
      file.path,
      'a backbone in float32, as layers have it',
      'one in int8, which only ONNX Runtime computes',
      'Train with --precision float32, or export to onnx.',
    );
  }
  const { model, backbone: network, preprocessing } = await build(recipe, classNames.length);
  // Phases unfreeze more and more: the last one says all that was ever trained, and so what may be trained on.
  freezeUpTo(network.model, listPhases(recipe).at(-1)!.unfreeze);
  takeTrained(file, model, new Set(network.model.layers));
  foldTemperature(model.output.layer, file.info);
  const largestDifference = await requireAlike(file, { model, preprocessing }, runtime);
  return { model, preprocessing, largestDifference };
}

/** @throws {GraftError} `model-file`, if the layers give something else than the file. */
async function requireAlike(
  file: ModelFile,
  kept: KeptModel,
  runtime: RuntimeOptions['runtime'],
): Promise<number> {
  const { recipe, task } = file.info;
  const largestDifference = await compare(file, kept, runtime);
  if (largestDifference <= LARGEST_DIFFERENCE) return largestDifference;
  throw modelFileError(
    file.path,
    `${findOutput(taskNamed<Task>(task).name).outputName} as the file's from the model that was built again, within ${LARGEST_DIFFERENCE}`,
    `a difference of ${largestDifference.toPrecision(2)}`,
    recipe === undefined
      ? 'The file was changed after it was written: save the model again, or export to onnx.'
      : 'The backbone has other weights than in training: give the same ones with --backbone, or export to onnx.',
  );
}

/** Layers have no place for a temperature: what gives the logits, kernel and bias of the last Dense, is divided by it. */
function foldTemperature({ weights }: Layer, info: ModelFile['info']): void {
  const { temperature = 1 } = findConfidence(info).calibration ?? {};
  if (temperature === 1) return;
  for (const weight of weights) weight.value = weight.value.map((value) => value / temperature);
}

/** The head's weights are constants of the file, and so are those of the backbone's layers that were trained. */
function takeTrained(file: ModelFile, model: Functional, backbone: ReadonlySet<Layer>): void {
  const trained = model.layers.filter((layer) => !backbone.has(layer) || layer.trainable);
  const missing = takeTrainedWeights(file.graph, model, new Set(trained));
  if (missing === undefined) return;
  const { name, shape, stored } = missing;
  throw modelFileError(
    file.path,
    `numbers "${name}" of shape [${shape.join(', ')}]`,
    stored === undefined ? 'none' : `${stored.dtype} of shape [${stored.shape.join(', ')}]`,
    'The file was changed after it was written: export to onnx, or give the file as the run wrote it.',
  );
}

async function compare(
  file: ModelFile,
  { model, preprocessing }: KeptModel,
  runtime: RuntimeOptions['runtime'],
): Promise<number> {
  const { widthPx, heightPx } = file.info.input;
  const image = trialImages(heightPx, widthPx);
  const { name, output: told } = taskNamed<Task>(file.info.task);
  const rebuilt = imageGraph(model, model.output, { preprocessing, ...findOutput(name) });
  const [ours, theirs] = [await predict(rebuilt), await predict(file.bytes)];
  const difference = ours.reduce((max, value, index) => worse(max, Math.abs(value - theirs[index]!)), 0);
  return told.isProbability ? difference : difference / (largest(theirs) || 1);

  async function predict(from: Parameters<typeof createSession>[0]): Promise<Float32Array> {
    const session = await createSession(from, { runtime });
    try {
      // Files of earlier versions may call their output otherwise.
      return (await session.run({ image }))[session.outputNames[0]!]!.data as Float32Array;
    } finally {
      await session.dispose();
    }
  }
}

function largest(numbers: Float32Array): number {
  return numbers.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
}

/** A NaN on one side is the worst of all. */
function worse(a: number, b: number): number {
  return Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : Math.max(a, b);
}

/** Noise of growing strength around a color, so that they differ in the large, too. */
function trialImages(height: number, width: number): Tensor<'uint8'> {
  const random = createRandom(1);
  const size = height * width * 3;
  const pixels = new Uint8ClampedArray(TRIAL_IMAGES * size);
  for (let image = 0; image < TRIAL_IMAGES; image++) {
    const color = [random.uniform(), random.uniform(), random.uniform()].map((fraction) => fraction * 255);
    const strength = (80 * (image + 1)) / TRIAL_IMAGES;
    for (let index = 0; index < size; index++) {
      pixels[image * size + index] = color[index % 3]! + strength * random.normal();
    }
  }
  return tensor('uint8', [TRIAL_IMAGES, height, width, 3], new Uint8Array(pixels.buffer));
}
