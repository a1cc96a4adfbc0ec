/** @file Rotary embeddings: positions as angles by which pairs of numbers are turned. */

import { GraftError } from '../errors/graft-error.ts';
import type { Value } from '../graph/graph.ts';
import type { Ops } from '../graph/ops.ts';
import { floats } from '../tensor/tensor.ts';
import type { Lowered, Lowering } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { asPlain } from './layout.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';
import { tokenPositions } from './token-positions.ts';
import { showShape } from './windows.ts';

const OPTIONS = {
  /** Wavelength of the slowest pair, in tokens, nearly. Default 10000. */
  maxWavelength: { type: 'number', default: 10_000, min: 1 },
  /** Positions are divided by it. Default 1. */
  scalingFactor: { type: 'number', default: 1, min: 1e-6 },
  /** Positions that can be told apart. Default 2048. */
  maxSequenceLength: { type: 'count', default: 2048 },
} as const;

export type RotaryEmbeddingOptions = OptionsOf<typeof OPTIONS>;

export interface RotaryEmbedding extends ValuesOf<typeof OPTIONS> {}

/**
 * Turns the two halves of every vector against each other, `(x[i], x[i + D/2])` at position p by the angle
 * `p / maxWavelength^(2 i / D)`: input `[N, S, ..., D]`, D even. The shape stays.
 *
 * A text of more than `maxSequenceLength` tokens fails when the graph runs.
 *
 * @throws {GraftError} `shape`, if D is unknown or odd.
 * @see https://arxiv.org/abs/2104.09864
 */
export class RotaryEmbedding extends LayerWithOptions<typeof OPTIONS> {
  static readonly className = 'RotaryEmbedding';
  static override readonly options: typeof OPTIONS = OPTIONS;
  static readonly onlyInGraft = true;

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    const shape = inputs[0]!;
    const width = shape.at(-1);
    if (shape.length >= 3 && typeof width === 'number' && width % 2 === 0) return shape;
    throw new GraftError('shape', {
      where: `layer "${this.name}"`,
      expected: 'an input [N, S, ..., D] with an even D',
      received: showShape(shape),
      advice: 'Give heads of an even width.',
    });
  }

  override lower(lowering: Lowering, inputs: readonly Lowered[]): Lowered {
    const x = asPlain(lowering.builder, inputs[0]!);
    return { value: rotate(lowering, x, this), layout: 'plain' };
  }
}

/** How positions become angles. */
export interface Rotation {
  readonly maxWavelength: number;
  readonly scalingFactor: number;
  readonly maxSequenceLength: number;
  /** By what the frequency of each pair is divided. Default nothing. */
  readonly frequencyDivisors?: readonly number[] | null | undefined;
}

/** @param x - `[N, S, ..., D]`. */
export function rotate(lowering: Lowering, x: Value, rotation: Rotation): Value {
  const { builder: ops } = lowering;
  const half = Number(x.shape.at(-1)) / 2;
  const between = Array.from({ length: x.shape.length - 3 }, (_, index) => index + 1);
  const positions = tokenPositions(lowering, x, 1);
  const [cosines, sines] = angleTables(ops, half, rotation).map((table) => {
    const rows = ops.gather(table, positions, 0);
    return between.length === 0 ? rows : ops.unsqueeze(rows, between);
  });
  const last = x.shape.length - 1;
  const first = ops.slice(x, [last], [0], [half]);
  const second = ops.slice(x, [last], [half], [2 * half]);
  return ops.concat(
    [
      ops.sub(ops.mul(first, cosines!), ops.mul(second, sines!)),
      ops.add(ops.mul(second, cosines!), ops.mul(first, sines!)),
    ],
    last,
  );
}

/** Tables that stand in a graph already: all blocks of a network share theirs. */
const TABLES = new WeakMap<Ops, Map<string, readonly [cosines: Value, sines: Value]>>();

/** `[maxSequenceLength, half]` each. */
function angleTables(ops: Ops, half: number, rotation: Rotation): readonly [Value, Value] {
  const { maxWavelength, scalingFactor, maxSequenceLength, frequencyDivisors: divisors } = rotation;
  const known = TABLES.get(ops) ?? new Map<string, readonly [Value, Value]>();
  TABLES.set(ops, known);
  const key = [half, maxWavelength, scalingFactor, maxSequenceLength, divisors ?? ''].join(' ');
  const there = known.get(key);
  if (there !== undefined) return there;
  const waves = Array.from({ length: half }, (_, i) => {
    return maxWavelength ** (-i / half) / scalingFactor / (divisors?.[i] ?? 1);
  });
  const table = (of: (angle: number) => number, name: string): Value => {
    const numbers = new Float32Array(maxSequenceLength * half);
    for (let position = 0; position < maxSequenceLength; position++) {
      for (let i = 0; i < half; i++) numbers[position * half + i] = of(position * waves[i]!);
    }
    return ops.constant(floats([maxSequenceLength, half], numbers), name);
  };
  const made = [table(Math.cos, 'rotary/cosines'), table(Math.sin, 'rotary/sines')] as const;
  known.set(key, made);
  return made;
}
