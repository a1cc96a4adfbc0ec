/** @file A network of images in a folder as timm and transformers write it: config.json and its weights. */

import { existsSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { baseName } from '../../core/errors/base-name.ts';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { WeightFile } from '../../core/weights/weight-file.ts';
import {
  type Backbone,
  type BackboneOfWeightsOptions,
  backboneOfWeights,
} from '../../vision/backbone/backbone.ts';
import { statedPreprocessing } from '../../vision/preprocessing/onnx-preprocessing.ts';
import type { TorchConfig } from '../../vision/pretrained/torch-network.ts';
import { readWeights } from '../weights/read-weights.ts';
import { openSafetensors, openShardedSafetensors } from '../weights/safetensors-file.ts';

/** In the order in which they are looked for. */
const WEIGHTS = ['model.safetensors', 'model.safetensors.index.json', 'pytorch_model.bin'] as const;
const CONFIG = 'config.json';
const PROCESSOR = 'preprocessor_config.json';

/** No configuration is larger: some thousand labels. */
const MAX_CONFIG_BYTES = 2 ** 24;

export interface ModelFolderOptions extends BackboneOfWeightsOptions {
  /** What the network is called. Default: after the folder. */
  readonly id?: string | undefined;
}

/** Whether a folder is one of these. */
export function isModelFolder(path: string): boolean {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isFolder && existsSync(join(path, CONFIG)) && weightsIn(path) !== undefined;
}

/**
 * Loads a network from such a folder.
 *
 * @throws {GraftError} `weights`, if it is of no family that Graft builds; `model-file`, if its configuration is damaged.
 */
export async function loadModelFolder(
  folder: string,
  { id = baseName(folder), ...options }: ModelFolderOptions = {},
): Promise<Backbone> {
  const path = weightsIn(folder);
  if (path === undefined) {
    throw new GraftError('file-not-found', {
      where: `folder "${baseName(folder)}"`,
      expected: `one of ${WEIGHTS.join(', ')}`,
      received: 'none',
      advice: 'Give a folder as timm and transformers write it.',
    });
  }
  const torchConfig = await torchConfigBeside(path);
  const backbone = backboneOfWeights(await open(path), { ...options, torchConfig });
  const { pretrainedConfig } = backbone;
  return { ...backbone, pretrainedConfig: { ...pretrainedConfig, title: `${id}: ${pretrainedConfig.id}` } };
}

/**
 * What lies beside a file of weights: the configuration of timm or transformers, and how pixels are scaled.
 *
 * @returns Undefined if there is none.
 * @throws {GraftError} `model-file`, if it is no JSON, or makes no sense.
 */
export async function torchConfigBeside(path: string): Promise<TorchConfig | undefined> {
  const folder = dirname(path);
  const settings = await readConfig(folder, CONFIG);
  if (settings === undefined) return undefined;
  const processor = await readConfig(folder, PROCESSOR);
  const ofTimm = settings['pretrained_cfg'] as Config | undefined;
  const said = processor ?? (typeof ofTimm === 'object' && ofTimm !== null ? ofTimm : undefined);
  const name = settings['architecture'] ?? settings['model_type'];
  return {
    architecture: typeof name === 'string' ? name : undefined,
    settings,
    preprocessing: said && statedPreprocessing(said, processor === undefined ? CONFIG : PROCESSOR),
    preprocessingSource: `from ${processor === undefined ? CONFIG : PROCESSOR}`,
    sizePx: sizeIn(said) ?? sizeIn(settings),
  };
}

type Config = Readonly<Record<string, unknown>>;

function weightsIn(folder: string): string | undefined {
  return WEIGHTS.map((name) => join(folder, name)).find((path) => existsSync(path));
}

async function open(path: string): Promise<WeightFile> {
  if (path.endsWith('.bin')) return readWeights(path);
  return path.endsWith('.json') ? openShardedSafetensors(path) : openSafetensors(path);
}

async function readConfig(folder: string, name: string): Promise<Config | undefined> {
  const path = join(folder, name);
  const status = await stat(path).catch(() => undefined);
  if (status === undefined || !status.isFile()) return undefined;
  const broken = (received: string): GraftError =>
    new GraftError('model-file', {
      where: `config "${baseName(folder)}/${name}"`,
      expected: 'a configuration in JSON',
      received,
      advice: 'The file is damaged: fetch it again.',
    });
  if (status.size > MAX_CONFIG_BYTES) throw broken(`${status.size} bytes`);
  let config: unknown;
  try {
    config = JSON.parse(await readFile(path, 'utf8'));
  } catch {
    throw broken('something else');
  }
  if (typeof config === 'object' && config !== null && !Array.isArray(config)) return config as Config;
  throw broken('something else');
}

/** The side of the images that a network was trained with: `crop_size`, `size`, `input_size`, `image_size`. */
function sizeIn(config: Config | undefined): number | undefined {
  const inputSize = config?.['input_size'];
  const sizes = [
    Array.isArray(inputSize) ? inputSize.at(-1) : undefined,
    ...['crop_size', 'size'].map((name) => {
      const size = config?.[name];
      const sides = typeof size === 'object' && size !== null ? (size as Config) : undefined;
      return sides === undefined ? size : (sides['height'] ?? sides['shortest_edge']);
    }),
    config?.['image_size'],
  ];
  return sizes.find((size): size is number => Number.isInteger(size) && Number(size) > 0);
}
