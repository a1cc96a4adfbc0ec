/** @file A model that takes pixels: what an image file decodes to goes in, its scaling is inside. */

import { GraphBuilder } from '../../core/graph/builder.ts';
import type { Graph, Value } from '../../core/graph/graph.ts';
import type { Ops } from '../../core/graph/ops.ts';
import { simplify } from '../../core/graph/passes/simplify.ts';
import type { Functional } from '../../core/layers/functional.ts';
import type { Lowered } from '../../core/layers/layer.ts';
import { asPlain } from '../../core/layers/layout.ts';
import { inferenceLowering, lowerTensors } from '../../core/layers/lower-model.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';
import { findLogits, withSmallNumbers, withTemperature } from '../../core/losses/logits.ts';
import { floats } from '../../core/tensor/tensor.ts';
import type { Preprocessing } from './preprocessing.ts';

export interface ImageGraphOptions {
  readonly preprocessing: Preprocessing;
  /**
   * Name and meaning of the output: `features` gives the tensor as it is; `probabilities` gives `[N, classes]`,
   * where a model with one sigmoid is widened to both of its classes; `logits` what its last activation is applied to.
   */
  readonly output: 'features' | 'probabilities' | 'logits';
  /** The output's name in the graph, where it is not to be called after its meaning. */
  readonly outputName?: string | undefined;
  /** What the output's numbers are. Default float32. */
  readonly dtype?: 'float16' | 'float32' | undefined;
  /** Of `probabilities`: what logits are divided by. Default 1. */
  readonly temperature?: number | undefined;
  /** What else comes out, from a tensor of the model. Default nothing. */
  readonly beside?: BesideOutput | undefined;
  /** What takes the place of the layers up to a boundary. Default: the layers themselves. */
  readonly frozen?: FrozenGraph | undefined;
}

/** A further output. */
export interface BesideOutput {
  readonly tensor: SymbolicTensor;
  readonly name: string;
  /** @param value - Of the tensor, maps as `[N, H, W, C]`. */
  readonly emit: (builder: GraphBuilder, value: Value) => Value;
}

/** The frozen part of a model in another form: in int8. */
export interface FrozenGraph {
  /** Everything that is wanted of the model comes from here. */
  readonly boundary: SymbolicTensor;
  /** From `image` to the boundary, as {@link imageGraph} gives it as `features`. */
  readonly graph: Graph;
}

/**
 * The graph from `image`, uint8 RGB `[N, H, W, 3]` in [0, 255], to a tensor of a model with one image input.
 *
 * @throws {GraftError} `weights`, if a weight on the way has no numbers.
 */
export function imageGraph(model: Functional, wanted: SymbolicTensor, options: ImageGraphOptions): Graph {
  return simplify(literalImageGraph(model, wanted, options));
}

/** The same graph as the layers give it, before anything is folded: cheap to make, and says all that it computes. */
export function literalImageGraph(
  model: Functional,
  wanted: SymbolicTensor,
  options: ImageGraphOptions,
): Graph {
  const { builder, given } = begin(model, options);
  const { beside, temperature = 1 } = options;
  const all = beside === undefined ? [wanted] : [wanted, beside.tensor];
  const [lowered, further] = lowerTensors(all, inferenceLowering(builder), given);
  const value = asPlain(builder, lowered!);
  const meant = {
    features: () => (wanted === model.output ? withSmallNumbers(builder, value, temperature) : value),
    probabilities: () => withTemperature(builder, value, temperature),
    logits: () => findLogits(builder, value),
  };
  const result = meant[options.output]();
  const { dtype = 'float32', outputName = options.output } = options;
  builder.output(builder.cast(result, dtype), outputName);
  if (beside !== undefined) {
    builder.output(beside.emit(builder, asPlain(builder, further!)), beside.name);
  }
  return builder.build();
}

/**
 * Emits `image`, uint8 RGB `[N, H, W, 3]` in [0, 255], as an input, and what a model's image input is made of it: pixels as the network
 * was trained with them.
 */
export function lowerImages(
  builder: GraphBuilder,
  model: Functional,
  preprocessing: Preprocessing,
): ReadonlyMap<SymbolicTensor, Lowered> {
  const value = scaled(builder, imageInput(builder, model), preprocessing);
  return new Map([[model.input, { value, layout: 'channelsFirst' }]]);
}

/** Images in, scaled for the model's input. */
function begin(
  model: Functional,
  { preprocessing, frozen }: Pick<ImageGraphOptions, 'preprocessing' | 'frozen'>,
): { readonly builder: GraphBuilder; readonly given: ReadonlyMap<SymbolicTensor, Lowered> } {
  const builder = new GraphBuilder(model.name);
  if (frozen === undefined) return { builder, given: lowerImages(builder, model, preprocessing) };
  const image = imageInput(builder, model);
  const [features] = builder.inline(frozen.graph, new Map([[image.name, image]]), 'frozen/');
  const value = builder.cast(features!, 'float32');
  return { builder, given: new Map([[frozen.boundary, { value, layout: 'plain' }]]) };
}

function imageInput(builder: GraphBuilder, { input }: Functional): Value {
  const sizes = input.shape.slice(1).map((size) => size ?? 1);
  return builder.input('image', 'uint8', ['N', ...sizes]);
}

/** Pixels as the network was trained with them. The bytes are reordered to NCHW while they are still bytes. */
function scaled(ops: Ops, image: Value, preprocessing: Preprocessing): Value {
  return scalePixels(ops, ops.transpose(image, [0, 3, 1, 2]), preprocessing);
}

/** Pixels in [0, 255], bytes or float32 `[N, 3, H, W]`, as a network was trained with them. */
export function scalePixels(ops: Ops, image: Value, preprocessing: Preprocessing): Value {
  let bytes = image;
  if ('channelOrder' in preprocessing && preprocessing.channelOrder === 'bgr') {
    bytes = ops.gather(bytes, ops.integers([2, 1, 0]), 1);
  }
  const pixels = ops.cast(bytes, 'float32');
  const { scale, offset } = preprocessing;
  return ops.add(ops.mul(pixels, eachChannel(ops, scale)), eachChannel(ops, offset));
}

/** One number for all channels as a scalar; three as `[3, 1, 1]`. */
function eachChannel(ops: Ops, numbers: number | readonly number[]): Value {
  return typeof numbers === 'number'
    ? ops.scalar(numbers)
    : ops.constant(floats([numbers.length, 1, 1], numbers), 'channels');
}
