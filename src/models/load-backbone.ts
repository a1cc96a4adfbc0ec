/** @file Makes a backbone with its weights: from a name, a file or an address. */

import { basename } from 'node:path';
import { GraftError } from '../errors/graft-error.ts';
import { Functional } from '../layers/functional.ts';
import type { Layer } from '../layers/layer.ts';
import { type LoadOptions, loadWeights, pairLayers } from '../weights/apply.ts';
import { checkFetched, readFetched } from '../weights/download/fetched-file.ts';
import {
  cachedPretrainedWeights,
  type FetchWeightsOptions,
  fetchPretrainedWeights,
  fetchWeightsFrom,
} from '../weights/download/pretrained-weights.ts';
import { hasTorchNames, torchWeights } from '../weights/foreign-files.ts';
import { readObjectronDetector } from '../weights/objectron.ts';
import { readWeights } from '../weights/read-weights.ts';
import type { WeightFile } from '../weights/weight-file.ts';
import type { InputShape } from './architecture.ts';
import { loadFoldedWeights } from './folded-weights.ts';
import { isOnnxPath, loadGraphBackbone, readOnnx } from './graph-backbone.ts';
import { type IdentifiedNetwork, identifyNetwork, networkFor } from './identify-network.ts';
import type { Preprocessing } from './preprocessing.ts';
import type { BackboneFacts, PretrainedConfig } from './pretrained-config.ts';
import { findPretrainedConfig } from './pretrained-configs.ts';
import { explainMisfit, isTflite } from './recognize-architecture.ts';

/** Which weights a backbone gets, at which size, and cut where. */
export interface LoadBackboneOptions {
  /** Default: what a file says that carries its configuration; else the pretrained config's size, three channels. */
  readonly inputShape?: InputShape;
  /** The layer to cut at. Default: the pretrained config's, or the last one of a file that ends before it. */
  readonly cut?: string;
  /**
   * `imagenet` for the official weights of Keras, fetched once into the cache folder; the path of a file; the address
   * of one, fetched once, too; or `random` for none. Default: the pretrained config's own, as long as they are on this machine.
   */
  readonly weights?: string;
  /**
   * Loads no weights behind the cut, where half a network's numbers may lie: for a model that is cut there. A TFLite file
   * is loaded as a whole. Default false.
   */
  readonly upToCut?: boolean;
  /** For random weights. Default 0. */
  readonly seed?: number;
  /** Of an ONNX file: what is done to its pixels. Default: what it says, or what is usual. Others have a pretrained config. */
  readonly preprocessing?: Preprocessing;
  /** How weights are fetched, where they are asked for. */
  readonly download?: FetchWeightsOptions;
}

