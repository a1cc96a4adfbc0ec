/** @file Saves a model that a program built and trained as a model file, which `Classifier` and the commands take. */

import { dirname } from 'node:path';
import { VERSION } from '../../artifacts/graft-version.ts';
import { FORMAT_VERSION, type SavedModelInfo } from '../../artifacts/model-info.ts';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { Graph } from '../../core/graph/graph.ts';
import type { Functional } from '../../core/layers/functional.ts';
import { keepLayers } from '../../export/kept-layers.ts';
import { requirePreprocessing } from '../../runs/model-requirements.ts';
import type { ResizeMode } from '../../vision/images/resize-mode.ts';
import { imageGraph } from '../../vision/preprocessing/image-graph.ts';
import type { Preprocessing } from '../../vision/preprocessing/preprocessing.ts';
import { writeModelFile } from '../files/model-file.ts';
import { folderFor } from '../files/write-file.ts';
import { Model } from '../training/model.ts';
import { requireRoom } from './disk-room.ts';

/** What a saved model is to say of itself. */
export interface SaveModelOptions {
  /** Names, in the order that was trained: `train.classNames`. Default `0`, `1`, ... */
  readonly classNames?: readonly string[];
  /** What is done to an image's bytes before the model's input. Default: the model's own. */
  readonly preprocessing?: Preprocessing;
  /** How images are brought to the input's size. Default: the model's own, else `squash`. */
  readonly resize?: ResizeMode;
}

/** Where what is to be saved comes from, and what its classes are called. */
export interface SavedClassifier {
  readonly model: Functional;
  readonly preprocessing: Preprocessing;
  readonly resize: ResizeMode;
  readonly classNames: readonly string[];
}

/**
 * Saves a model as one `.onnx` file: pixels in, probabilities out, with preprocessing and weights inside. `Classifier`
 * opens it, `graft predict`, `evaluate` and `summary` take it, and any ONNX Runtime runs it. A file that is there is
 * replaced, as in Keras; its folder is made. `loadModel` gives the layers again, with the same weights, unless the model has
 * some that Keras lacks.
 *
 * Recipe and metrics of a classifier that `trainClassifier` gave are kept by `saveClassifier`.
 *
 * @param model - From one image, `[N, height, width, 3]`, to `[N, classes]` behind a softmax or a sigmoid; one
 *   sigmoid, `[N, 1]`, stands for two classes.
 * @throws {GraftError} `argument`, if the file has another ending, the model is no classifier of images, nothing
 *   scales its pixels, or `classes` are not as many as it tells apart; `weights`, if a weight has no numbers; `file-write`.
 */
export async function saveModel(
  model: Functional,
  file: string,
  options: SaveModelOptions = {},
): Promise<void> {
  requireModelName('saveModel', file);
  await writeClassifier(file, savedClassifier(model, options));
}

/** @throws {GraftError} `argument`. */
export function requireModelName(where: string, file: string): void {
  if (file.toLowerCase().endsWith('.onnx')) return;
  throw new GraftError('argument', {
    where,
    expected: 'a file that ends in .onnx',
    received: `"${file}"`,
    advice: 'For Keras or TensorFlow.js, use exportFunctional.',
  });
}

/** A model as it is to be saved. @throws {GraftError} `argument`, if it cannot be, as {@link saveModel} says. */
export function savedClassifier(model: Functional, options: SaveModelOptions): SavedClassifier {
  const outputs = requireClassifier(model);
  const count = Math.max(2, outputs);
  const classNames = options.classNames ?? Array.from({ length: count }, (_, index) => `${index}`);
  if (classNames.length !== count || new Set(classNames).size !== count) {
    throw new GraftError('argument', {
      where: `model "${model.name}"`,
      expected: `names of ${count} classes, for its output of ${outputs}`,
      received: classNames.map((name) => `"${name}"`).join(', ') || 'none',
      advice: "Give the training data's classNames.",
    });
  }
  const own = (): Preprocessing =>
    model instanceof Model ? model.preprocessing : requirePreprocessing(model, undefined);
  const resize = options.resize ?? (model instanceof Model ? model.resize : 'squash');
  return { model, classNames, preprocessing: options.preprocessing ?? own(), resize };
}

/** Writes the present weights. */
export async function writeClassifier(file: string, saved: SavedClassifier): Promise<void> {
  const { model, preprocessing, resize, classNames } = saved;
  const graph = imageGraph(model, model.output, { preprocessing, output: 'probabilities' });
  requireProbabilities(model, graph);
  const folder = dirname(file);
  await folderFor(folder);
  await requireRoom(folder, model.countParams().total);
  const [, height, width] = model.input.shape as readonly number[];
  const info: SavedModelInfo = {
    formatVersion: FORMAT_VERSION,
    graftVersion: VERSION,
    classNames: [...classNames],
    input: { widthPx: width!, heightPx: height!, resize, interpolation: 'bilinear' },
  };
  await writeModelFile(file, graph, info, { layers: keepLayers(model, preprocessing, graph) });
}

/** Width of the output. */
function requireClassifier(model: Functional): number {
  const { inputs, outputs, input, output } = model;
  const single = inputs.length === 1 && outputs.length === 1;
  const takesImages =
    input.shape.length === 4 && input.shape[3] === 3 && input.shape.slice(1).every((size) => size !== null);
  const [, width] = output.shape;
  if (single && takesImages && output.shape.length === 2 && typeof width === 'number') return width;
  throw new GraftError('argument', {
    where: `model "${model.name}"`,
    expected: 'one input [N, height, width, 3] and one output [N, classes]',
    received: `${shapesOf(inputs)} and ${shapesOf(outputs)}`,
    advice: 'Save a classifier of images; other models can be written with modelGraph and encodeModel.',
  });
}

function shapesOf(tensors: readonly { readonly shape: readonly (number | null)[] }[]): string {
  return tensors
    .map(({ shape }) => `[${shape.map((size, axis) => size ?? (axis === 0 ? 'N' : 'any')).join(', ')}]`)
    .join(', ');
}

/** What a file says are probabilities must be such. */
function requireProbabilities(model: Functional, { nodes, outputs }: Graph): void {
  const maker = (name: string | undefined) => nodes.find((node) => node.outputs.includes(name!));
  let node = maker(outputs[0]?.name);
  // One sigmoid was widened to both classes: the second is the model's own.
  if (node?.op === 'Concat' && model.output.shape[1] === 1) node = maker(node.inputs[1]);
  while (node?.op === 'Identity' || node?.op === 'Transpose') node = maker(node.inputs[0]);
  if (node?.op === 'Softmax' || node?.op === 'Sigmoid') return;
  throw new GraftError('argument', {
    where: `model "${model.name}"`,
    expected: 'an output behind a softmax or a sigmoid, which is a probability',
    received: `one of layer "${model.output.layer.name}", without`,
    advice: "End the model with activation: 'softmax', or 'sigmoid' for one output.",
  });
}
