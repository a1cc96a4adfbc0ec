/** @file A model that takes pixels: what a picture file decodes to goes in, its scaling is inside. */

import { GraphBuilder } from '../graph/builder.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { simplify } from '../graph/passes/simplify.ts';
import type { Functional } from '../layers/functional.ts';
import type { Lowered } from '../layers/layer.ts';
import { asPlain } from '../layers/layout.ts';
import { inferenceLowering, lowerTensor } from '../layers/lower-model.ts';
import type { SymbolicTensor } from '../layers/symbolic-tensor.ts';
import { logitsOf } from '../losses/logits.ts';
import { floats } from '../tensor/tensor.ts';
import type { Preprocessing } from './preprocessing.ts';

export interface PictureGraphOptions {
  readonly preprocessing: Preprocessing;
  /**
   * Name and meaning of the output: `features` gives the tensor as it is; `probabilities` gives `[N, classes]`,
   * where a model with one sigmoid is widened to both of its classes; `logits` what its last activation is applied to.
   */
  readonly output: 'features' | 'probabilities' | 'logits';
}

/**
 * The graph from `image`, uint8 RGB `[N, H, W, 3]` in [0, 255], to a tensor of a model with one picture input.
 *
 * @throws {GraftError} `weights`, if a weight on the way has no numbers.
 */
export function pictureGraph(model: Functional, wanted: SymbolicTensor, options: PictureGraphOptions): Graph {
  const builder = new GraphBuilder(model.name);
  const sizes = model.input.shape.slice(1).map((size) => size ?? 1);
  const image = builder.input('image', 'uint8', ['N', ...sizes]);
  const given = new Map<SymbolicTensor, Lowered>([
    [model.input, { value: scaled(builder, image, options.preprocessing), layout: 'channelsFirst' }],
  ]);
  const value = asPlain(builder, lowerTensor(wanted, inferenceLowering(builder), given));
  const meant = {
    features: () => value,
    probabilities: () => bothClasses(builder, value),
    logits: () => logitsOf(builder, value),
  };
  builder.output(meant[options.output](), options.output);
  return simplify(builder.build());
}

/** Pixels as the network was trained with them. The bytes are reordered to NCHW while they are still bytes. */
function scaled(builder: GraphBuilder, image: Value, preprocessing: Preprocessing): Value {
  let bytes = builder.op('Transpose', [image], { perm: [0, 3, 1, 2] });
  if ('channelOrder' in preprocessing && preprocessing.channelOrder === 'bgr') {
    bytes = builder.op('Gather', [bytes, builder.integers([2, 1, 0])], { axis: 1 });
  }
  const pixels = builder.op('Cast', [bytes], { to: 'float32' });
  const { scale, offset } = preprocessing;
  return builder.op('Add', [
    builder.op('Mul', [pixels, eachChannel(builder, scale)]),
    eachChannel(builder, offset),
  ]);
}

/** One number for all channels as a scalar; three as `[3, 1, 1]`. */
function eachChannel(builder: GraphBuilder, numbers: number | readonly number[]): Value {
  return typeof numbers === 'number'
    ? builder.scalar(numbers)
    : builder.constant(floats([numbers.length, 1, 1], numbers), 'channels');
}

/** One sigmoid is the probability of the second class: the first has the rest. */
function bothClasses(builder: GraphBuilder, value: Value): Value {
  if (value.shape.at(-1) !== 1) return value;
  const first = builder.op('Sub', [builder.scalar(1), value]);
  return builder.op('Concat', [first, value], { axis: 1 });
}
