/** @file Rows of a set as what a step learns from: their features, and what a loss compares them with. */

import { POSITION_TARGETS } from '../examples/modality.ts';
import type { FeatureSet, RowBuffer } from '../features/feature-set.ts';
import type { Loss } from '../losses/loss.ts';
import type { Batch } from '../steps/training-step.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { targetRows } from './targets.ts';

/** Names of the tensors of a set that no step takes as features. */
const TARGET_NAMES: ReadonlySet<string> = new Set(POSITION_TARGETS.map(({ name }) => name));

/** Whether it says for every position of an example what is to be learned there. */
export function hasPositions({ tensors }: Pick<FeatureSet, 'tensors'>): boolean {
  return tensors.some(({ name }) => TARGET_NAMES.has(name));
}

/**
 * A batch of some rows, good until the buffer is used again.
 *
 * Where every position of an example has a target, the weights are such that the step's loss, a mean over all positions, is the mean
 * over those that are learned.
 *
 * @param classWeights - By class index. Default 1 for all.
 */
export async function readBatch(
  set: FeatureSet,
  rows: Uint32Array,
  loss: Loss,
  buffer: RowBuffer,
  classWeights?: readonly number[],
): Promise<Batch> {
  const { numbers } = set;
  const size = rows.length;
  const tensors = numbers === undefined ? await set.read(rows, buffer) : [];
  if (hasPositions(set)) return batchOfPositions(set, tensors, size);
  // `from` with a function takes ten times as long as a loop, and this is done for every step.
  const sampleWeights = new Float32Array(size).fill(1);
  if (classWeights !== undefined) {
    for (let row = 0; row < size; row++) sampleWeights[row] = classWeights[set.labels[rows[row]!]!] ?? 1;
  }
  const batch = { features: tensors, targets: targetRows(set, rows, loss), sampleWeights, size };
  return numbers === undefined ? batch : batchInMemory(batch, { set, numbers, rows, buffer });
}

/** Its features are read when they are asked for: a step that takes them from their source does not ask. */
function batchInMemory(
  { targets, sampleWeights, size }: Batch,
  {
    set,
    numbers,
    rows,
    buffer,
  }: {
    readonly set: FeatureSet;
    readonly numbers: Float32Array | Uint16Array;
    readonly rows: Uint32Array;
    readonly buffer: RowBuffer;
  },
): Batch {
  return {
    get features() {
      return set.read(rows, buffer) as readonly Tensor[];
    },
    source: { numbers, width: numbers.length / set.size, rows },
    targets,
    sampleWeights,
    size,
  };
}

function batchOfPositions(set: FeatureSet, tensors: readonly Tensor[], size: number): Batch {
  const [targets, weights] = POSITION_TARGETS.map(
    ({ name }) => tensors[set.tensors.findIndex((spec) => spec.name === name)]!,
  ) as [Tensor<'int32'>, Tensor<'float32'>];
  const count = weights.data.reduce((sum, weight) => sum + weight, 0);
  const scale = count === 0 ? 0 : weights.data.length / count;
  return {
    features: tensors.filter((_, index) => !TARGET_NAMES.has(set.tensors[index]!.name)),
    targets: Float32Array.from(targets.data),
    sampleWeights: weights.data.map((weight) => weight * scale),
    size,
    count,
  };
}

/** Logits and targets of the rows that count: of a sequence, padding does not. */
export function rowsThatCount(
  { targets, sampleWeights, count }: Pick<Batch, 'targets' | 'sampleWeights' | 'count'>,
  logits: Float32Array,
): { readonly logits: Float32Array; readonly targets: Float32Array; readonly rows: number } {
  const rows = sampleWeights.length;
  // Weights of examples say how much they are learned, not whether they are there.
  if (count === undefined) return { logits, targets, rows };
  const pick = (numbers: Float32Array): Float32Array => {
    const width = numbers.length / rows;
    return numbers.filter((_, index) => sampleWeights[Math.floor(index / width)] !== 0);
  };
  const counted = pick(targets);
  return { logits: pick(logits), targets: counted, rows: counted.length / (targets.length / rows) };
}
