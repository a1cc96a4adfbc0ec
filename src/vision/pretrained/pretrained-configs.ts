/** @file The pretrained backbones that can be asked for by name. */

import { distance } from 'fastest-levenshtein';
import { GraftError } from '../../core/errors/graft-error.ts';
import { MOBILENET_V2_SMALLEST_PX, mobileNetV2 } from '../architectures/mobilenet-v2.ts';
import { MINUS_ONE_TO_ONE } from '../preprocessing/preprocessing.ts';
import { classicKerasConfigs } from './keras-configs-classic.ts';
import { mobileKerasConfigs } from './keras-configs-mobile.ts';
import { recentKerasConfigs } from './keras-configs-recent.ts';
import type { BackboneFacts, KerasConfig, PretrainedConfig } from './pretrained-config.ts';
import { findTorchvisionConfig, torchvisionConfigs } from './torchvision-configs.ts';

/** The one whose weights need no network: they are in an npm package. */
const OPEN_IMAGES: PretrainedConfig = {
  id: 'mobilenet_v2_openimages',
  title: 'MobileNetV2 1.0, from the object detector in @mediapipe/objectron',
  architecture: 'mobilenet_v2',
  alpha: 1,
  build: (options) => mobileNetV2({ ...options, alpha: 1 }),
  weights: { package: '@mediapipe/objectron' },
  trainedOn: 'Open Images v4',
  license: 'Apache-2.0',
  paper: 'https://arxiv.org/abs/1801.04381',
  preprocessing: MINUS_ONE_TO_ONE,
  defaultSizePx: 224,
  minSizePx: MOBILENET_V2_SMALLEST_PX,
  defaultCut: 'block_15_add',
  parameters: 2_257_984,
};

/** The networks of Keras Applications. */
export const kerasConfigs: readonly KerasConfig[] = [
  ...classicKerasConfigs,
  ...mobileKerasConfigs,
  ...recentKerasConfigs,
];

/** All of them; the first is the default. */
export const pretrainedConfigs: readonly PretrainedConfig[] = [
  OPEN_IMAGES,
  ...kerasConfigs,
  ...torchvisionConfigs,
];

/** Names that an unknown one is near to: so many are told. */
const MAX_NEAREST = 3;

/** The pretrained config of that name. @throws {GraftError} `argument`, if there is none, with the nearest names. */
export function findPretrainedConfig(id: string): PretrainedConfig {
  const pretrainedConfig =
    pretrainedConfigs.find((candidate) => candidate.id === id) ?? findTorchvisionConfig(id);
  if (pretrainedConfig !== undefined) return pretrainedConfig;
  const nearest = nearestNames(id).map((name) => `"${name}"`);
  throw new GraftError('argument', {
    where: 'backbone',
    expected: 'a name that graft backbones lists, or a file of weights',
    received: `"${id}"`,
    advice:
      nearest.length === 0
        ? 'A file is told from a name by its ending or its folder: ./weights/model.h5.'
        : `The nearest ${nearest.length === 1 ? 'name is' : 'names are'} ${nearest.join(', ')}.`,
  });
}

/** Keras' own spelling, `InceptionV3`, names one alone; else half of a name has to be right, or its beginning. */
function nearestNames(id: string): string[] {
  const [asked, spelled] = [bare(id), lettersOf(id)];
  const names = pretrainedConfigs.map((pretrainedConfig) => pretrainedConfig.id);
  const same = names.filter((name) => bare(name) === asked);
  if (same.length > 0 || asked === '') return same;
  const begun = names.filter((name) => bare(name).startsWith(asked));
  const similar = names
    .map((name) => ({ name, edits: distance(spelled, lettersOf(name)) }))
    .filter(({ name, edits }) => edits <= name.length / 2)
    .sort((a, b) => a.edits - b.edits)
    .map(({ name }) => name);
  return [...new Set([...begun, ...similar])].slice(0, MAX_NEAREST);
}

/** Without its publisher: who asks for `resnet18` is told of torchvision's. */
function bare(name: string): string {
  return lettersOf(name.replace(/^torchvision:/i, ''));
}

function lettersOf(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** Where a pretrained config's weights come from, for people: `npm package @mediapipe/objectron`, an address, or `a file`. */
export function describeWeightSource({ weights }: BackboneFacts): string {
  if (weights === undefined) return 'a file';
  return 'package' in weights ? `npm package ${weights.package}` : weights.url;
}
