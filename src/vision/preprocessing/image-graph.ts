/** @file A model that takes pixels: what an image file decodes to goes in, its scaling is inside. */

import { GraphBuilder } from '../../core/graph/builder.ts';
import type { Graph, Value } from '../../core/graph/graph.ts';
import type { Ops } from '../../core/graph/ops.ts';
import { simplify } from '../../core/graph/passes/simplify.ts';
import type { Functional } from '../../core/layers/functional.ts';
import type { Lowered } from '../../core/layers/layer.ts';
import { asPlain } from '../../core/layers/layout.ts';
import { inferenceLowering, lowerTensor, lowerTensors } from '../../core/layers/lower-model.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';
import { finalActivation, findLogits } from '../../core/losses/logits.ts';
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
  readonly outputName?: string;
  /** What the output's numbers are. Default float32. */
  readonly dtype?: 'float16' | 'float32';
  /** What takes the place of the layers up to a boundary. Default: the layers themselves. */
  readonly frozen?: FrozenGraph;
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
  const value = asPlain(builder, lowerTensor(wanted, inferenceLowering(builder), given));
  const meant = {
    features: () => (wanted === model.output ? withSmallNumbers(builder, value) : value),
    probabilities: () => bothClasses(builder, value),
    logits: () => findLogits(builder, value),
  };
  const result = meant[options.output]();
  const { dtype = 'float32', outputName = options.output } = options;
  builder.output(builder.cast(result, dtype), outputName);
  return builder.build();
}

/**
 * One graph for several tensors of a model: what they have in common is computed once. Each becomes an output of its own,
 * the same tensor that {@link imageGraph} gives as `features`.
 *
 * @param wanted - By the output's name. None is the model's own output.
 * @throws {GraftError} `weights`, if a weight on the way has no numbers.
 */
export function featureGraph(
  model: Functional,
  wanted: ReadonlyMap<string, SymbolicTensor>,
  options: Omit<ImageGraphOptions, 'output'>,
): Graph {
  const { builder, given } = begin(model, options);
  const { dtype = 'float32' } = options;
  const lowered = lowerTensors([...wanted.values()], inferenceLowering(builder), given);
  [...wanted.keys()].forEach((name, index) => {
    const value = asPlain(builder, lowered[index]!);
    builder.output(builder.cast(value, dtype), name);
  });
  return simplify(builder.build());
}

/** Images in, scaled for the model's input. */
function begin(
  model: Functional,
  { preprocessing, frozen }: Pick<ImageGraphOptions, 'preprocessing' | 'frozen'>,
): { readonly builder: GraphBuilder; readonly given: ReadonlyMap<SymbolicTensor, Lowered> } {
  const builder = new GraphBuilder(model.name);
  const sizes = model.input.shape.slice(1).map((size) => size ?? 1);
  const image = builder.input('image', 'uint8', ['N', ...sizes]);
  if (frozen !== undefined) {
    const [features] = builder.inline(frozen.graph, new Map([[image.name, image]]), 'frozen/');
    const value = builder.cast(features!, 'float32');
    return { builder, given: new Map([[frozen.boundary, { value, layout: 'plain' }]]) };
  }
  const value = scaled(builder, image, preprocessing);
  return { builder, given: new Map([[model.input, { value, layout: 'channelsFirst' }]]) };
}

/** Pixels as the network was trained with them. The bytes are reordered to NCHW while they are still bytes. */
function scaled(ops: Ops, image: Value, preprocessing: Preprocessing): Value {
  let bytes = ops.transpose(image, [0, 3, 1, 2]);
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

/**
 * One sigmoid is the probability of the second class: the first has the rest. As a softmax of [0, logit], both keep their
 * small numbers, see {@link withSmallNumbers}.
 */
function bothClasses(builder: GraphBuilder, value: Value): Value {
  if (value.shape.at(-1) !== 1) return value;
  const { activation, logits } = finalActivation(builder, value);
  if (activation === 'sigmoid') {
    return builder.softmax(builder.concat([builder.mul(logits, 0), logits], 1), 1);
  }
  return builder.concat([builder.sub(1, value), value], 1);
}

/**
 * A model's last sigmoid as `1 / (1 + exp(-x))`: ONNX Runtime's own is an approximation that gives 0 where float32 has
 * numbers such as 5e-24 to tell how sure a network is.
 */
function withSmallNumbers(builder: GraphBuilder, value: Value): Value {
  const { activation, logits } = finalActivation(builder, value);
  if (activation !== 'sigmoid' || logits.shape.length !== 2) return value;
  const one = builder.scalar(1);
  return builder.div(one, builder.add(one, builder.exp(builder.neg(logits))));
}