/** A network with its weights, and what is needed to use it. */
export interface Backbone {
  /** The whole network without its top; of a file that ends before, up to there. */
  readonly model: Functional;
  readonly pretrainedConfig: BackboneFacts;
  readonly preprocessing: Preprocessing;
  /** A layer of the model: where the head is to go. */
  readonly cut: string;
  /** What was taken from a file otherwise than usual, or left out of it: for people, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * Builds a backbone and loads its weights. No network is reached but for `weights: 'imagenet'` and for addresses.
 *
 * @param network - A pretrained config, or the name of one; a file of weights (all that `readWeights` knows), whose architecture is
 *   then found from what is in it, with the options that its configuration says, if it carries one; an ONNX file, which is its own architecture (`loadGraphBackbone`); or the address of
 *   such a file.
 * @returns The model, ready to be cut; its images are `[N, H, W, 3]` after `preprocessing`.
 * @throws {GraftError} `argument`: unknown name, too small an image; `layer-not-found`: no such cut;
 *   `file-not-found`, `weights`: weights that are missing or do not fit; `download`: as `downloadFile`.
 */
export async function loadBackbone(
  network: string | PretrainedConfig,
  options: LoadBackboneOptions = {},
): Promise<Backbone> {
  const { weights, download = {} } = options;
  const asked =
    typeof network === 'string' && !looksLikePath(network) ? findPretrainedConfig(network) : network;
  const place = typeof asked === 'string' ? await locate(asked, download) : undefined;
  if (place !== undefined && isOnnxPath(place.path)) {
    // The file alone: an operator that is missing, or a wrong cut, is no reason to fetch it again.
    if (place.isFetched) await checkFetched(place.path, readOnnx);
    return onnxBackbone(place.path, options);
  }
  const source = isPathOfWeights(weights) ? await locate(weights, download) : place;
  if (source !== undefined) {
    const file = await readPlace(source);
    return fileBackbone(typeof asked === 'string' ? undefined : asked, file, options);
  }
  const pretrainedConfig = asked as PretrainedConfig;
  const model = pretrainedConfig.build({ inputShape: options.inputShape ?? defaultShape(pretrainedConfig) });
  const cut = model.getLayer(options.cut ?? pretrainedConfig.defaultCut).name;
  if (weights === 'random') model.initialize({ seed: options.seed ?? 0 });
  else {
    const file = await (weights === 'imagenet'
      ? readOfficialWeights(pretrainedConfig, download)
      : readOwnWeights(pretrainedConfig, download));
    load(model, file, pretrainedConfig, loadedLayers(model, cut, options));
  }
  return { model, pretrainedConfig, preprocessing: pretrainedConfig.preprocessing, cut, notes: [] };
}

/** A network with what someone brings: built as the file says, as far as it says it. */
async function fileBackbone(
  asked: PretrainedConfig | undefined,
  file: WeightFile,
  options: LoadBackboneOptions,
): Promise<Backbone> {
  if (hasTorchNames(file)) throw torchWeights(file.where);
  const network =
    asked === undefined ? identifyNetwork(file, options.cut) : networkFor(asked, file, options.cut);
  if (network === undefined) throw unknownNetwork(file);
  const { build, preprocessing, inFile } = network;
  const pretrainedConfig = withWeightsOfFile(network.pretrainedConfig);
  const whole = build({
    inputShape: options.inputShape ?? inFile?.inputShape ?? defaultShape(pretrainedConfig),
  });
  const cut = whole.getLayer(options.cut ?? standardCut(network)).name;
  if (inFile !== undefined && !inFile.layers.has(cut)) throw cutBehindTheEnd(file, cut, inFile.last);
  // Throws, as such a file has no official weights.
  if (options.weights === 'imagenet') await readOfficialWeights(pretrainedConfig, options.download ?? {});
  const { innerModel } = pretrainedConfig;
  const ends =
    inFile === undefined ? !isTflite(file) && endsAtCut(whole, cut, file, innerModel) : !inFile.isWhole;
  const model = ends ? upTo(whole, inFile?.last ?? cut) : whole;
  if (options.weights === 'random') model.initialize({ seed: options.seed ?? 0 });
  else load(model, file, pretrainedConfig, loadedLayers(model, cut, options), inFile?.sources);
  const notes = inFile === undefined && ends ? [`The file has ${pretrainedConfig.id} up to "${cut}".`] : [];
  return {
    model,
    pretrainedConfig: { ...pretrainedConfig, preprocessing },
    preprocessing,
    cut,
    notes: [...network.notes, ...notes],
  };
}

function standardCut({ pretrainedConfig, inFile }: IdentifiedNetwork): string {
  return inFile?.layers.has(pretrainedConfig.defaultCut) === false
    ? inFile.last
    : pretrainedConfig.defaultCut;
}

/** Whether a file of weights alone, which does not fit the whole network, fits it up to the cut. */
function endsAtCut(
  whole: Functional,
  cut: string,
  file: WeightFile,
  innerModel: PretrainedConfig['innerModel'],
): boolean {
  const options = innerModel === undefined ? {} : { innerModel };
  if (pairLayers(whole, file, options) !== undefined) return false;
  return pairLayers(upTo(whole, cut), file, { ...options, exact: true }) !== undefined;
}

function defaultShape({ defaultSizePx }: PretrainedConfig): InputShape {
  return [defaultSizePx, defaultSizePx, 3];
}

async function onnxBackbone(path: string, options: LoadBackboneOptions): Promise<Backbone> {
  const { cut, inputShape, preprocessing: asked } = options;
  const { model, layer, preprocessing, preprocessingSource } = await loadGraphBackbone(path, {
    ...(cut !== undefined && { cut }),
    ...(inputShape !== undefined && { inputShape }),
    ...(asked !== undefined && { preprocessing: asked }),
  });
  const pretrainedConfig: BackboneFacts = {
    ...UNKNOWN,
    paper: 'unknown',
    id: model.name,
    title: `${basename(path)}, an ONNX file`,
    architecture: 'onnx',
    preprocessing,
    preprocessingSource,
    defaultSizePx: model.input.shape[1] ?? 0,
    minSizePx: 1,
    defaultCut: layer.name,
    parameters: model.countParams().total,
  };
  return { model, pretrainedConfig, preprocessing, cut: layer.name, notes: [] };
}

function upTo(model: Functional, cut: string): Functional {
  const { inputs, name } = model;
  return new Functional({ inputs, outputs: model.getLayer(cut).output, name });
}

/** Those whose numbers are wanted. */
function loadedLayers(model: Functional, cut: string, { upToCut }: LoadBackboneOptions): readonly Layer[] {
  return upToCut === true ? upTo(model, cut).layers : model.layers;
}

function load(
  model: Functional,
  file: WeightFile,
  pretrainedConfig: PretrainedConfig,
  layers: readonly Layer[],
  sources?: LoadOptions['sources'],
): void {
  if (isTflite(file)) {
    loadFoldedWeights(model, file);
    return;
  }
  loadWeights(model, file, {
    explain: (misfit) => explainMisfit(misfit, pretrainedConfig),
    layers: new Set(layers),
    ...(sources && { sources }),
    ...(pretrainedConfig.innerModel && { innerModel: pretrainedConfig.innerModel }),
  });
}

async function readOfficialWeights(
  pretrainedConfig: PretrainedConfig,
  download: FetchWeightsOptions,
): Promise<WeightFile> {
  const { weights } = pretrainedConfig;
  if (weights !== undefined && 'url' in weights)
    return readFetched(await fetchPretrainedWeights(weights, download), readWeights);
  throw new GraftError('argument', {
    where: `backbone "${pretrainedConfig.id}"`,
    expected: 'weights that are a file, or none for its own',
    received: '"imagenet"',
    advice:
      pretrainedConfig.architecture === 'mobilenet_v2'
        ? `Its own are trained on something else. With weights of ImageNet, there is "mobilenet_v2".`
        : 'Name the network instead of a file to have its official weights.',
  });
}

/** Never from the network. */
async function readOwnWeights(
  pretrainedConfig: PretrainedConfig,
  download: FetchWeightsOptions,
): Promise<WeightFile> {
  const { weights } = pretrainedConfig;
  if (weights !== undefined && 'package' in weights) return readObjectronDetector();
  const cached = weights && (await cachedPretrainedWeights(weights, download));
  if (cached?.isRight) return readFetched(cached.path, readWeights);
  throw new GraftError('file-not-found', {
    where: `backbone "${pretrainedConfig.id}"`,
    expected: 'its weights on this machine',
    received:
      cached === undefined ? 'none' : `another file, or one that no hash vouches for, "${cached.path}"`,
    advice:
      'Let them be fetched once with --weights imagenet (weights: "imagenet"), or give a file or an address with --weights FILE.',
  });
}

const UNKNOWN = { trainedOn: 'unknown', license: 'unknown' } as const;

function unknownNetwork(file: WeightFile): GraftError {
  return new GraftError('weights', {
    where: file.where,
    expected: 'weights of a network that graft backbones lists',
    received: `${file.tensors.size} tensors of another network`,
    advice:
      'If it is one of them with layers of your own, name it as the backbone and give the file as its weights.',
  });
}

function cutBehindTheEnd({ where }: WeightFile, cut: string, last: string): GraftError {
  return new GraftError('weights', {
    where,
    expected: `a network up to "${cut}"`,
    received: `one that ends at "${last}"`,
    advice: 'Cut at that layer or before it.',
  });
}

/** What a publisher says of its weights does not hold for a file that someone brings. */
function withWeightsOfFile(pretrainedConfig: PretrainedConfig): PretrainedConfig {
  const { weights, weightsWithTop, top1, ...network } = pretrainedConfig;
  return { ...network, ...UNKNOWN, title: `${pretrainedConfig.title} from a file` };
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

/** Whether a network is named by a file or an address: a pretrained config's name has neither folders nor an ending. */
export function looksLikePath(text: string): boolean {
  return /[/\\.]/.test(text);
}
