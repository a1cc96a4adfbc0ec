/** @file A model as the layers of Keras alone, which takes pixels: what is then written in one format or another. */

import { GraftError } from '../core/errors/graft-error.ts';
import { AdaptableLayer } from '../core/layers/adaptable-layer.ts';
import { CustomLayer } from '../core/layers/custom-layer.ts';
import { Functional } from '../core/layers/functional.ts';
import { input } from '../core/layers/input-layer.ts';
import type { Layer, SymbolicTensor } from '../core/layers/layer.ts';
import { LAYER_CLASS_NAMES, layers } from '../core/layers/layers.ts';
import type { PerChannel } from '../core/layers/option-types.ts';
import type { Preprocessing } from '../vision/preprocessing/preprocessing.ts';
import { cannotExport, type LayerFormat } from './export-format.ts';
import { type KerasFormat, LAYER_FORMATS } from './export-formats.ts';
import { applyPortable } from './portable-layer.ts';

/** What a copy has beside the layers of its model. */
export interface PortableOptions {
  /** Becomes a first layer, so that the copy takes float32 RGB pixels in [0, 255]. Without it, the copy takes what the model takes. */
  readonly preprocessing?: Preprocessing | undefined;
  /** Whether the probability of the second of two classes, which a head gives, becomes one of each. Default false. */
  readonly eachClass?: boolean | undefined;
}

/**
 * Copies a model for an export; weights are shared, not copied.
 *
 * @throws {GraftError} `graph`, if a layer cannot be exported; `weights`, if a weight has no numbers.
 */
export function portableModel(
  model: Functional,
  formatName: KerasFormat,
  { preprocessing, eachClass = false }: PortableOptions = {},
): Functional {
  const format = LAYER_FORMATS[formatName];
  for (const layer of model.layers) requireKnown(layer, format);
  const inputs = model.inputs.map(({ shape, layer }) => input({ shape: shape.slice(1), name: layer.name }));
  const made = new Map<SymbolicTensor, SymbolicTensor>();
  model.inputs.forEach((original, index) => {
    const taken = new Set(model.layers.map(({ name }) => name));
    made.set(original, preprocessed(inputs[index]!, readPixels(preprocessing, format), taken));
  });
  const copies = new Map<Layer, SymbolicTensor>();
  for (const output of model.tensors) {
    if (made.has(output)) continue;
    const { layer } = output;
    const sources = output.inputs.map((tensor) => made.get(tensor)!);
    const earlier = copies.get(layer);
    const copy =
      earlier === undefined ? applyPortable(layer, sources, format) : again(layer, earlier, sources);
    if (earlier === undefined) copies.set(layer, copy);
    made.set(output, copy);
  }
  const outputs = model.outputs.map((tensor) => {
    const output = made.get(tensor)!;
    return eachClass && output.shape.at(-1) === 1 ? bothClasses(output) : output;
  });
  return new Functional({ inputs, outputs, name: model.name });
}

function requireKnown(layer: Layer, format: LayerFormat): void {
  const { className, name } = layer;
  // Keras 3 takes classes that a program brings, under their names.
  const isKnown = layer instanceof CustomLayer ? format.isKeras3 : LAYER_CLASS_NAMES.includes(className);
  const { onlyInKeras3, onlyInGraft } = layer.constructor as {
    readonly onlyInKeras3?: boolean;
    readonly onlyInGraft?: boolean;
  };
  if (!isKnown || onlyInGraft === true || (onlyInKeras3 === true && !format.isKeras3)) {
    throw cannotExport(layer, format, 'a layer', `"${className}"`);
  }
  if (layer instanceof AdaptableLayer && layer.loraRanks.size > 0) throw adaptersApart(layer);
  // Keras 3 takes the slash for a folder.
  if (name.includes('/')) throw cannotExport(layer, format, 'a name without "/", the only kind', `"${name}"`);
}

/** A reader would leave the adapters out, and compute something else. */
function adaptersApart({ name }: Layer): GraftError {
  return new GraftError('graph', {
    where: `layer "${name}"`,
    expected: 'kernels that adapters are merged into',
    received: 'adapters apart',
    advice: 'Call model.mergeLora() before.',
  });
}

/** A layer that is applied once more: so is its copy. */
function again(layer: Layer, copy: SymbolicTensor, sources: readonly SymbolicTensor[]): SymbolicTensor {
  if (copy.layer.className === layer.className) return copy.layer.apply(sources);
  throw new GraftError('graph', {
    where: `layer "${layer.name}"`,
    expected: 'a layer that is applied once, for this format writes it as others',
    received: 'one that is applied several times',
    advice: 'Export to onnx instead.',
  });
}

/** What makes of a reader's pixels what the model takes: first those in [0, 255], then the rest. */
function readPixels(
  preprocessing: Preprocessing | undefined,
  { pixels }: LayerFormat,
): Preprocessing | undefined {
  if (preprocessing === undefined || pixels === undefined) return preprocessing;
  const { scale, offset } = preprocessing;
  const each = (of: (scale: number, offset: number) => number): Preprocessing['scale'] => {
    if (typeof scale === 'number' && typeof offset === 'number') return of(scale, offset);
    const channel = (index: number): number => of(ofChannel(scale, index), ofChannel(offset, index));
    return [channel(0), channel(1), channel(2)];
  };
  return {
    ...preprocessing,
    scale: each((scale) => scale * pixels.scale),
    offset: each((scale, offset) => scale * pixels.offset + offset),
  };
}

/** Of two classes, the head gives the probability p of the second: it becomes 1 - p and p. */
function bothClasses(output: SymbolicTensor): SymbolicTensor {
  const layer = layers.dense({ name: 'each_class', trainable: false, units: 2 });
  const both = layer.apply(output);
  layer.weight('kernel').value = Float32Array.of(-1, 1);
  layer.weight('bias').value = Float32Array.of(1, 0);
  return both;
}

function ofChannel(numbers: PerChannel, channel: number): number {
  return typeof numbers === 'number' ? numbers : numbers[channel]!;
}

function preprocessed(
  pixels: SymbolicTensor,
  preprocessing: Preprocessing | undefined,
  taken: ReadonlySet<string>,
): SymbolicTensor {
  if (preprocessing === undefined) return pixels;
  let name = 'preprocessing';
  for (let number = 1; taken.has(name); number++) name = `preprocessing_${number}`;
  const { channelOrder = 'rgb', scale, offset } = preprocessing;
  if (channelOrder === 'bgr') return turnedAround(name, pixels, scale, offset);
  if (scale === 1 && offset === 0) return pixels;
  return layers.rescaling({ name, trainable: false, scale, offset }).apply(pixels);
}

/** Red and blue change places: no layer of Keras reorders channels, but a convolution by one pixel does. */
function turnedAround(
  name: string,
  pixels: SymbolicTensor,
  scale: PerChannel,
  offset: PerChannel,
): SymbolicTensor {
  const channels = pixels.shape.at(-1)!;
  const layer = layers.conv2d({ name, trainable: false, filters: channels, kernelSize: 1 });
  const output = layer.apply(pixels);
  const kernel = new Float32Array(channels * channels);
  for (let to = 0; to < channels; to++) kernel[(channels - 1 - to) * channels + to] = ofChannel(scale, to);
  layer.weight('kernel').value = kernel;
  layer.weight('bias').value = Float32Array.from({ length: channels }, (_, to) => ofChannel(offset, to));
  return output;
}
