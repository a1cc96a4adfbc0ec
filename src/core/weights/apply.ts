/**
 * @file Puts a file's weights into a model: by the names of layers and weights, or by order where names are
 * automatic (`conv2d_95` in one program is `conv2d` in another) or missing.
 */

import { GraftError } from '../errors/graft-error.ts';
import { kerasGroupName } from './model-config.ts';
import { pairByPlace } from './pair-by-place.ts';
import type { WeightFile, WeightFileLayer } from './weight-file.ts';

/** A layer as far as weights go; the layers of a model are such. */
export interface WeightedLayer {
  readonly className: string;
  readonly name: string;
  readonly weights: readonly {
    readonly spec: { readonly name: string; readonly shape: readonly number[] };
    value: Float32Array;
  }[];
}

export interface LoadOptions {
  /** What to do about weights that do not fit, one sentence; undefined if this file gives no hint. */
  readonly explain?: (file: WeightFile) => string | undefined;
  /** Layers that get their weights; of the others it is only checked that they fit. Default all. */
  readonly layers?: ReadonlySet<WeightedLayer>;
  /**
   * The file's layers for the model's, by name, where the file's configuration tells them; other layers are left alone.
   * A weight may then be written in another shape, as the factors of a LayerScale in those of a depthwise convolution.
   */
  readonly sources?: ReadonlyMap<string, WeightFileLayer>;
  /** The model inside the model in which Keras has a layer, by the layer's name, if it has any. Default none. */
  readonly innerModel?: (layerName: string) => string | undefined;
  /** Whether the file must have no more automatically named layers of a kind than the model. Default false. */
  readonly exact?: boolean;
}

/** What different versions of Keras called the same weight. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  kernel: ['depthwise_kernel'],
  depthwise_kernel: ['kernel'],
  moving_mean: ['running_mean'],
  moving_variance: ['running_std'],
};

/**
 * Loads every weight of a model from a file. Nothing is changed unless all of them fit.
 *
 * @param model - Its layers in topological order.
 * @param file - In Keras' layouts: HDF5 or TensorFlow.js. Layers that the model does not have are left alone.
 * @throws {GraftError} `weights`, naming what is missing or has another shape.
 */
export function loadWeights(
  model: { readonly layers: readonly WeightedLayer[] },
  file: WeightFile,
  options: LoadOptions = {},
): void {
  const wanted = model.layers.filter((layer) => layer.weights.length > 0);
  const stored = (file.layers ?? []).filter((layer) => layer.weights.length > 0);
  const advice =
    options.explain?.(file) ?? 'The file belongs to another network: check the architecture and its options.';
  const pairs = pairLayers(model, file, options);
  if (pairs === undefined && isNameless(stored)) {
    const [expected, received] = [
      wanted.map(({ className }) => kerasGroupName(className)),
      stored.map(stemOf),
    ];
    throw new GraftError('weights', {
      where: file.where,
      expected: `layers without names in the number of the network's, ${countByKind(expected)}`,
      received: countByKind(received),
      advice,
    });
  }
  if (pairs === undefined) {
    const names = new Set(stored.map((layer) => layer.name));
    const missing = wanted.filter((layer) => !names.has(layer.name)).map((layer) => layer.name);
    throw new GraftError('weights', {
      where: file.where,
      expected: `weights for ${quoteSome(missing, 'layer')}`,
      received: `${stored.length} layers without them`,
      advice,
    });
  }
  const { layers } = options;
  const assignments: { readonly weight: WeightedLayer['weights'][number]; readonly data: Float32Array }[] =
    [];
  const misfits: Misfit[] = [];
  for (const [layer, source] of pairs) {
    const paired = pairWeights(layer, source);
    if ('expected' in paired) {
      misfits.push(paired);
      continue;
    }
    for (const [weight, key] of paired) {
      const { shape, data } = file.tensors.get(key)!;
      const fits = options.sources === undefined ? sameShape : sameNumbers;
      if (!fits(shape, weight.spec.shape)) {
        misfits.push(shapeMisfit(`${layer.name}/${weight.spec.name}`, weight.spec.shape, shape));
      } else if (layers?.has(layer) !== false) assignments.push({ weight, data });
    }
  }
  if (misfits.length > 0) throw misfitError(misfits, file, options.explain?.(file), advice);
  const isWasteful = keepsMuchMore(assignments.map(({ data }) => data));
  for (const { weight, data } of assignments) weight.value = isWasteful ? data.slice() : data;
}

