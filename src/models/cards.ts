/** @file The pretrained backbones there are, as data, and how a backbone with its weights is made. */

import { basename } from 'node:path';
import { closest, distance } from 'fastest-levenshtein';
import { GraftError } from '../errors/graft-error.ts';
import type { Functional } from '../layers/functional.ts';
import { loadWeights } from '../weights/apply.ts';
import { findObjectron, readObjectronDetector } from '../weights/objectron.ts';
import { readWeights } from '../weights/read-weights.ts';
import type { WeightFile } from '../weights/weight-file.ts';
import type { InputShape } from './architecture.ts';
import { loadFoldedWeights } from './folded-weights.ts';
import { isOnnxPath, loadGraphBackbone } from './graph-backbone.ts';
import { INCEPTION_V3_SMALLEST_PX, inceptionV3 } from './inception-v3.ts';
import { MOBILENET_V2_SMALLEST_PX, mobileNetV2 } from './mobilenet-v2.ts';
import { MINUS_ONE_TO_ONE, type Preprocessing } from './preprocessing.ts';
import { explainMisfit, isTflite, recogniseArchitecture } from './recognise-architecture.ts';

/** Where a backbone's weights come from. */
export type WeightSource =
  | { readonly kind: 'package'; readonly package: string }
  | { readonly kind: 'file'; readonly url?: string; readonly md5?: string };

export interface BackboneCard {
  /** By this name it is asked for. */
  readonly id: string;
  readonly title: string;
  readonly architecture: 'mobilenet_v2' | 'inception_v3' | 'onnx';
  /** MobileNetV2 only: its width. */
  readonly alpha?: number;
  readonly weights: WeightSource;
  readonly trainedOn: string;
  readonly licence: string;
  readonly paper: string;
  readonly preprocessing: Preprocessing;
  /** Side of a picture. */
  readonly defaultSizePx: number;
  readonly smallestSizePx: number;
  /** The layer to cut at, unless another is asked for. */
  readonly defaultCut: string;
  /** Without the top. */
  readonly parameters: number;
}

const MOBILENET_V2 = {
  architecture: 'mobilenet_v2',
  paper: 'https://arxiv.org/abs/1801.04381',
  preprocessing: MINUS_ONE_TO_ONE,
  defaultSizePx: 224,
  smallestSizePx: MOBILENET_V2_SMALLEST_PX,
  defaultCut: 'block_15_add',
} as const;

const INCEPTION_V3 = {
  architecture: 'inception_v3',
  paper: 'https://arxiv.org/abs/1512.00567',
  preprocessing: MINUS_ONE_TO_ONE,
  defaultSizePx: 150,
  smallestSizePx: INCEPTION_V3_SMALLEST_PX,
  defaultCut: 'mixed7',
  parameters: 21_802_784,
} as const;

/** The backbones that can be asked for by name; the first is the default. */
export const backboneCards: readonly BackboneCard[] = [
  {
    ...MOBILENET_V2,
    id: 'mobilenet_v2_openimages',
    title: 'MobileNetV2 1.0, from the object detector in @mediapipe/objectron',
    alpha: 1,
    weights: { kind: 'package', package: '@mediapipe/objectron' },
    trainedOn: 'Open Images v4',
    licence: 'Apache-2.0',
    parameters: 2_257_984,
  },
  {
    ...INCEPTION_V3,
    id: 'inception_v3',
    title: 'InceptionV3, the weights of Keras Applications',
    weights: {
      kind: 'file',
      url: 'https://storage.googleapis.com/tensorflow/keras-applications/inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5',
      md5: 'bcbd6486424b2319ff4ef7d526e38f63',
    },
    trainedOn: 'ImageNet',
    licence: 'Apache-2.0',
  },
];

export interface LoadBackboneOptions {
  /** Default: the card's size, three channels. */
  readonly inputShape?: InputShape;
  /** The layer to cut at. Default: the card's. */
  readonly cut?: string;
  /** A file instead of the card's own weights, or `random` for none. */
  readonly weights?: string;
  /** For random weights. Default 0. */
  readonly seed?: number;
}

export interface Backbone {
  /** The whole network without its top. */
  readonly model: Functional;
  readonly card: BackboneCard;
  readonly preprocessing: Preprocessing;
  /** A layer of the model: where the head is to go. */
  readonly cut: string;
}

/** The card of that name. @throws {GraftError} `argument`, if there is none, with the nearest name. */
export function backboneCard(id: string): BackboneCard {
  const card = backboneCards.find((candidate) => candidate.id === id);
  if (card !== undefined) return card;
  const ids = backboneCards.map((candidate) => candidate.id);
  const nearest = ids.find((name) => name.startsWith(id)) ?? closest(id, ids);
  const isNear = nearest.startsWith(id) || distance(id, nearest) <= nearest.length / 2;
  throw new GraftError('argument', {
    where: 'backbone',
    expected: `a name among ${ids.map((name) => `"${name}"`).join(', ')}, or a file of weights`,
    received: `"${id}"`,
    advice: isNear
      ? `Did you mean "${nearest}"?`
      : 'A file is told from a name by its ending or its folder: ./weights/model.h5.',
  });
}

/** Whether a card's weights are on this machine, so that no file has to be given. */
export function isBackboneAvailable(card: BackboneCard): boolean {
  return card.weights.kind === 'package' && findObjectron() !== undefined;
}

