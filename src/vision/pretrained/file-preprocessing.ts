/** @file What a file's own layers do to pixels before its network sees them. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { ConfiguredLayer } from '../../core/weights/model-config.ts';
import type { WeightFile } from '../../core/weights/weight-file.ts';
import type { Preprocessing } from '../preprocessing/preprocessing.ts';
import type { FileNode } from './match-network.ts';

/** `y = x * scale + offset` on three channels, in the order that `isReversed` tells. */
interface Scaling {
  readonly isReversed: boolean;
  readonly scale: readonly number[];
  readonly offset: readonly number[];
}

type Step = (scaling: Scaling) => Scaling;

const UNCHANGED: Scaling = { isReversed: false, scale: [1, 1, 1], offset: [0, 0, 0] };

/** Keras keeps a deviation above this. */
const MIN_DEVIATION = 1e-7;

/**
 * Reads the layers between where images come in and where the network begins.
 *
 * @param start - What the network's first layer is applied to.
 * @param weightsOf - The tensors of a layer in the file, by Keras' names or in their order.
 * @returns Undefined where pixels reach the network as they are.
 * @throws {GraftError} `weights`, naming a layer that does something else than scale pixels.
 */
export function preprocessingInFile(
  file: WeightFile,
  start: FileNode,
  weightsOf: (layer: ConfiguredLayer) => readonly Float32Array[],
): Preprocessing | undefined {
  const steps: Step[] = [];
  for (let node = start; node.kind !== 'InputLayer'; ) {
    const reversed = reversedChannels(node);
    const step = reversed === undefined ? stepOf(node, weightsOf) : turnAround;
    const before = reversed ?? (node.inputs.length === 1 ? node.inputs[0] : undefined);
    if (step === undefined || before === undefined) throw unknownLayer(file, node);
    steps.unshift(step);
    node = before;
  }
  const { isReversed, scale, offset } = steps.reduce((scaling, step) => step(scaling), UNCHANGED);
  if (!isReversed && scale.every((s) => s === 1) && offset.every((o) => o === 0)) return undefined;
  return {
    channelOrder: isReversed ? 'bgr' : undefined,
    scale: asOne(scale),
    offset: asOne(offset),
  };
}

function stepOf(
  { kind, options, layer }: FileNode,
  weightsOf: (layer: ConfiguredLayer) => readonly Float32Array[],
): Step | undefined {
  // Graft brings images to the network's size itself.
  if (kind === 'Resizing') return (scaling) => scaling;
  if (kind === 'Rescaling') return affine(options['scale'], options['offset']);
  if (kind === 'Normalization') {
    const [mean, variance] = weightsOf(layer);
    const [means, variances] = [channels(mean), channels(variance)];
    if (means === undefined || variances === undefined || options['invert'] !== false) return undefined;
    const scale = variances.map((value) => 1 / Math.max(Math.sqrt(value), MIN_DEVIATION));
    return affine(
      scale,
      scale.map((value, channel) => -means[channel]! * value),
    );
  }
  return kind === 'Conv2D' ? turningConvolution(weightsOf(layer)) : undefined;
}

function affine(by: unknown, and: unknown): Step | undefined {
  const [factors, summands] = [channels(by), channels(and)];
  if (factors === undefined || summands === undefined) return undefined;
  return ({ isReversed, scale, offset }) => ({
    isReversed,
    scale: scale.map((value, channel) => value * factors[channel]!),
    offset: offset.map((value, channel) => value * factors[channel]! + summands[channel]!),
  });
}

const turnAround: Step = ({ isReversed, scale, offset }) => ({
  isReversed: !isReversed,
  scale: scale.toReversed(),
  offset: offset.toReversed(),
});

/** A convolution by one pixel that exchanges red and blue: so Graft exports it. */
function turningConvolution([kernel, bias]: readonly Float32Array[]): Step | undefined {
  if (kernel?.length !== 9 || bias?.length !== 3) return undefined;
  const isTurning =
    kernel.every((value, index) => value === 0 || index % 2 === 0) && kernel[0] === 0 && kernel[8] === 0;
  if (!isTurning) return undefined;
  const scaled = affine([kernel[6]!, kernel[4]!, kernel[2]!], [...bias]);
  return scaled && ((scaling) => scaled(turnAround(scaling)));
}

/** What is turned around, of `x[..., ::-1]` or its three channels stacked again. */
function reversedChannels({ kind, inputs, layer }: FileNode): FileNode | undefined {
  const { constants, className, settings } = layer;
  if (className === 'SlicingOpLambda') {
    const spec = JSON.stringify(constants.get('slice_spec'));
    const isReversed = spec === '[{"class_name":"__ellipsis__"},{"start":null,"stop":null,"step":-1}]';
    return isReversed ? inputs[0] : undefined;
  }
  if (kind !== 'Stack' || settings['axis'] !== -1 || inputs.length !== 3) return undefined;
  const [whole] = inputs[0]!.inputs;
  const isReversed = inputs.every((channel, index) => {
    const place: unknown = channel.layer.constants.get('1');
    const taken = Array.isArray(place) && place.length === 2 ? place[1] : undefined;
    return channel.kind === 'GetItem' && channel.inputs[0] === whole && taken === 2 - index;
  });
  return isReversed ? whole : undefined;
}

/** Three numbers. */
function channels(value: unknown): readonly number[] | undefined {
  if (typeof value === 'number') return [value, value, value];
  const list = value instanceof Float32Array ? [...value] : value;
  return Array.isArray(list) && list.length === 3 ? (list as number[]) : undefined;
}

function asOne(numbers: readonly number[]): Preprocessing['scale'] {
  const [first = 0, second = 0, third = 0] = numbers;
  return first === second && second === third ? first : [first, second, third];
}

function unknownLayer({ where }: WeightFile, { layer }: FileNode): GraftError {
  return new GraftError('weights', {
    where,
    expected: 'layers before the network that scale pixels',
    received: `"${layer.name}" (${layer.className})`,
    advice: 'Save the network without that layer, and do to the images what it did.',
  });
}
