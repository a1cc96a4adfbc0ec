/** @file Loads a backbone with its weights: by a name, from a file of this machine or from an address. */

import { existsSync } from 'node:fs';
import { GraftError } from '../../core/errors/graft-error.ts';
import { shownAddress } from '../../core/weights/address.ts';
import type { FetchWeightsOptions } from '../../core/weights/download-options.ts';
import { hasTorchNames } from '../../core/weights/foreign-files.ts';
import { isHubName } from '../../core/weights/hub-name.ts';
import { isOnnxPath } from '../../core/weights/onnx-file.ts';
import type { WeightFile } from '../../core/weights/weight-file.ts';
import {
  type Backbone,
  type BackboneOptions,
  backboneOfConfig,
  backboneOfOnnx,
  backboneOfWeights,
} from '../../vision/backbone/backbone.ts';
import { JOINED_CUT, joinBackbones } from '../../vision/backbone/joined-backbone.ts';
import { isPathOfWeights, listNetworks, looksLikePath } from '../../vision/backbone/network-place.ts';
import type { BackboneFacts, PretrainedConfig } from '../../vision/pretrained/pretrained-config.ts';
import { findPretrainedConfig } from '../../vision/pretrained/pretrained-configs.ts';
import { isTorchvisionName } from '../../vision/pretrained/torchvision-configs.ts';
import { checkFetched, readFetched } from '../download/fetched-file.ts';
import { fetchHubModel } from '../download/hub-model.ts';
import {
  cachedPretrainedWeights,
  fetchPretrainedWeights,
  fetchWeightsFrom,
} from '../download/pretrained-weights.ts';
import { readObjectronDetector } from '../weights/objectron.ts';
import { readWeights } from '../weights/read-weights.ts';
import { isModelFolder, loadModelFolder, torchConfigBeside } from './model-folder.ts';
import { openOnnxFile, readOnnx } from './onnx-file.ts';

/** Which weights a backbone gets, at which size, and cut where. */
export interface LoadBackboneOptions extends BackboneOptions {
  /**
   * `imagenet` for the official weights of a network that is named, fetched once into the cache folder; the path of a file; the address
   * of one, fetched once, too; or `random` for none. Default: the pretrained config's own, as long as they are on this machine; those of
   * torchvision are fetched once.
   */
  readonly weights?: string | undefined;
  /** How weights are fetched, where they are asked for. */
  readonly download?: FetchWeightsOptions | undefined;
}

/**
 * Builds a backbone and loads its weights. No network is reached but for `weights: 'imagenet'`, addresses, models of the hub, and networks of torchvision.
 *
 * @param network - A pretrained config, or the name of one; a file of weights (all that `readWeights` knows), whose architecture is
 *   then found from what is in it, with the options that its configuration says, if it carries one; an ONNX file, which is its own architecture (`loadGraphBackbone`); or the address of
 *   such a file; or a folder with `config.json` and weights, as transformers and timm write it; or a model of the Hugging Face
 *   hub, `hf:OWNER/NAME`, with a revision behind it or without, `@main`; or several of these with commas between, whose pooled features stand side by side (`joinBackbones`).
 * @returns The model, ready to be cut; its images are `[N, H, W, 3]` after `preprocessing`.
 * @throws {GraftError} `argument`: unknown name, too small an image; `layer-not-found`: no such cut;
 *   `file-not-found`, `weights`: weights that are missing or do not fit; `download`: as `downloadFile`.
 */
