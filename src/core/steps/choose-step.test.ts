import { beforeEach, describe, expect, it, vi } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { Functional } from '../layers/functional.ts';
import { input } from '../layers/input-layer.ts';
import type { Layer } from '../layers/layer.ts';
import { layers } from '../layers/layers.ts';
import type { SymbolicTensor } from '../layers/symbolic-tensor.ts';
import { losses } from '../losses/losses.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import { createRandom } from '../tensor/random.ts';
import { chooseStep, type StepOptions } from './choose-step.ts';
import { createDenseStep } from './dense-step.ts';
import { splitAtFreezeBoundary } from './freeze-boundary.ts';
import { createGraphStep } from './graph-step.ts';

vi.mock('./dense-step.ts', () => ({ createDenseStep: vi.fn(async () => 'dense step') }));
vi.mock('./graph-step.ts', () => ({ createGraphStep: vi.fn(async () => 'graph step') }));

beforeEach(() => vi.clearAllMocks());

function partOf(grow: (x: SymbolicTensor) => SymbolicTensor) {
  const x = input({ shape: [4] });
  const model = new Functional({ inputs: x, outputs: grow(x), name: 'net' });
  model.initialize({ seed: 1 });
  return splitAtFreezeBoundary(model);
}

function options(more: Partial<StepOptions> = {}): StepOptions {
  return {
    loss: losses.binaryCrossentropy(),
    optimizer: optimizers.sgd(),
    random: createRandom(1),
    ...more,
  };
}

describe('chooseStep', () => {
  it('takes the dense step for a chain of Dense layers', async () => {
    const part = partOf((x) => layers.dense({ units: 1, activation: 'sigmoid', name: 'last' }).apply(x));
    const { loss, optimizer } = options();
    expect(await chooseStep(part, options({ loss, optimizer, threads: 2 }))).toBe('dense step');
    const [head, given] = vi.mocked(createDenseStep).mock.calls[0]!;
    expect(head.layers.map(({ name }) => name)).toEqual(['last']);
    expect(given).toEqual({
      loss,
      optimizer,
      threads: 2,
      masks: { draw: expect.any(Function), goTo: expect.any(Function) },
    });
    expect(createGraphStep).not.toHaveBeenCalled();
  });

  it('takes the graph step for anything else', async () => {
    const part = partOf((x) =>
      layers.dense({ units: 1 }).apply(layers.dense({ units: 3, activation: 'gelu' }).apply(x)),
    );
    expect(await chooseStep(part, options())).toBe('graph step');
    expect(vi.mocked(createGraphStep).mock.calls[0]![0]).toBe(part);
    expect(createDenseStep).not.toHaveBeenCalled();
  });

  it.each([{ clipNorm: 1 }, { globalClipNorm: 1 }, { gradientAccumulationSteps: 2 }])(
    'takes the graph step where the optimizer needs it: %j',
    async (wanted) => {
      const part = partOf((x) => layers.dense({ units: 1 }).apply(x));
      expect(await chooseStep(part, options({ optimizer: optimizers.adam(wanted) }))).toBe('graph step');
      expect(createDenseStep).not.toHaveBeenCalled();
    },
  );

  it('keeps the dense step for the other options, and passes rates by layer on', async () => {
    const part = partOf((x) => layers.dense({ units: 1 }).apply(x));
    const optimizer = optimizers.adam({ clipValue: 1, weightDecay: 0.1, useEma: true });
    const rateMultipliers = new Map([['dense', 0.5]]);
    expect(await chooseStep(part, options({ optimizer, rateMultipliers }))).toBe('dense step');
    expect(vi.mocked(createDenseStep).mock.calls[0]![1].rateMultipliers).toBe(rateMultipliers);
  });

  it('draws the masks from the stream that it is given', async () => {
    const part = partOf((x) => layers.dense({ units: 1 }).apply(x));
    for (const seed of [1, 1, 2]) await chooseStep(part, options({ random: createRandom(seed) }));
    const drawn = vi
      .mocked(createDenseStep)
      .mock.calls.map(([, { masks }]) => [...masks.draw('drop', 0.5, 40)]);
    expect(drawn[1]).toEqual(drawn[0]);
    expect(drawn[2]).not.toEqual(drawn[0]);
  });

  const sigmoidAtTheEnd: Readonly<Record<string, () => Layer>> = {
    'in Dense': () => layers.dense({ units: 3, activation: 'sigmoid', name: 'end' }),
    'as a layer': () => layers.activation({ activation: 'sigmoid', name: 'end' }),
  };
  it.each(Object.entries(sigmoidAtTheEnd))(
    'refuses a loss for another activation: sigmoid %s',
    async (_, end) => {
      const part = partOf((x) => end().apply(layers.dense({ units: 3 }).apply(x)));
      await expect(chooseStep(part, options({ loss: losses.categoricalCrossentropy() }))).rejects.toThrow(
        withMessage(
          'model "net": expected an output that CategoricalCrossentropy is made for (softmax, or logits), received sigmoid in layer "end". ' +
            'Change the activation to "softmax", or take another loss.',
        ),
      );
    },
  );

  it('refuses a loss for another activation: a Softmax layer', async () => {
    const part = partOf((x) => layers.softmax({ name: 'end' }).apply(layers.dense({ units: 3 }).apply(x)));
    await expect(chooseStep(part, options())).rejects.toThrow(
      withMessage(
        'model "net": expected an output that BinaryCrossentropy is made for (sigmoid, or logits), received softmax in layer "end". ' +
          'Change the activation to "sigmoid", or take another loss.',
      ),
    );
  });
});
