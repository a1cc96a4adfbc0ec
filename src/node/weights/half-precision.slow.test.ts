/** Weights of two bytes are widened, whichever of Keras' formats holds them. */

import { describe, expect, it } from 'vitest';
import numbers from '../../../tests/golden/weights/half/numbers.json' with { type: 'json' };
import { readWeights } from './read-weights.ts';

describe('weights of two bytes', () => {
  it.each([
    ['float16', 'h5'],
    ['float16', 'keras'],
    ['bfloat16', 'h5'],
    ['bfloat16', 'keras'],
  ] as const)('%s in .%s', async (dtype, ending) => {
    const { layers, tensors } = await readWeights(`tests/golden/weights/half/${dtype}.${ending}`);
    // Keras 3's own layout numbers the weights, in the order in which the layer made them.
    const read = layers!.flatMap(({ name, weights }) =>
      weights.map(({ key }, index) => {
        const own = Object.keys(numbers[dtype]).filter((each) => each.startsWith(`${name}/`));
        return [own[index], [...tensors.get(key)!.data.subarray(0, 4)]] as const;
      }),
    );
    expect(Object.fromEntries(read)).toEqual(numbers[dtype]);
  });
});
