/** @file Makes a backbone with its weights: from a name, a file or an address. */

import { basename } from 'node:path';
import { GraftError } from '../errors/graft-error.ts';
import { Functional } from '../layers/functional.ts';
import type { Layer } from '../layers/layer.ts';
import { loadWeights } from '../weights/apply.ts';
import {
  cachedCardWeights,
  type FetchWeightsOptions,
  fetchCardWeights,
  fetchWeightsFrom,
} from '../weights/download/card-weights.ts';
import { checkFetched, readFetched } from '../weights/download/fetched-file.ts';
import { readObjectronDetector } from '../weights/objectron.ts';
import { readWeights } from '../weights/read-weights.ts';
import type { WeightFile } from '../weights/weight-file.ts';
import type { InputShape } from './architecture.ts';
import type { BackboneCard, BackboneFacts } from './backbone-card.ts';
import { backboneCard } from './backbone-cards.ts';
import { loadFoldedWeights } from './folded-weights.ts';
import { isOnnxPath, loadGraphBackbone, readOnnx } from './graph-backbone.ts';
import type { Preprocessing } from './preprocessing.ts';
import { explainMisfit, isTflite, recogniseArchitecture } from './recognise-architecture.ts';

export interface LoadBackboneOptions {
  /** Default: the card's size, three channels. */
  readonly inputShape?: InputShape;
  /** The layer to cut at. Default: the card's. */
  readonly cut?: string;
  /**
   * `imagenet` for the official weights of Keras, fetched once into the cache folder; the path of a file; the address
   * of one, fetched once, too; or `random` for none. Default: the card's own, as long as they are on this machine.
   */
  readonly weights?: string;
  /**
   * Loads no weights behind the cut, where half a network's numbers may lie: for a model that is cut there. A TFLite file
   * is loaded as a whole. Default false.
   */
  readonly upToCut?: boolean;
  /** For random weights. Default 0. */
  readonly seed?: number;
  /** How weights are fetched, where they are asked for. */
  readonly download?: FetchWeightsOptions;
}

export interface Backbone {
  /** The whole network without its top. */
  readonly model: Functional;
  readonly card: BackboneFacts;
  readonly preprocessing: Preprocessing;
  /** A layer of the model: where the head is to go. */
  readonly cut: string;
}

/**
 * Builds a backbone and loads its weights. No network is reached but for `weights: 'imagenet'` and for addresses.
 *
 * @param network - A card, or the name of one; a file of weights (all that `readWeights` knows), whose architecture is
 *   then found from what is in it; an ONNX file, which is its own architecture (`loadGraphBackbone`); or the address of
 *   such a file.
 * @returns The model, ready to be cut; its pictures are `[N, H, W, 3]` after `preprocessing`.
 * @throws {GraftError} `argument`: unknown name, too small a picture; `layer-not-found`: no such cut;
 *   `file-not-found`, `weights`: weights that are missing or do not fit; `download`: as `downloadFile`.
 */
export async function loadBackbone(
  network: string | BackboneCard,
  options: LoadBackboneOptions = {},
): Promise<Backbone> {
  const { weights, download = {} } = options;
  const asked = typeof network === 'string' && !looksLikePath(network) ? backboneCard(network) : network;
  const place = typeof asked === 'string' ? await locate(asked, download) : undefined;
  if (place !== undefined && isOnnxPath(place.path)) {
    // The file alone: an operator that is missing, or a wrong cut, is no reason to fetch it again.
    if (place.isFetched) await checkFetched(place.path, readOnnx);
    return onnxBackbone(place.path, options);
  }
  const source = isPathOfWeights(weights) ? await locate(weights, download) : place;
  const file = source && (await readPlace(source));
  const card = cardOf(typeof asked === 'string' ? undefined : asked, file);
  const model = card.build({ inputShape: options.inputShape ?? [card.defaultSizePx, card.defaultSizePx, 3] });
  const cut = model.getLayer(options.cut ?? card.defaultCut).name;
  if (weights === 'random') model.initialize({ seed: options.seed ?? 0 });
  else {
    const official = weights === 'imagenet' ? await readOfficialWeights(card, download) : undefined;
    const layers = options.upToCut === true ? layersUpTo(model, cut) : model.layers;
    load(model, official ?? file ?? (await readOwnWeights(card, download)), new Set(layers));
  }
  return { model, card, preprocessing: card.preprocessing, cut };
}

