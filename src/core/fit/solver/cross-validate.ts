/** @file How good a linear layer on some features is: every row is predicted by the layer that was solved without its fold. */

import type { FeatureSet } from '../../features/feature-set.ts';
import type { Loss } from '../../losses/loss.ts';
import { platform } from '../../runtime/platform.ts';
import type { RuntimeOptions } from '../../runtime/runtime.ts';
import { createRandom } from '../../tensor/random.ts';
import { chooseL2, type FoldedData } from './choose-l2.ts';
import { inOriginalUnits } from './linear-objective.ts';
import { createLinearProducts } from './linear-products.ts';
import { LinearRows } from './linear-rows.ts';

export interface CrossValidateOptions extends RuntimeOptions {
  readonly loss: Loss;
  /** Of the layer. */
  readonly outputs: number;
  /** Of every row, from 0. */
  readonly folds: Uint8Array;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a linear layer on the features says of rows that it has not seen. */
export interface CrossValidated {
  /** `[rows, outputs]`. */
  readonly logits: Float32Array;
  /** Mean over all rows. */
  readonly loss: number;
  /** That did best on all folds. */
  readonly l2: number;
}

/** @throws The signal's reason. */
export async function crossValidate(
  set: FeatureSet,
  { loss, outputs, folds, threads, runtime = platform, signal }: CrossValidateOptions,
): Promise<CrossValidated> {
  const count = 1 + folds.reduce((a, b) => Math.max(a, b), 0);
  const rows = new LinearRows(set, count * outputs);
  const products = await createLinearProducts(rows.width, { threads, runtime });
  try {
    const scale = await rows.scale();
    const data: FoldedData = { rows, scale, loss, outputs, folds };
    const turn = async (): Promise<void> => {
      await runtime.nextTurn();
      signal?.throwIfAborted();
    };
    const { l2, points, scores } = await chooseL2(data, products, createRandom(0), turn);
    const layers = points.map((point) => inOriginalUnits(point, scale, outputs));
    const logits = new Float32Array(set.size * outputs);
    for await (const { x, start, rows: size } of rows.pieces()) {
      for (const [fold, { kernel, bias }] of layers.entries()) {
        const given = await products.forward(x, kernel, size);
        for (let row = 0; row < size; row++) {
          if (folds[start + row] !== fold) continue;
          for (let k = 0; k < outputs; k++) {
            logits[(start + row) * outputs + k] = given[row * outputs + k]! + bias[k]!;
          }
        }
      }
    }
    return { logits, loss: scores.find((score) => score.l2 === l2)!.heldOutLoss, l2 };
  } finally {
    await products.dispose();
  }
}