/**
 * The file's layer for every layer of a model that has weights; undefined if one is missing. Of numbers nothing is read.
 *
 * @param model - Its layers in topological order.
 */
export function pairLayers(
  model: { readonly layers: readonly WeightedLayer[] },
  file: WeightFile,
  { sources, innerModel, exact = false }: LoadOptions = {},
): readonly (readonly [WeightedLayer, WeightFileLayer])[] | undefined {
  const wanted = model.layers.filter((layer) => layer.weights.length > 0);
  const stored = (file.layers ?? []).filter((layer) => layer.weights.length > 0);
  if (sources !== undefined) {
    return wanted.flatMap((layer) => {
      const source = sources.get(layer.name);
      return source === undefined ? [] : [[layer, source] as const];
    });
  }
  if (isNameless(stored)) return pairByPlace(model.layers, file, innerModel);
  return (
    pairByName(wanted, stored) ??
    pairByNumber(wanted, stored, exact) ??
    (isOrdered(stored) ? pairByOrder(wanted, stored) : undefined)
  );
}

/** Whether the file has no names of its own: those of groups count what stands in a list, where names count what was made. */
function isNameless(stored: readonly WeightFileLayer[]): boolean {
  return stored.some((layer) => layer.isNameless === true);
}

/** Keras 3 numbers weights, and HDF5 sorts its groups: their order says nothing of the network's. */
function isOrdered(stored: readonly WeightFileLayer[]): boolean {
  return !stored.every(({ weights }) => weights.every(({ name }) => /^\d+$/.test(name)));
}

/** `conv2d` of a group `layers/conv2d_3`. */
function stemOf({ name }: WeightFileLayer): string {
  return name.replace(/_\d+$/, '');
}

/** `52 batch_normalization, 35 conv2d` */
function countByKind(kinds: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');
}

/** Whether numbers that are views of a file's bytes keep far more of them in memory than they are: of a network that is cut. */
function keepsMuchMore(views: readonly Float32Array[]): boolean {
  const wanted = views.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const kept = [...new Set(views.map(({ buffer }) => buffer))].reduce(
    (sum, { byteLength }) => sum + byteLength,
    0,
  );
  return wanted < MAX_OF_A_FILE * kept;
}

/** Below this part of a file, what is used of it is copied. */
const MAX_OF_A_FILE = 0.75;

/** One thing that was expected, and what was found in its place. */
interface Misfit {
  readonly expected: string;
  readonly received: string;
  /** Channels of the images that the file is for, where they are all that differs. */
  readonly channels?: readonly [wanted: number, stored: number];
}

/** More are counted, not listed. */
const MAX_LISTED = 5;

function shapeMisfit(name: string, wanted: readonly number[], stored: readonly number[]): Misfit {
  const depthAlone =
    wanted.length === 4 &&
    stored.length === 4 &&
    wanted.every((size, axis) => axis === 2 || size === stored[axis]);
  return {
    expected: `"${name}" of shape [${wanted.join(', ')}]`,
    received: `[${stored.join(', ')}]`,
    ...(depthAlone && { channels: [wanted[2]!, stored[2]!] }),
  };
}

function misfitError(
  misfits: readonly Misfit[],
  file: WeightFile,
  explained: string | undefined,
  advice: string,
): GraftError {
  const listed = misfits.slice(0, MAX_LISTED);
  const more = misfits.length - listed.length;
  const [wanted, stored] = (misfits.length === 1 && misfits[0]!.channels) || [];
  return new GraftError('weights', {
    where: file.where,
    expected: listed.map(({ expected }) => expected).join('; ') + (more > 0 ? `; and ${more} more` : ''),
    received: listed.map(({ received }) => received).join('; '),
    // Of a whole network, only the first kernel knows the depth of the images.
    advice:
      explained === undefined && wanted !== undefined
        ? `The file takes ${stored} channels there, the network ${wanted}: build it for images of that depth.`
        : advice,
  });
}

type WeightPair = readonly [WeightedLayer['weights'][number], string];

type Pair = readonly [WeightedLayer, WeightFileLayer];

