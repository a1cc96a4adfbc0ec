/**
 * @file A file that carries its configuration, as the network that it says it is: with the options that it was built with, up
 * to where it ends, with the scaling of pixels that it does itself.
 */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { Functional } from '../../core/layers/functional.ts';
import type { Layer } from '../../core/layers/layer.ts';
import type { ConfiguredLayer, ModelConfig } from '../../core/weights/model-config.ts';
import { sourcesOf, withoutWeights } from '../../core/weights/own-weights.ts';
import type { WeightFile, WeightFileLayer } from '../../core/weights/weight-file.ts';
import type { InputShape } from '../architectures/architecture.ts';
import type { Preprocessing } from '../preprocessing/preprocessing.ts';
import { equalOptions } from './computed-form.ts';
import { preprocessingInFile } from './file-preprocessing.ts';
import { compareNetwork, type NetworkMatch, type Parting } from './match-network.ts';
import type { PretrainedConfig } from './pretrained-config.ts';

export interface NetworkInFile {
  readonly pretrainedConfig: PretrainedConfig;
  readonly build: PretrainedConfig['build'];
  /** What the file was built for; undefined where it leaves the size open. */
  readonly inputShape: InputShape | undefined;
  readonly preprocessing: Preprocessing;
  /** Names of the layers that the file has. */
  readonly layers: ReadonlySet<string>;
  /** The last of them. */
  readonly last: string;
  readonly isWhole: boolean;
  /** The file's layers for those of them that have weights, by name. */
  readonly sources: ReadonlyMap<string, WeightFileLayer>;
  /** What was left out or taken from the file, one sentence each. */
  readonly notes: readonly string[];
}

export type ConfiguredFile = WeightFile & { readonly config: ModelConfig };

/** Layers that make features, which a head behind a network has not. */
const FEATURE_LAYERS = new Set(['Conv2D', 'DepthwiseConv2D', 'SeparableConv2D']);

/** An even size at every step down: there, Keras pads as it does where the size is open. */
const OPEN_SIZE_PX = 256;

/**
 * Finds a network in a file.
 *
 * @param cut - The layer that is asked for: what differs behind it does not matter.
 * @throws {GraftError} `weights`, naming the first layer that differs, or a layer before it that is unknown.
 */
export function findInFile(
  pretrainedConfig: PretrainedConfig,
  file: ConfiguredFile,
  cut?: string,
): NetworkInFile {
  const { found, parting } = longestMatch(pretrainedConfig, file);
  const last = found?.match.last.name;
  const isEnough =
    found !== undefined &&
    (cut === undefined ? !hasFeaturesBehind(found.match, file) : hasLayer(found.match, cut));
  if (isEnough) return describe(pretrainedConfig, file, found);
  const { expected, received } = parting ?? {
    expected: 'no convolution behind the network',
    received: 'one',
  };
  throw new GraftError('weights', {
    where: file.where,
    expected: `${expected}, as ${pretrainedConfig.id} has it`,
    received,
    advice: `${last === undefined ? '' : `Up to "${last}" it is the same: cut there, or `}${last === undefined ? 'Export' : 'export'} the model to ONNX and give that file.`,
  });
}

/**
 * The network of these that a file has the most of, and behind which it has nothing but a head.
 *
 * @throws {GraftError} `weights`, as {@link findInFile}.
 */
export function recognizeInFile(
  pretrainedConfigs: readonly PretrainedConfig[],
  file: ConfiguredFile,
): NetworkInFile | undefined {
  let best: { readonly pretrainedConfig: PretrainedConfig; readonly found: Found } | undefined;
  for (const pretrainedConfig of pretrainedConfigs) {
    const { found } = longestMatch(pretrainedConfig, file);
    if (found === undefined || hasFeaturesBehind(found.match, file)) continue;
    if (found.match.mates.size > (best?.found.match.mates.size ?? 0)) best = { pretrainedConfig, found };
  }
  return best && describe(best.pretrainedConfig, file, best.found);
}

interface Found {
  readonly match: NetworkMatch;
  readonly model: Functional;
  readonly build: PretrainedConfig['build'];
  readonly preprocessing: Preprocessing;
  readonly note?: string;
}

/** Of all forms in which Keras builds the network; of two that have as much, the usual one. */
function longestMatch(
  pretrainedConfig: PretrainedConfig,
  { config }: ConfiguredFile,
): { readonly found: Found | undefined; readonly parting: Parting | undefined } {
  const shape = inputShapeOf(config);
  const side = (size: number | null | undefined): number =>
    Math.max(size ?? OPEN_SIZE_PX, pretrainedConfig.minSizePx);
  const inputShape: InputShape = [side(shape?.[0]), side(shape?.[1]), shape?.[2] ?? 3];
  const { build, preprocessing, otherForms = [] } = pretrainedConfig;
  let longest: { readonly found: Found | undefined; readonly parting: Parting | undefined } | undefined;
  for (const form of [{ build, preprocessing }, ...otherForms]) {
    const model = form.build({ inputShape });
    const { match, parting } = compareNetwork(model, config);
    const isLonger = (match?.mates.size ?? 0) > (longest?.found?.match.mates.size ?? 0);
    if (longest === undefined || isLonger) longest = { found: match && { ...form, match, model }, parting };
    if (parting === undefined) break;
  }
  return longest!;
}