export async function loadBackbone(
  network: string | PretrainedConfig,
  options: LoadBackboneOptions = {},
): Promise<Backbone> {
  const { weights, download = {} } = options;
  if (typeof network === 'string' && !existsSync(network)) {
    const networks = listNetworks(network);
    if (networks.length > 1) return loadSeveral(networks, options);
  }
  const isRandom = weights === 'random';
  const hasItsWeights = typeof network === 'string' && (isHubName(network) || isModelFolder(network));
  if (hasItsWeights && weights !== undefined && !isRandom) throw itsOwnWeights(network, weights);
  if (typeof network === 'string' && isHubName(network)) {
    const folder = await fetchHubModel(network, download);
    return loadModelFolder(folder, { ...options, random: isRandom, id: network.slice('hf:'.length) });
  }
  if (typeof network === 'string' && isModelFolder(network)) {
    return loadModelFolder(network, { ...options, random: isRandom });
  }
  const asked =
    typeof network === 'string' && !looksLikePath(network) ? findPretrainedConfig(network) : network;
  const place = typeof asked === 'string' ? await locate(asked, download) : undefined;
  if (place !== undefined && isOnnxPath(place.path)) {
    // The file alone: an operator that is missing, or a wrong cut, is no reason to fetch it again.
    if (place.isFetched) await checkFetched(place.path, readOnnx);
    return backboneOfOnnx(await openOnnxFile(place.path), options);
  }
  const source = isPathOfWeights(weights) ? await locate(weights, download) : place;
  if (source !== undefined) {
    const file = await readPlace(source);
    const pretrainedConfig = typeof asked === 'string' ? undefined : asked;
    const random = weights === 'random' || weights === 'imagenet';
    const torchConfig = hasTorchNames(file) ? await torchConfigBeside(source.path) : undefined;
    const backbone = backboneOfWeights(file, { ...options, pretrainedConfig, random, torchConfig });
    if (weights === 'imagenet') throw noOfficialWeights(backbone.pretrainedConfig);
    return backbone;
  }
  const pretrainedConfig = asked as PretrainedConfig;
  if (isRandom) return backboneOfConfig(pretrainedConfig, 'random', options);
  return backboneOfConfig(
    pretrainedConfig,
    () =>
      weights === 'imagenet' || isTorchvisionName(pretrainedConfig.id)
        ? readOfficialWeights(pretrainedConfig, download)
        : readOwnWeights(pretrainedConfig, download),
    options,
  );
}

/** Several networks for images of one size: the one that is asked for, else the largest of their own. */
async function loadSeveral(networks: readonly string[], options: LoadBackboneOptions): Promise<Backbone> {
  const { weights, cut, ...rest } = options;
  const isOwnCut = cut === undefined || cut === JOINED_CUT;
  const refused = isOwnCut ? rest.preprocessing && 'preprocessing' : 'cut';
  if (refused !== undefined) {
    throw new GraftError('argument', {
      where: `backbone "${networks.join(',')}"`,
      expected: 'several networks, each as it was trained, up to its own cut',
      received: refused === 'cut' ? `a cut at "${cut}"` : 'another preprocessing',
      advice: `Leave out --${refused}, or name one network.`,
    });
  }
  const load = (network: string, inputShape: LoadBackboneOptions['inputShape']): Promise<Backbone> => {
    const own = { ...rest, inputShape, upToCut: true };
    // A file has its weights; the official ones are of networks that are named.
    return loadBackbone(network, looksLikePath(network) ? own : { ...own, weights });
  };
  const loaded: Backbone[] = [];
  for (const network of networks) loaded.push(await load(network, options.inputShape));
  const sides = loaded.map(({ model }) => model.input.shape[1] ?? 0);
  const side = Math.max(...sides);
  for (const [index, network] of networks.entries()) {
    if (sides[index] !== side) loaded[index] = await load(network, [side, side, 3]);
  }
  return joinBackbones(loaded);
}

async function readOfficialWeights(
  pretrainedConfig: PretrainedConfig,
  download: FetchWeightsOptions,
): Promise<WeightFile> {
  const { weights } = pretrainedConfig;
  if (weights !== undefined && 'url' in weights)
    return readFetched(await fetchPretrainedWeights(weights, download), readWeights);
  throw noOfficialWeights(pretrainedConfig);
}

function itsOwnWeights(network: string, weights: string): GraftError {
  return new GraftError('argument', {
    where: `backbone "${network}"`,
    expected: 'its own weights, or random ones',
    received: `"${shownAddress(weights)}"`,
    advice: 'Leave out --weights, or give that file as the backbone.',
  });
}

function noOfficialWeights({ id, architecture }: BackboneFacts): GraftError {
  return new GraftError('argument', {
    where: `backbone "${id}"`,
    expected: 'weights that are a file, or none for its own',
    received: '"imagenet"',
    advice:
      architecture === 'mobilenet_v2'
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
