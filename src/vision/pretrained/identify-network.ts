/** @file Which network a file of weights is for, and in which form Keras built it: by its configuration, else by its weights. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { Functional } from '../../core/layers/functional.ts';
import type { WeightFile } from '../../core/weights/weight-file.ts';
import type { Preprocessing } from '../preprocessing/preprocessing.ts';
import { type ConfiguredFile, findInFile, type NetworkInFile, recognizeInFile } from './network-in-file.ts';
import type { NetworkForm, PretrainedConfig } from './pretrained-config.ts';
import { kerasConfigs } from './pretrained-configs.ts';
import { recognizeArchitecture } from './recognize-architecture.ts';

export interface IdentifiedNetwork {
  readonly pretrainedConfig: PretrainedConfig;
  readonly build: PretrainedConfig['build'];
  readonly preprocessing: Preprocessing;
  /** What is known of a file that carries its configuration. */
  readonly inFile?: NetworkInFile;
  /** What is not as it usually is, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * The network of a file, if it is one of Keras Applications.
 *
 * @param cut - The layer that is asked for, if any: what a file has otherwise behind it does not matter.
 * @throws {GraftError} `weights`, if the file's weights are those of a network that its configuration builds otherwise.
 */
export function identifyNetwork(file: WeightFile, cut?: string): IdentifiedNetwork | undefined {
  const pretrainedConfig = recognizeArchitecture(file);
  if (pretrainedConfig !== undefined) return inForm(pretrainedConfig, file, cut);
  const found = hasConfig(file) ? recognizeInFile(kerasConfigs, file) : undefined;
  return found && fromConfig(found);
}

/**
 * The network that a person named, with a file as its weights.
 *
 * @throws {GraftError} `weights`, if the file is of another network.
 */
export function networkFor(asked: PretrainedConfig, file: WeightFile, cut?: string): IdentifiedNetwork {
  const found = recognizeArchitecture(file);
  // The packaged weights are of no official network: any other width will do as well.
  const isPackaged = asked.weights !== undefined && 'package' in asked.weights;
  const fits = isPackaged ? found?.architecture === asked.architecture : found?.id === asked.id;
  if (found === undefined || fits) return inForm(found ?? asked, file, cut);
  const isWidth = found.architecture === asked.architecture;
  throw new GraftError('weights', {
    where: file.where,
    expected: `weights of ${isWidth ? asked.id : asked.architecture}`,
    received: `those of ${isWidth ? found.id : found.architecture}`,
    advice: 'Give the file itself as the backbone.',
  });
}

/** The network of a file that says itself which one it is of. */
export function statedNetwork(pretrainedConfig: PretrainedConfig): IdentifiedNetwork {
  const { build, preprocessing } = pretrainedConfig;
  return { pretrainedConfig, build, preprocessing, notes: [] };
}

function inForm(
  pretrainedConfig: PretrainedConfig,
  file: WeightFile,
  cut: string | undefined,
): IdentifiedNetwork {
  if (hasConfig(file)) return fromConfig(findInFile(pretrainedConfig, file, cut));
  const form = formByInventory(pretrainedConfig, file);
  const { build, preprocessing } = form ?? pretrainedConfig;
  return { pretrainedConfig, build, preprocessing, notes: form === undefined ? [] : [form.note] };
}

function fromConfig(inFile: NetworkInFile): IdentifiedNetwork {
  const { pretrainedConfig, build, preprocessing, notes } = inFile;
  return { pretrainedConfig, build, preprocessing, notes, inFile };
}

function hasConfig(file: WeightFile): file is ConfiguredFile {
  return file.config !== undefined;
}

/** A file without a configuration may still list its layers: forms differ in those that scale pixels. */
function formByInventory(
  pretrainedConfig: PretrainedConfig,
  { inventory }: WeightFile,
): NetworkForm | undefined {
  if (inventory === undefined || pretrainedConfig.otherForms === undefined) return undefined;
  const names = inventory.map((place) => place.split('/').at(-1) ?? '');
  const own = (build: PretrainedConfig['build']): string =>
    scalingLayers(
      namesOf(build({ inputShape: [pretrainedConfig.minSizePx, pretrainedConfig.minSizePx, 3] })),
    );
  const inFile = scalingLayers(names);
  return own(pretrainedConfig.build) === inFile
    ? undefined
    : pretrainedConfig.otherForms.find(({ build }) => own(build) === inFile);
}

function namesOf({ layers }: Functional): readonly string[] {
  return layers.map(({ name }) => name);
}

/** How many layers of each kind there are: `2 1`. */
function scalingLayers(names: readonly string[]): string {
  const count = (pattern: RegExp): number => names.filter((name) => pattern.test(name)).length;
  return `${count(/^rescaling(_\d+)?$/)} ${count(/^(.*_prestem_)?normalization(_\d+)?$/)}`;
}
