/** @file Which network a file of weights is for, and in which form Keras built it: by its configuration, else by its weights. */

import { GraftError } from '../errors/graft-error.ts';
import type { Functional } from '../layers/functional.ts';
import type { WeightFile } from '../weights/weight-file.ts';
import type { BackboneCard, NetworkForm } from './backbone-card.ts';
import { kerasCards } from './backbone-cards.ts';
import { type ConfiguredFile, findInFile, type NetworkInFile, recogniseInFile } from './network-in-file.ts';
import type { Preprocessing } from './preprocessing.ts';
import { recogniseArchitecture } from './recognise-architecture.ts';

export interface IdentifiedNetwork {
  readonly card: BackboneCard;
  readonly build: BackboneCard['build'];
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
  const card = recogniseArchitecture(file);
  if (card !== undefined) return inForm(card, file, cut);
  const found = hasConfig(file) ? recogniseInFile(kerasCards, file) : undefined;
  return found && fromConfig(found);
}

/**
 * The network that a person named, with a file as its weights.
 *
 * @throws {GraftError} `weights`, if the file is of another network.
 */
export function networkFor(asked: BackboneCard, file: WeightFile, cut?: string): IdentifiedNetwork {
  const found = recogniseArchitecture(file);
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

function inForm(card: BackboneCard, file: WeightFile, cut: string | undefined): IdentifiedNetwork {
  if (hasConfig(file)) return fromConfig(findInFile(card, file, cut));
  const form = formByInventory(card, file);
  const { build, preprocessing } = form ?? card;
  return { card, build, preprocessing, notes: form === undefined ? [] : [form.note] };
}

function fromConfig(inFile: NetworkInFile): IdentifiedNetwork {
  const { card, build, preprocessing, notes } = inFile;
  return { card, build, preprocessing, notes, inFile };
}

function hasConfig(file: WeightFile): file is ConfiguredFile {
  return file.config !== undefined;
}

/** A file without a configuration may still list its layers: forms differ in those that scale pixels. */
function formByInventory(card: BackboneCard, { inventory }: WeightFile): NetworkForm | undefined {
  if (inventory === undefined || card.otherForms === undefined) return undefined;
  const names = inventory.map((place) => place.split('/').at(-1) ?? '');
  const own = (build: BackboneCard['build']): string =>
    scalingLayers(namesOf(build({ inputShape: [card.smallestSizePx, card.smallestSizePx, 3] })));
  const inFile = scalingLayers(names);
  return own(card.build) === inFile ? undefined : card.otherForms.find(({ build }) => own(build) === inFile);
}

function namesOf({ layers }: Functional): readonly string[] {
  return layers.map(({ name }) => name);
}

/** How many layers of each kind there are: `2 1`. */
function scalingLayers(names: readonly string[]): string {
  const count = (pattern: RegExp): number => names.filter((name) => pattern.test(name)).length;
  return `${count(/^rescaling(_\d+)?$/)} ${count(/^(.*_prestem_)?normalization(_\d+)?$/)}`;
}