/** Where a card's weights come from, for people: `npm package @mediapipe/objectron`, an address, or `a file`. */
export function weightSourceOf({ weights }: BackboneCard): string {
  return weights.kind === 'package' ? `npm package ${weights.package}` : (weights.url ?? 'a file');
}

/**
 * Builds a backbone and loads its weights.
 *
 * @param idOrPath - A card's name; or a file of weights (.h5, .tflite, TensorFlow.js' model.json), whose architecture
 *   is then found from what is in it; or an ONNX file, which is its own architecture (`loadGraphBackbone`).
 * @returns The model, ready to be cut; its pictures are `[N, H, W, 3]` after `preprocessing`.
 * @throws {GraftError} `argument`: unknown name, too small a picture; `layer-not-found`: no such cut;
 *   `file-not-found`, `weights`: weights that are missing or do not fit.
 */
export async function loadBackbone(idOrPath: string, options: LoadBackboneOptions = {}): Promise<Backbone> {
  if (isOnnxPath(idOrPath)) return onnxBackbone(idOrPath, options);
  const isPath = looksLikePath(idOrPath);
  const path = options.weights ?? (isPath ? idOrPath : undefined);
  const file = path === undefined || path === 'random' ? undefined : await readWeights(path);
  const card = isPath ? cardOfFile(file ?? (await readWeights(idOrPath))) : namedCard(idOrPath, file);
  const model = buildModel(card, options.inputShape ?? [card.defaultSizePx, card.defaultSizePx, 3]);
  const cut = model.getLayer(options.cut ?? card.defaultCut).name;
  if (path === 'random') model.initialize({ seed: options.seed ?? 0 });
  else load(model, file ?? (await readOwnWeights(card)));
  return { model, card, preprocessing: card.preprocessing, cut };
}

async function onnxBackbone(path: string, { cut, inputShape }: LoadBackboneOptions): Promise<Backbone> {
  const { model, layer, preprocessing } = await loadGraphBackbone(path, {
    ...(cut !== undefined && { cut }),
    ...(inputShape !== undefined && { inputShape }),
  });
  const unknown = { trainedOn: 'unknown', licence: 'unknown', paper: 'unknown' } as const;
  const card: BackboneCard = {
    ...unknown,
    id: model.name,
    title: `${basename(path)}, an ONNX file`,
    architecture: 'onnx',
    weights: { kind: 'file' },
    preprocessing,
    defaultSizePx: model.input.shape[1] ?? 0,
    smallestSizePx: 1,
    defaultCut: layer.name,
    parameters: model.countParams().total,
  };
  return { model, card, preprocessing, cut: layer.name };
}

function buildModel(card: BackboneCard, inputShape: InputShape): Functional {
  return card.architecture === 'mobilenet_v2'
    ? mobileNetV2({ inputShape, alpha: card.alpha ?? 1 })
    : inceptionV3({ inputShape });
}

function load(model: Functional, file: WeightFile): void {
  if (isTflite(file)) loadFoldedWeights(model, file);
  else loadWeights(model, file, { explain: explainMisfit });
}

async function readOwnWeights(card: BackboneCard): Promise<WeightFile> {
  if (card.weights.kind === 'package') return readObjectronDetector();
  throw new GraftError('file-not-found', {
    where: `backbone "${card.id}"`,
    expected: 'a file of weights',
    received: 'none',
    advice: `Fetch ${card.weights.url ?? 'one'} and give its path as weights.`,
  });
}

/** A named card, unless other weights than its own make another network of it. */
function namedCard(id: string, file: WeightFile | undefined): BackboneCard {
  const card = backboneCard(id);
  const found = file && recogniseArchitecture(file);
  if (file === undefined || found === undefined) return card;
  if (found.architecture !== card.architecture) {
    throw new GraftError('weights', {
      where: file.where,
      expected: `weights of ${card.architecture}`,
      received: `those of ${found.architecture}`,
      advice: 'Give the file itself as the backbone.',
    });
  }
  return card.weights.kind === 'file' ? card : cardOfFile(file);
}

/** The card of a file that someone brings. */
function cardOfFile(file: WeightFile): BackboneCard {
  const found = recogniseArchitecture(file);
  if (found === undefined) {
    throw new GraftError('weights', {
      where: file.where,
      expected: 'weights of MobileNetV2 or InceptionV3',
      received: `${file.tensors.size} tensors of another network`,
      advice: 'Give weights of one of these networks.',
    });
  }
  const unknown = { weights: { kind: 'file' }, trainedOn: 'unknown', licence: 'unknown' } as const;
  if (found.architecture === 'inception_v3') {
    return { ...INCEPTION_V3, ...unknown, id: 'inception_v3', title: 'InceptionV3 from a file' };
  }
  const { alpha } = found;
  const parameters = mobileNetV2({ inputShape: [96, 96, 3], alpha }).countParams().total;
  const title = `MobileNetV2 ${alpha} from a file`;
  return { ...MOBILENET_V2, ...unknown, id: 'mobilenet_v2', title, alpha, parameters };
}

/** A card's name has neither folders nor an ending. */
function looksLikePath(text: string): boolean {
  return /[/\\.]/.test(text);
}
