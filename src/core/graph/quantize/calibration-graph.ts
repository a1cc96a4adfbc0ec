/** @file A graph that tells the ranges of its values, image by image. */

import type { Tensor } from '../../tensor/tensor.ts';
import { GraphBuilder } from '../builder.ts';
import type { Graph, Value } from '../graph.ts';
import { findProducers, isOp } from '../passes/rewrite.ts';
import { foldPads } from './fold-pads.ts';
import type { ValueRange, ValueRanges } from './quantization.ts';
import { planQuantization } from './quantization-plan.ts';

/** Where the extremes of a value come out. */
interface ObservedValue {
  readonly value: string;
  /** Output with the maximum of every image, `[N]`. */
  readonly max: string;
  /** Output with the negated minimum; absent where nothing can be negative. */
  readonly negatedMin: string | undefined;
  /** Output with the means of the channels, `[N, C]`; for what convolutions read. */
  readonly means: string | undefined;
}

/** A graph for calibration, and how to read what it gives. */
export interface Calibration {
  /** Takes what the original takes; gives the extremes alone. */
  readonly graph: Graph;
  readonly observed: readonly ObservedValue[];
}

/**
 * The graph that gives, for every value that quantization needs the range of, its extremes in each image.
 *
 * @param graph - Simplified; its values have the batch as their first axis.
 */
export function calibrationGraph(graph: Graph): Calibration {
  const source = foldPads(graph);
  const { rangeOf } = planQuantization(source);
  const builder = new GraphBuilder(graph.name);
  const feeds = new Map<string, Value>(
    source.inputs.map(({ name, dtype, shape }) => [name, builder.input(name, dtype, shape)]),
  );
  const convolved = new Set(source.nodes.filter(({ op }) => op === 'Conv').map(({ inputs }) => inputs[0]!));
  const values = [...new Set([...rangeOf.values(), ...[...convolved].filter((name) => rangeOf.has(name))])];
  const observable = { ...source, outputs: values.map((name) => source.values.get(name)!) };
  const here = builder.inline(observable, feeds);
  const isNegative = mayBeNegative(source);
  const extreme = (value: Value): string => {
    const axes = builder.integers(value.shape.slice(1).map((_, axis) => axis + 1));
    return builder.output(builder.largest(value, axes, 0)).name;
  };
  const meansOf = (value: Value): string => builder.output(builder.mean(value, [2, 3], 0)).name;
  const observed = values.map((name, index): ObservedValue => {
    const value = here[index]!;
    const means = convolved.has(name) && value.shape.length === 4 ? meansOf(value) : undefined;
    const max = extreme(value);
    const negatedMin = isNegative(name) ? extreme(builder.neg(value)) : undefined;
    return { value: name, max, negatedMin, means };
  });
  return { graph: builder.build(), observed };
}

/** Collects what the runs of a calibration graph give. */
export class RangeCollector {
  readonly #observed: readonly ObservedValue[];
  readonly #extremes = new Map<string, { min: number; max: number }>();
  /** Sums over the images. */
  readonly #sums = new Map<string, Float64Array>();
  #images = 0;

  constructor({ observed }: Calibration) {
    this.#observed = observed;
  }

  /** @param outputs - Of one run, by name. */
  add(outputs: Readonly<Record<string, Tensor>>): void {
    for (const { value, max, negatedMin, means } of this.#observed) {
      const before = this.#extremes.get(value) ?? { min: 0, max: 0 };
      const high = largest(outputs[max]!);
      const low = negatedMin === undefined ? 0 : -largest(outputs[negatedMin]!);
      this.#extremes.set(value, { min: Math.min(before.min, low), max: Math.max(before.max, high) });
      if (means !== undefined) this.#addMeans(value, outputs[means]! as Tensor<'float32'>);
    }
    this.#images += outputs[this.#observed[0]?.max ?? '']?.shape[0] ?? 0;
  }

  /**
   * Of all runs so far; 0 lies in every range. Everything is rounded to 8 significant bits, ranges outwards: what
   * differs in its last digits from run to run gives the same graph.
   *
   * Plain extremes: ranges that leave the rarest numbers out (the mean of the images' extremes, percentiles of them)
   * gave features of MobileNetV2 that were no nearer to those of float32.
   */
  get ranges(): ValueRanges {
    const ranges = new Map<string, ValueRange>();
    for (const [value, { min, max }] of this.#extremes) {
      const means = this.#sums.get(value)?.map((sum) => rounded(sum / this.#images, Math.round));
      ranges.set(value, {
        min: rounded(min, Math.floor),
        max: rounded(max, Math.ceil),
        ...(means && { means }),
      });
    }
    return ranges;
  }

  #addMeans(value: string, { shape, data }: Tensor<'float32'>): void {
    const [, channels] = shape as [number, number];
    const sums = this.#sums.get(value) ?? new Float64Array(channels);
    data.forEach((mean, index) => {
      sums[index % channels]! += mean;
    });
    this.#sums.set(value, sums);
  }
}

function largest({ data }: Tensor): number {
  return (data as Float32Array).reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
}

/** To 8 significant bits. */
function rounded(x: number, round: (x: number) => number): number {
  if (x === 0 || !Number.isFinite(x)) return x;
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(x))) - 7);
  return round(x / unit) * unit;
}

/** Tells of a value by what makes it; asks no further than an activation. */
function mayBeNegative(graph: Graph): (name: string) => boolean {
  const producers = findProducers(graph);
  const known = new Map<string, boolean>();
  const ask = (name: string): boolean => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const node = producers.get(name);
    let answer = true;
    if (isOp(node, 'Relu') || isOp(node, 'Sigmoid')) answer = false;
    else if (isOp(node, 'Clip')) answer = !((graph.constants.get(node.inputs[1] ?? '')?.data[0] ?? -1) >= 0);
    else if (node !== undefined && KEEPS_SIGN.has(node.op)) answer = node.inputs.some(ask);
    known.set(name, answer);
    return answer;
  };
  return ask;
}

/** Of what has no negative numbers, these make none. */
const KEEPS_SIGN: ReadonlySet<string> = new Set(['Add', 'Mul', 'Concat', 'AveragePool', 'GlobalAveragePool']);