async function onnxBackbone(path: string, { cut, inputShape }: LoadBackboneOptions): Promise<Backbone> {
  const { model, layer, preprocessing } = await loadGraphBackbone(path, {
    ...(cut !== undefined && { cut }),
    ...(inputShape !== undefined && { inputShape }),
  });
  const card: BackboneFacts = {
    ...UNKNOWN,
    paper: 'unknown',
    id: model.name,
    title: `${basename(path)}, an ONNX file`,
    architecture: 'onnx',
    preprocessing,
    defaultSizePx: model.input.shape[1] ?? 0,
    smallestSizePx: 1,
    defaultCut: layer.name,
    parameters: model.countParams().total,
  };
  return { model, card, preprocessing, cut: layer.name };
}

function layersUpTo(model: Functional, cut: string): readonly Layer[] {
  return new Functional({ inputs: model.inputs, outputs: model.getLayer(cut).output }).layers;
}

function load(model: Functional, file: WeightFile, layers: ReadonlySet<Layer>): void {
  if (isTflite(file)) loadFoldedWeights(model, file);
  else loadWeights(model, file, { explain: explainMisfit, layers });
}

async function readOfficialWeights(card: BackboneCard, download: FetchWeightsOptions): Promise<WeightFile> {
  const { weights } = card;
  if (weights !== undefined && 'url' in weights)
    return readFetched(await fetchCardWeights(weights, download), readWeights);
  throw new GraftError('argument', {
    where: `backbone "${card.id}"`,
    expected: 'weights that are a file, or none for its own',
    received: '"imagenet"',
    advice:
      card.architecture === 'mobilenet_v2'
        ? `Its own are trained on something else. With weights of ImageNet, there is "mobilenet_v2".`
        : 'Name the network instead of a file to have its official weights.',
  });
}

/** Never from the network. */
async function readOwnWeights(card: BackboneCard, download: FetchWeightsOptions): Promise<WeightFile> {
  const { weights } = card;
  if (weights !== undefined && 'package' in weights) return readObjectronDetector();
  const cached = weights && (await cachedCardWeights(weights, download));
  if (cached?.isRight) return readFetched(cached.path, readWeights);
  throw new GraftError('file-not-found', {
    where: `backbone "${card.id}"`,
    expected: 'its weights on this machine',
    received:
      cached === undefined ? 'none' : `another file, or one that no hash vouches for, "${cached.path}"`,
    advice:
      'Let them be fetched once with --weights imagenet (weights: "imagenet"), or give a file or an address with --weights FILE.',
  });
}

const UNKNOWN = { trainedOn: 'unknown', licence: 'unknown' } as const;

/** The card as it is, unless someone brings a file: then what the file says. */
function cardOf(asked: BackboneCard | undefined, file: WeightFile | undefined): BackboneCard {
  if (file === undefined) return asked as BackboneCard;
  const found = recogniseArchitecture(file);
  if (asked !== undefined) {
    // The packaged weights are of no official network: any other width will do as well.
    const isPackaged = asked.weights !== undefined && 'package' in asked.weights;
    const fits = isPackaged ? found?.architecture === asked.architecture : found?.id === asked.id;
    if (found === undefined || fits) return withWeightsOfFile(found ?? asked);
    const isWidth = found.architecture === asked.architecture;
    throw new GraftError('weights', {
      where: file.where,
      expected: `weights of ${isWidth ? asked.id : asked.architecture}`,
      received: `those of ${isWidth ? found.id : found.architecture}`,
      advice: 'Give the file itself as the backbone.',
    });
  }
  if (found !== undefined) return withWeightsOfFile(found);
  throw new GraftError('weights', {
    where: file.where,
    expected: 'weights of a network that graft backbones lists',
    received: `${file.tensors.size} tensors of another network`,
    advice:
      'If it is one of them with layers of your own, name it as the backbone and give the file as its weights.',
  });
}

/** What a publisher says of its weights does not hold for a file that someone brings. */
function withWeightsOfFile(card: BackboneCard): BackboneCard {
  const { weights, weightsWithTop, top1, ...network } = card;
  return { ...network, ...UNKNOWN, title: `${card.title} from a file` };
}

/** A file that someone brings. */
interface Place {
  readonly path: string;
  readonly isFetched: boolean;
}

/** Where a file is, fetched if it is an address. */
async function locate(text: string, download: FetchWeightsOptions): Promise<Place> {
  const isFetched = /^https?:\/\//i.test(text);
  return { path: isFetched ? await fetchWeightsFrom(text, download) : text, isFetched };
}

function readPlace({ path, isFetched }: Place): Promise<WeightFile> {
  return isFetched ? readFetched(path, readWeights) : readWeights(path);
}

/** Whether a recipe's weights are a file or an address, rather than a word for some. */
export function isPathOfWeights(weights: string | undefined): weights is string {
  return weights !== undefined && weights !== 'random' && weights !== 'imagenet';
}

/** Whether a network is named by a file or an address: a card's name has neither folders nor an ending. */
export function looksLikePath(text: string): boolean {
  return /[/\\.]/.test(text);
}
