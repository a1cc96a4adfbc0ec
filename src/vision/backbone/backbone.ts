/** @file Makes a backbone from what was read: weights in memory, an ONNX file's bytes, or random numbers. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { Functional } from '../../core/layers/functional.ts';
import type { Layer } from '../../core/layers/layer.ts';
import { type LoadOptions, loadWeights, pairLayers } from '../../core/weights/apply.ts';
import { hasTorchNames } from '../../core/weights/foreign-files.ts';
import type { WeightFile } from '../../core/weights/weight-file.ts';
import type { InputShape } from '../architectures/architecture.ts';
import type { Preprocessing } from '../preprocessing/preprocessing.ts';
import { loadFoldedWeights } from '../pretrained/folded-weights.ts';
import {
  type IdentifiedNetwork,
  identifyNetwork,
  networkFor,
  statedNetwork,
} from '../pretrained/identify-network.ts';
import type { BackboneFacts, PretrainedConfig } from '../pretrained/pretrained-config.ts';
import { explainMisfit, isTflite } from '../pretrained/recognize-architecture.ts';
import type { TorchConfig, TorchNetwork } from '../pretrained/torch-network.ts';
import { identifyTorchNetwork, unknownTorchNetwork } from '../pretrained/torch-networks.ts';
import { asKerasLayers } from '../pretrained/torch-weights.ts';
import { isTorchvisionName } from '../pretrained/torchvision-configs.ts';
import { graphBackbone, type OnnxFile } from './graph-backbone.ts';

/** Which weights a backbone gets, at which size, and cut where. */
export interface BackboneOptions {
  /** Default: what a file says that carries its configuration; else the pretrained config's size, three channels. */
  readonly inputShape?: InputShape | undefined;
  /** The layer to cut at. Default: the pretrained config's, or the last one of a file that ends before it. */
  readonly cut?: string | undefined;
  /**
   * Loads no weights behind the cut, where half a network's numbers may lie: for a model that is cut there. A TFLite file
   * is loaded as a whole. Default false.
   */
  readonly upToCut?: boolean | undefined;
  /** For random weights. Default 0. */
  readonly seed?: number | undefined;
  /**
   * Of an ONNX file or a file of PyTorch: what is done to its pixels. Default: what it says, or what is usual. Others have a
   * pretrained config.
   */
  readonly preprocessing?: Preprocessing | undefined;
}