function describe(
  pretrainedConfig: PretrainedConfig,
  file: ConfiguredFile,
  { match, model, build, preprocessing, note }: Found,
): NetworkInFile {
  const sourceOf = sourcesOf(file);
  const weightsOf = (layer: ConfiguredLayer): Float32Array[] =>
    (sourceOf(layer)?.weights ?? []).map(({ key }) => file.tensors.get(key)!.data);
  const own = preprocessingInFile(file, match.start, weightsOf);
  const scalesItself = own !== undefined && !sameScaling(own, preprocessing);
  const sources = new Map<string, WeightFileLayer>();
  for (const [{ name, weights }, mate] of match.mates) {
    if (weights.length === 0) continue;
    const source = sourceOf(mate.layer);
    if (source === undefined) throw withoutWeights(file, mate.layer);
    sources.set(name, source);
  }
  const last = match.last.name;
  const isWhole = model.layers.at(-1) === match.last;
  const head = layersBehind(match, file.config);
  const shape = inputShapeOf(file.config);
  const isOpen = shape === undefined || shape.some((size) => size === null);
  return {
    pretrainedConfig,
    build,
    inputShape: isOpen ? undefined : (shape as InputShape),
    preprocessing: scalesItself ? own : preprocessing,
    layers: new Set(findAncestors(match.last)),
    last,
    isWhole,
    sources,
    notes: [
      ...(note === undefined ? [] : [note]),
      ...(scalesItself
        ? [
            `Pixels are scaled as the file does it, ${show(own)}; ${pretrainedConfig.id} has ${show(preprocessing)}.`,
          ]
        : []),
      ...(isWhole ? [] : [`The file has ${pretrainedConfig.id} up to "${last}".`]),
      ...(head.length === 0 ? [] : [`Layers behind "${last}" are left out: ${list(head)}.`]),
      ...trainingNotes(match, model, file.config),
    ],
  };
}

/** `[height, width, channels]`, null where open. */
function inputShapeOf({ layers }: ModelConfig): readonly (number | null)[] | undefined {
  const { settings } = layers.find(({ className }) => className === 'InputLayer') ?? {};
  const batchShape = settings?.['batch_shape'] ?? settings?.['batch_input_shape'];
  const isShape = Array.isArray(batchShape) && batchShape.length === 4;
  return isShape ? (batchShape.slice(1) as (number | null)[]) : undefined;
}

function findAncestors(last: NetworkMatch['last']): Set<string> {
  const seen = new Set([last]);
  for (const layer of seen) for (const { layer: source } of layer.output.inputs) seen.add(source);
  return new Set([...seen].map(({ name }) => name));
}

/** What the file has besides the network and what comes before it. */
function layersBehind({ mates, start }: NetworkMatch, { layers }: ModelConfig): readonly ConfiguredLayer[] {
  const used = new Set<ConfiguredLayer>([start.layer, ...[...mates.values()].map(({ layer }) => layer)]);
  for (const layer of used) for (const input of layer.inputs) used.add(input);
  return layers.filter((layer) => !used.has(layer) && layer.className !== 'InputLayer');
}

function hasLayer({ last }: NetworkMatch, name: string): boolean {
  return findAncestors(last).has(name);
}

function hasFeaturesBehind(match: NetworkMatch, { config }: ConfiguredFile): boolean {
  return layersBehind(match, config).some(({ className }) => FEATURE_LAYERS.has(className));
}

/** What does not change a prediction, but a training of the network. */
function trainingNotes(
  { mates }: NetworkMatch,
  model: Functional,
  { layers }: ModelConfig,
): readonly string[] {
  const dropouts = model.layers.flatMap((layer): [Layer, ConfiguredLayer][] => {
    const other = layers.find(({ className, name }) => className === 'Dropout' && name === layer.name);
    return layer.className === 'Dropout' && other !== undefined ? [[layer, other]] : [];
  });
  const pairs = [...[...mates].map(([layer, mate]) => [layer, mate.layer] as const), ...dropouts];
  for (const [layer, other] of pairs) {
    const option = { BatchNormalization: 'momentum', Dropout: 'rate' }[layer.className];
    if (option === undefined) continue;
    const [own, theirs] = [layer.getConfig()[option], other.settings[option]];
    if (theirs === undefined || equalOptions(own, theirs)) continue;
    return [
      `Unfrozen, the network trains with its own options: the file has "${other.name}" with ${option} ${String(theirs)}, the network ${String(own)}.`,
    ];
  }
  return [];
}

function sameScaling(a: Preprocessing, b: Preprocessing): boolean {
  const flat = ({ channelOrder = 'rgb', scale, offset }: Preprocessing): readonly (number | string)[] => {
    const three = (value: Preprocessing['scale']): readonly number[] =>
      typeof value === 'number' ? [value, value, value] : value;
    return [channelOrder, ...three(scale), ...three(offset)];
  };
  const [left, right] = [flat(a), flat(b)];
  return left.every((value, index) => {
    const other = right[index]!;
    if (typeof value === 'string' || typeof other === 'string') return value === other;
    return Math.abs(value - other) <= 1e-5 * Math.max(1, Math.abs(value));
  });
}

/** `x * 0.007843 - 1` */
function show({ channelOrder, scale, offset }: Preprocessing): string {
  const four = (value: number): number => Number(value.toPrecision(4));
  const text = (value: Preprocessing['scale']): string =>
    typeof value === 'number' ? `${four(value)}` : `[${value.map(four).join(', ')}]`;
  const factor = scale === 1 ? 'x' : `x * ${text(scale)}`;
  const isBelow = typeof offset === 'number' && offset < 0;
  const summand = offset === 0 ? '' : isBelow ? ` - ${text(-offset)}` : ` + ${text(offset)}`;
  return `${factor}${summand}${channelOrder === 'bgr' ? ', blue first' : ''}`;
}

const MAX_LISTED = 6;

function list(layers: readonly ConfiguredLayer[]): string {
  const names = layers.slice(0, MAX_LISTED).map(({ name }) => `"${name}"`);
  const more = layers.length - names.length;
  return names.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
