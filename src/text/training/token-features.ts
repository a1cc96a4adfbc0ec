/** @file Sequences of tokens as a set that a training reads: ids or what is frozen, and the token that follows at every position. */

import { POSITION_TARGETS } from '../../core/examples/modality.ts';
import type { FeatureSet } from '../../core/features/feature-set.ts';
import { integers, type Tensor, tensor } from '../../core/tensor/tensor.ts';
import type { FrozenPart } from './frozen-part.ts';
import type { TokenSequence } from './packed-tokens.ts';

/**
 * A set of sequences. Every token but the first of a sequence is to be foretold from those before it.
 *
 * @param frozen - What gives the features of a sequence. Default they are its ids, -1 behind its end.
 */
export function tokenFeatures(sequences: readonly TokenSequence[], frozen?: FrozenPart): FeatureSet {
  const size = sequences.length;
  return {
    tensors: [
      frozen === undefined
        ? { name: 'features', dtype: 'int64', shape: [null], padding: -1 }
        : { name: 'features', dtype: 'float32', shape: [null, frozen.width] },
      ...POSITION_TARGETS,
    ],
    labels: new Uint32Array(size),
    numClasses: 0,
    size,
    async read(rows) {
      const chosen = Array.from(rows, (row) => sequences[row]!);
      const length = Math.max(...chosen.map((sequence) => sequence.length - 1));
      const shape = [chosen.length, length];
      const targets = new Int32Array(chosen.length * length);
      const weights = new Float32Array(targets.length);
      chosen.forEach((sequence, row) => {
        targets.set(sequence.slice(1), row * length);
        weights.fill(1, row * length, row * length + sequence.length - 1);
      });
      return [
        frozen === undefined ? idsOf(chosen, length) : await hiddenOf(frozen, chosen, length),
        tensor('int32', shape, targets),
        tensor('float32', shape, weights),
      ];
    },
  };
}

function idsOf(sequences: readonly TokenSequence[], length: number): Tensor {
  const ids = sequences.flatMap((sequence) => {
    const fed = sequence.slice(0, -1);
    return [...fed, ...new Array<number>(length - fed.length).fill(-1)];
  });
  return integers(ids, [sequences.length, length]);
}

/** Zeros where a sequence has ended. */
async function hiddenOf(
  frozen: FrozenPart,
  sequences: readonly TokenSequence[],
  length: number,
): Promise<Tensor> {
  const { width } = frozen;
  const all = new Float32Array(sequences.length * length * width);
  for (const [row, sequence] of sequences.entries()) {
    all.set(await frozen.compute(sequence), row * length * width);
  }
  return tensor('float32', [sequences.length, length, width], all);
}
