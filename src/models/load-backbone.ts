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
import { readObjectronDetector } from '../weights/objectron.ts';
import { readWeights } from '../weights/read-weights.ts';
import type { WeightFile } from '../weights/weight-file.ts';
import type { InputShape } from './architecture.ts';
import type { BackboneCard, BackboneFacts } from './backbone-card.ts';
import { backboneCard } from './backbone-cards.ts';
import { loadFoldedWeights } from './folded-weights.ts';
import { isOnnxPath, loadGraphBackbone } from './graph-backbone.ts';
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
  /** Of an ONNX file: what is done to its pixels. Default: what it says, or what is usual. Others have a card. */
  readonly preprocessing?: Preprocessing;
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
  const found = typeof asked === 'string' ? await pathOf(asked, download) : asked;
  if (typeof found === 'string' && isOnnxPath(found)) return onnxBackbone(found, options);
  const path = isPathOfWeights(weights) ? weights : typeof found === 'string' ? found : undefined;
  const file = path === undefined ? undefined : await readWeights(await pathOf(path, download));
  const card = cardOf(found, file);
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

async function onnxBackbone(path: string, options: LoadBackboneOptions): Promise<Backbone> {
  const { cut, inputShape, preprocessing: asked } = options;
  const { model, layer, preprocessing, preprocessingSource } = await loadGraphBackbone(path, {
    ...(cut !== undefined && { cut }),
    ...(inputShape !== undefined && { inputShape }),
    ...(asked !== undefined && { preprocessing: asked }),
  });
  const card: BackboneFacts = {
    ...UNKNOWN,
    paper: 'unknown',
    id: model.name,
    title: `${basename(path)}, an ONNX file`,
    architecture: 'onnx',
    preprocessing,
    preprocessingSource,
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
    return readWeights(await fetchCardWeights(weights, download));
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
  const path = weights && (await cachedCardWeights(weights, download));
  if (path !== undefined) return readWeights(path);
  throw new GraftError('file-not-found', {
    where: `backbone "${card.id}"`,
    expected: 'its weights on this machine',
    received: 'none',
    advice:
      'Let them be fetched once with --weights imagenet (weights: "imagenet"), or give a file or an address with --weights FILE.',
  });
}

const UNKNOWN = { trainedOn: 'unknown', licence: 'unknown' } as const;

/** The card as it is, unless someone brings a file: then what the file says. */
function cardOf(asked: string | BackboneCard, file: WeightFile | undefined): BackboneCard {
  if (file === undefined) return asked as BackboneCard;
  const found = recogniseArchitecture(file);
  if (typeof asked !== 'string') {
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

/** Where a file is, fetched if it is an address. */
async function pathOf(text: string, download: FetchWeightsOptions): Promise<string> {
  return /^https?:\/\//i.test(text) ? fetchWeightsFrom(text, download) : text;
}

function isPathOfWeights(weights: string | undefined): weights is string {
  return weights !== undefined && weights !== 'random' && weights !== 'imagenet';
}

/** A card's name has neither folders nor an ending. */
function looksLikePath(text: string): boolean {
  return /[/\\.]/.test(text);
}