/** Every layer under its own name. */
function pairByName(
  wanted: readonly WeightedLayer[],
  stored: readonly WeightFileLayer[],
): Pair[] | undefined {
  const byName = new Map(stored.map((layer) => [layer.name, layer]));
  return complete(wanted.map((layer) => [layer, byName.get(layer.name)] as const));
}

/** Named layers by name; automatically named ones by their rank among the same kind. */
function pairByNumber(
  wanted: readonly WeightedLayer[],
  stored: readonly WeightFileLayer[],
  exact: boolean,
): Pair[] | undefined {
  const byName = new Map(stored.map((layer) => [layer.name, layer]));
  const storedRanks = rank(stored);
  const source = new Map<WeightedLayer, WeightFileLayer | undefined>(
    wanted.map((layer) => [layer, byName.get(layer.name)]),
  );
  for (const [stem, layers] of rank(wanted.filter(isAutomaticallyNamed))) {
    if (exact && storedRanks.get(stem)?.length !== layers.length) return undefined;
    for (const [index, layer] of layers.entries()) source.set(layer, storedRanks.get(stem)?.[index]);
  }
  return complete([...source]);
}

/** The first to the first, the second to the second, if there are as many. */
function pairByOrder(
  wanted: readonly WeightedLayer[],
  stored: readonly WeightFileLayer[],
): Pair[] | undefined {
  if (wanted.length !== stored.length) return undefined;
  return complete(wanted.map((layer, index) => [layer, stored[index]] as const));
}

function complete(
  pairs: readonly (readonly [WeightedLayer, WeightFileLayer | undefined])[],
): Pair[] | undefined {
  return pairs.every((pair): pair is Pair => pair[1] !== undefined) ? [...pairs] : undefined;
}

/** For every weight, the key of its tensor; or what is missing. */
function pairWeights(layer: WeightedLayer, source: WeightFileLayer): readonly WeightPair[] | Misfit {
  const keyOf = (name: string): string | undefined =>
    source.weights.find((weight) => weight.name === name)?.key ??
    source.weights.find((weight) => ALIASES[name]?.includes(weight.name))?.key;
  const named = layer.weights.map((weight) => [weight, keyOf(weight.spec.name)] as const);
  if (named.every((pair): pair is WeightPair => pair[1] !== undefined)) return named;
  const foreign = named.every(([, key]) => key === undefined);
  if (foreign && source.weights.length === layer.weights.length) {
    return layer.weights.map((weight, index) => [weight, source.weights[index]!.key] as const);
  }
  const missing = named.filter(([, key]) => key === undefined).map(([weight]) => weight.spec.name);
  return {
    expected: quoteSome(
      missing.map((name) => `${layer.name}/${name}`),
      'weight',
    ),
    received: `layer "${source.name}" with ${source.weights.map((weight) => `"${weight.name}"`).join(', ')}`,
  };
}

/** Layers by the stem of their names, in the order of their numbers: Keras counts as layers are made. */
function rank<T extends { readonly name: string }>(layers: readonly T[]): Map<string, T[]> {
  const stems = new Map<string, { layer: T; number: number }[]>();
  for (const layer of layers) {
    const [, stem, number] = /^(.*?)(?:_(\d+))?$/.exec(layer.name)!;
    const list = stems.get(stem!) ?? [];
    stems.set(stem!, list);
    list.push({ layer, number: Number(number ?? 0) });
  }
  return new Map(
    [...stems].map(([stem, list]) => [
      stem,
      list.sort((a, b) => a.number - b.number).map(({ layer }) => layer),
    ]),
  );
}

function isAutomaticallyNamed(layer: WeightedLayer): boolean {
  const stem = layer.name.replace(/_\d+$/, '').replaceAll('_', '');
  return stem === layer.className.toLowerCase();
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** Whether shapes differ in axes of length 1 at most. */
function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  const long = (shape: readonly number[]): number[] => shape.filter((size) => size !== 1);
  return sameShape(a, b) || sameShape(long(a), long(b));
}

/** `layers "a", "b", "c" and 4 more`. */
function quoteSome(names: readonly string[], noun: string): string {
  const shown = names
    .slice(0, 3)
    .map((name) => `"${name}"`)
    .join(', ');
  const rest = names.length > 3 ? ` and ${names.length - 3} more` : '';
  return `${noun}${names.length === 1 ? '' : 's'} ${shown}${rest}`;
}
