/** @file The losses give Keras' values and gradients, as operators and in plain numbers. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../src/core/graph/builder.ts';
import { binaryCrossentropy } from '../../../src/core/losses/binary-crossentropy.ts';
import { categoricalCrossentropy } from '../../../src/core/losses/categorical-crossentropy.ts';
import { huber, meanAbsoluteError, meanSquaredError } from '../../../src/core/losses/distances.ts';
import type { Loss } from '../../../src/core/losses/loss.ts';
import { sparseCategoricalCrossentropy } from '../../../src/core/losses/sparse-categorical-crossentropy.ts';
import { createSession } from '../../../src/core/runtime/create-session.ts';
import { floats } from '../../../src/core/tensor/tensor.ts';
import type { Tolerance } from '../../support/matchers.ts';

interface LossCase {
  readonly title: string;
  readonly className: Loss['className'];
  readonly labelSmoothing: number;
  /** Of Huber's loss. */
  readonly delta?: number;
  readonly size: number;
  readonly logits: readonly number[];
  readonly targets: readonly number[];
  readonly values: readonly number[];
  readonly gradient: readonly number[];
}

const fixture = JSON.parse(readFileSync(new URL('losses.json', import.meta.url), 'utf8')) as {
  readonly tolerance: Tolerance;
  readonly cases: readonly LossCase[];
};

const LOSSES: Readonly<Record<Loss['className'], (options: LossCase) => Loss>> = {
  BinaryCrossentropy: binaryCrossentropy,
  CategoricalCrossentropy: categoricalCrossentropy,
  SparseCategoricalCrossentropy: sparseCategoricalCrossentropy,
  MeanSquaredError: meanSquaredError,
  MeanAbsoluteError: meanAbsoluteError,
  Huber: huber,
};

describe.each(fixture.cases.map((each) => [each.title, each] as const))('%s', (_, lossCase) => {
  const loss = LOSSES[lossCase.className]!(lossCase);
  const { size } = lossCase;
  const logits = Float32Array.from(lossCase.logits);
  const targets = Float32Array.from(lossCase.targets);

  it('in plain numbers', () => {
    expect(loss.evaluate(logits, targets, size)).toBeAllClose(lossCase.values, fixture.tolerance);
  });

  it('has the gradient', () => {
    expect(loss.gradient(logits, targets, size)).toBeAllClose(lossCase.gradient, fixture.tolerance);
  });

  it('as operators', async () => {
    const builder = new GraphBuilder('loss');
    const perSample = loss.perSample(
      builder,
      builder.input('logits', 'float32', ['N', logits.length / size]),
      builder.input('targets', 'float32', ['N', targets.length / size]),
    );
    builder.output(perSample, 'loss');
    const session = await createSession(builder.build(), { threads: 1 });
    try {
      const results = await session.run({
        logits: floats([size, logits.length / size], logits),
        targets: floats([size, targets.length / size], targets),
      });
      expect(results['loss']).toBeAllClose(floats([size], lossCase.values), fixture.tolerance);
    } finally {
      await session.dispose();
    }
  });
});
