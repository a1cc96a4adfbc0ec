/**
 * @file What a linear layer minimizes: `sum(weight * loss(x w + b)) / rows + l2 / 2 * sum(w^2)`, biases left out, for several
 * problems over the same features at once.
 *
 * Inside, features have mean 0 and are divided by one number, so that penalties mean the same whatever network they come from, and
 * the bias does not depend on the kernel. {@link inOriginalUnits} takes that back.
 */

import type { FeatureSet } from '../../features/feature-set.ts';
import type { Loss } from '../../losses/loss.ts';
import { targetRows } from '../targets.ts';
import type { LinearProducts } from './linear-products.ts';
import type { FeatureScale, LinearPiece } from './linear-rows.ts';

/** One of the problems. Kernel `[width, outputs]`, then bias `[outputs]`, make its point. */
export interface LinearProblem {
  readonly l2: number;
  /** `[rows]`: 1 for each row that is learned from; the others are held out. Default all. */
  readonly learns?: Uint8Array | undefined;
}

/** What is learned from: features, and what is to be said of each row. */
export interface LinearFeatures {
  readonly set: Pick<FeatureSet, 'labels' | 'targets' | 'numClasses'>;
  readonly width: number;
  readonly size: number;
  /** All rows, in their order. */
  pieces(): AsyncIterable<LinearPiece>;
}

export interface LinearData {
  readonly rows: LinearFeatures;
  readonly scale: FeatureScale;
  readonly loss: Loss;
  readonly outputs: number;
  /** By class index. Default 1 for all. */
  readonly classWeights?: readonly number[] | undefined;
}

export interface LinearValue {
  /** With the penalty. */
  readonly value: number;
  readonly gradient: Float64Array;
  /** Mean loss of the rows that are learned from, with their weights, and of those that are held out. */
  readonly loss: number;
  readonly heldOutLoss: number;
}

/** Hears the logits of every piece `[rows, outputs]` of the first problem. */
export type LogitsVisitor = (logits: Float32Array, targets: Float32Array, rows: number) => void;

/** Value and gradient of each problem at its point. */
export async function evaluateLinear(
  { rows, scale, loss, outputs, classWeights }: LinearData,
  products: LinearProducts,
  problems: readonly LinearProblem[],
  points: readonly Float64Array[],
  visit?: LogitsVisitor,
): Promise<LinearValue[]> {
  const { width, set } = rows;
  const columns = problems.length * outputs;
  const { kernel, bias } = joined(points, scale, width, outputs);
  const sums = problems.map(() => ({ loss: 0, count: 0, heldOut: 0, heldOutCount: 0 }));
  const kernelGradient = new Float64Array(width * columns);
  const biasGradient = new Float64Array(columns);
  for await (const { x, start, rows: count } of rows.pieces()) {
    const logits = await products.forward(x, kernel, count);
    const residuals = new Float32Array(count * columns);
    const targets = targetRows(
      set,
      Uint32Array.from({ length: count }, (_, row) => start + row),
      loss,
    );
    problems.forEach(({ learns }, p) => {
      const own = new Float32Array(count * outputs);
      for (let row = 0; row < count; row++) {
        for (let k = 0; k < outputs; k++) {
          const column = p * outputs + k;
          own[row * outputs + k] = logits[row * columns + column]! + bias[column]!;
        }
      }
      if (p === 0) visit?.(own, targets, count);
      const losses = loss.evaluate(own, targets, count);
      const slopes = loss.gradient(own, targets, count);
      const sum = sums[p]!;
      for (let row = 0; row < count; row++) {
        if (learns !== undefined && learns[start + row] !== 1) {
          sum.heldOut += losses[row]!;
          sum.heldOutCount++;
          continue;
        }
        const weight = classWeights?.[set.labels[start + row]!] ?? 1;
        sum.loss += weight * losses[row]!;
        sum.count++;
        for (let k = 0; k < outputs; k++) {
          const column = p * outputs + k;
          const slope = weight * slopes[row * outputs + k]!;
          residuals[row * columns + column] = slope;
          biasGradient[column]! += slope;
        }
      }
    });
    const piece = await products.backward(x, residuals, count);
    for (let i = 0; i < piece.length; i++) kernelGradient[i]! += piece[i]!;
  }
  return problems.map(({ l2 }, p) => {
    const point = points[p]!;
    const { loss: total, count, heldOut, heldOutCount } = sums[p]!;
    const gradient = new Float64Array(point.length);
    let penalty = 0;
    for (let i = 0; i < width; i++) {
      for (let k = 0; k < outputs; k++) {
        const [index, column] = [i * outputs + k, p * outputs + k];
        const centered = kernelGradient[i * columns + column]! - scale.mean[i]! * biasGradient[column]!;
        gradient[index] = centered / (scale.deviation * count) + l2 * point[index]!;
        penalty += point[index]! ** 2;
      }
    }
    for (let k = 0; k < outputs; k++) gradient[width * outputs + k] = biasGradient[p * outputs + k]! / count;
    return {
      value: total / count + (l2 / 2) * penalty,
      gradient,
      loss: total / count,
      heldOutLoss: heldOut / heldOutCount,
    };
  });
}

/** A point as the layer's weights. */
export function inOriginalUnits(
  point: Float64Array,
  scale: FeatureScale,
  outputs: number,
): { readonly kernel: Float32Array; readonly bias: Float32Array } {
  const { kernel, bias } = joined([point], scale, point.length / outputs - 1, outputs);
  return { kernel, bias: Float32Array.from(bias) };
}

/** Kernels side by side `[width, problems x outputs]`, and their biases. */
function joined(
  points: readonly Float64Array[],
  { mean, deviation }: FeatureScale,
  width: number,
  outputs: number,
): { readonly kernel: Float32Array; readonly bias: Float64Array } {
  const columns = points.length * outputs;
  const kernel = new Float32Array(width * columns);
  const bias = new Float64Array(columns);
  points.forEach((point, p) => {
    for (let k = 0; k < outputs; k++) {
      const column = p * outputs + k;
      let shift = 0;
      for (let i = 0; i < width; i++) {
        const weight = Math.fround(point[i * outputs + k]! / deviation);
        kernel[i * columns + column] = weight;
        shift += mean[i]! * weight;
      }
      bias[column] = point[width * outputs + k]! - shift;
    }
  });
  return { kernel, bias };
}
