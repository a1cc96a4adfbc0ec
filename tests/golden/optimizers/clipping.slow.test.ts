/** @file Gradients of many numbers are clipped as Keras clips them, and as float64 does. */

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { GraphBuilder } from '../../../src/core/graph/builder.ts';
import { optimizers } from '../../../src/core/optimizers/optimizers.ts';
import { updateWeights } from '../../../src/core/optimizers/update-weights.ts';
import { createSession } from '../../../src/core/runtime/create-session.ts';
import { scalar, tensor } from '../../../src/core/tensor/tensor.ts';

interface ClippingCase {
  readonly option: 'clipNorm' | 'globalClipNorm';
  readonly shape: readonly number[];
  /** Places in the flattened weight. */
  readonly at: readonly number[];
  /** What Keras leaves there of a weight of zeros. */
  readonly keras: readonly number[];
  /** What float64 arithmetic leaves there. */
  readonly exact: readonly number[];
}

const fixture = JSON.parse(readFileSync(new URL('clipping.json', import.meta.url), 'utf8')) as {
  readonly limit: number;
  readonly learningRate: number;
  readonly cases: readonly ClippingCase[];
};

const cases = fixture.cases.map((each) => [each.option, each.shape.join(' x '), each] as const);

it.each(cases)('%s of %s numbers', async (option, _, { shape, at, keras, exact }) => {
  const optimizer = optimizers.sgd({ [option]: fixture.limit, learningRate: fixture.learningRate });
  const count = shape.reduce((product, size) => product * size, 1);
  const builder = new GraphBuilder('update');
  const [updated] = updateWeights(
    builder,
    optimizer,
    [
      {
        weight: builder.input('weight', 'float32', [count]),
        gradient: builder.input('gradient', 'float32', [count]),
        slots: new Map(),
        decays: false,
        rateMultiplier: 1,
      },
    ],
    {
      learningRate: builder.input('learning_rate', 'float32', []),
      iteration: builder.input('iteration', 'float32', []),
    },
  );
  builder.output(updated!.weight!, 'updated');
  const session = await createSession(builder.build(), { threads: 2 });
  try {
    const feeds = {
      weight: tensor('float32', [count], new Float32Array(count)),
      gradient: tensor('float32', [count], gradient(count)),
      learning_rate: scalar(fixture.learningRate),
      iteration: scalar(1),
    };
    const { updated: weights } = await session.run(feeds);
    const sampled = Float32Array.from(at, (index) => (weights!.data as Float32Array)[index]!);
    expect(sampled).toBeAllClose(exact, { atol: 0, rtol: 1e-6 });
    expect(sampled).toBeAllClose(keras, { atol: 0, rtol: 1e-6 });
  } finally {
    await session.dispose();
  }
});

/** As `gradient` of tools/oracle/clipping.py. */
function gradient(count: number): Float32Array {
  const numbers = new Float32Array(count);
  for (let index = 0; index < count; index++) {
    numbers[index] = (Math.imul(index, 2654435761) >>> 0) / 2 ** 32 - 0.5;
  }
  return numbers;
}