/** A network with its weights, and what is needed to use it. */
export interface Backbone {
  /** The whole network without its top; of a file that ends before, up to there. */
  readonly model: Functional;
  readonly pretrainedConfig: BackboneFacts;
  readonly preprocessing: Preprocessing;
  /** A layer of the model: where the head is to go. */
  readonly cut: string;
  /** Those that are joined in it, if it is one of several. */
  readonly parts?: readonly Backbone[] | undefined;
  /** What was taken from a file otherwise than usual, or left out of it: for people, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * Builds a network that is known by name.
 *
 * @param file - Its weights; `random` for none.
 * @throws {GraftError} `argument`: too small an image; `layer-not-found`: no such cut; `weights`: weights that do not fit.
 */
export async function backboneOfConfig(
  pretrainedConfig: PretrainedConfig,
  file: WeightFile | 'random' | (() => Promise<WeightFile>),
  options: BackboneOptions = {},
): Promise<Backbone> {
  const model = pretrainedConfig.build({ inputShape: options.inputShape ?? defaultShape(pretrainedConfig) });
  const cut = model.getLayer(options.cut ?? pretrainedConfig.defaultCut).name;
  if (file === 'random') model.initialize({ seed: options.seed ?? 0 });
  else {
    const weights = typeof file === 'function' ? await file() : file;
    load(model, weights, pretrainedConfig, loadedLayers(model, cut, options));
  }
  return { model, pretrainedConfig, preprocessing: pretrainedConfig.preprocessing, cut, notes: [] };
}

/** What `backboneOfWeights` takes beside the file. */
export interface BackboneOfWeightsOptions extends BackboneOptions {
  /** The network that these weights are of. Default: found from what is in them. */
  readonly pretrainedConfig?: PretrainedConfig | undefined;
  /** Whether the file itself says that they are of that network: their names and sizes need not tell it. Default false. */
  readonly isKnown?: boolean | undefined;
  /** Takes the network from them, and random numbers instead of theirs. Default false. */
  readonly random?: boolean | undefined;
  /** Of PyTorch's weights: the configuration beside them. */
  readonly torchConfig?: TorchConfig | undefined;
}

/**
 * Makes a network with the weights that someone brings: built as they say, as far as they say it.
 *
 * @throws {GraftError} `weights`: of another network, or they do not fit; `layer-not-found`: no such cut.
 */
export function backboneOfWeights(file: WeightFile, options: BackboneOfWeightsOptions = {}): Backbone {
  const { pretrainedConfig: asked } = options;
  if (hasTorchNames(file)) return backboneOfTorch(file, options);
  const network =
    asked === undefined
      ? identifyNetwork(file, options.cut)
      : options.isKnown
        ? statedNetwork(asked)
        : networkFor(asked, file, options.cut);
  if (network === undefined) throw unknownNetwork(file);
  const { build, preprocessing, inFile } = network;
  const pretrainedConfig = withWeightsOfFile(network.pretrainedConfig);
  const whole = build({
    inputShape: options.inputShape ?? inFile?.inputShape ?? defaultShape(pretrainedConfig),
  });
  const cut = whole.getLayer(options.cut ?? standardCut(network)).name;
  if (inFile !== undefined && !inFile.layers.has(cut)) throw cutBehindTheEnd(file, cut, inFile.last);
  const { innerModel } = pretrainedConfig;
  const ends =
    inFile === undefined ? !isTflite(file) && endsAtCut(whole, cut, file, innerModel) : !inFile.isWhole;
  const model = ends ? upTo(whole, inFile?.last ?? cut) : whole;
  if (options.random === true) model.initialize({ seed: options.seed ?? 0 });
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

/** Built as PyTorch builds it; up to the cut where nothing more is wanted of the file. */
function backboneOfTorch(file: WeightFile, options: BackboneOfWeightsOptions): Backbone {
  const { pretrainedConfig: asked, torchConfig, preprocessing } = options;
  const network = torchNetworkFor(file, asked, torchConfig);
  const { places, notes = [] } = network;
  const own = asked === undefined ? network.pretrainedConfig : withWeightsOfFile(asked);
  const pretrainedConfig: PretrainedConfig =
    preprocessing === undefined ? own : { ...own, preprocessing, preprocessingSource: 'as it is asked for' };
  const model = own.build({ inputShape: options.inputShape ?? defaultShape(own) });
  const cut = model.getLayer(options.cut ?? own.defaultCut).name;
  if (options.random === true) model.initialize({ seed: options.seed ?? 0 });
  else {
    const layers = loadedLayers(model, cut, options);
    loadWeights({ layers }, asKerasLayers(file, places(layers)));
  }
  return { model, pretrainedConfig, preprocessing: pretrainedConfig.preprocessing, cut, notes };
}

/**
 * The network of PyTorch that a file has the weights of.
 *
 * @param asked - The one that a person named, if any.
 * @throws {GraftError} `weights`, if it is of no family that Graft builds, or another one than was named.
 */
function torchNetworkFor(
  file: WeightFile,
  asked: PretrainedConfig | undefined,
  torchConfig?: TorchConfig,
): TorchNetwork {
  const network = identifyTorchNetwork(file, torchConfig);
  if (network === undefined) throw unknownTorchNetwork(file);
  const { pretrainedConfig: own } = network;
  if (asked !== undefined && asked.architecture !== own.architecture) throw ofAnother(file, asked, own);
  return network;
}

/**
 * Makes a backbone of an ONNX file, which is its own architecture.
 *
 * @throws {GraftError} As `graphBackbone`.
 */
export async function backboneOfOnnx(file: OnnxFile, options: BackboneOptions = {}): Promise<Backbone> {
  const { cut, inputShape, preprocessing: asked } = options;
  const { model, layer, preprocessing, preprocessingSource } = await graphBackbone(file, {
    cut,
    inputShape,
    preprocessing: asked,
  });
  const pretrainedConfig: BackboneFacts = {
    ...UNKNOWN,
    paper: 'unknown',
    id: model.name,
    title: `${file.name}, an ONNX file`,
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

function upTo(model: Functional, cut: string): Functional {
  const { inputs, name } = model;
  return new Functional({ inputs, outputs: model.getLayer(cut).output, name });
}

/** Those whose numbers are wanted. */
function loadedLayers(model: Functional, cut: string, { upToCut }: BackboneOptions): readonly Layer[] {
  return upToCut === true ? upTo(model, cut).layers : model.layers;
}

function load(
  model: Functional,
  file: WeightFile,
  pretrainedConfig: PretrainedConfig,
  layers: readonly Layer[],
  sources?: LoadOptions['sources'],
): void {
  if (hasTorchNames(file)) {
    const { places } = torchNetworkFor(file, pretrainedConfig);
    loadWeights({ layers }, asKerasLayers(file, places(layers)));
    return;
  }
  if (isTflite(file)) {
    loadFoldedWeights(model, file);
    return;
  }
  loadWeights(model, file, {
    explain: (misfit) => explainMisfit(misfit, pretrainedConfig),
    layers: new Set(layers),
    sources,
    innerModel: pretrainedConfig.innerModel,
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

/** Networks of Keras have other paddings, or strides elsewhere. */
function ofAnother({ where }: WeightFile, asked: PretrainedConfig, own: PretrainedConfig): GraftError {
  const builder = isTorchvisionName(asked.id) ? '' : ', as Keras builds it';
  return new GraftError('weights', {
    where,
    expected: `weights of ${asked.id}${builder}`,
    received: `those of ${own.id}, as PyTorch builds it`,
    advice: 'Give the file itself as the backbone.',
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
