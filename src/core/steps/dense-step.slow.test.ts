import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { numbersOf } from '../../../tests/support/batch-numbers.ts';
import { DenseReference } from '../../../tests/support/dense-reference.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import type { DenseActivation } from '../kernels/dense-memory.ts';
import { losses } from '../losses/losses.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import { platform } from '../runtime/platform.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { createRandom, type Random } from '../tensor/random.ts';
import { createDenseStep, type DenseHead, type DenseStepOptions } from './dense-step.ts';
import { seededDropoutMasks } from './dropout-masks.ts';
import { type Batch, oneTensor, type StepState, type TrainingStep } from './training-step.ts';

interface LayerSketch {
  readonly units: number;
  readonly activation?: DenseActivation;
  readonly useBias?: boolean;
  readonly rate?: number;
}

const binary = losses.binaryCrossentropy();

function makeHead(random: Random, inputs: number, sketches: readonly LayerSketch[], rate = 0): DenseHead {
  let width = inputs;
  const draw = (count: number, scale: number): Float32Array =>
    Float32Array.from({ length: count }, () => (random.uniform() - 0.5) * scale);
  const layers = sketches.map(({ units, activation = 'linear', useBias = true, rate: dropped }, index) => {
    const kernel = draw(width * units, 4 / Math.sqrt(width));
    width = units;
    return {
      name: `dense_${index}`,
      units,
      activation,
      kernel,
      bias: useBias ? draw(units, 0.2) : undefined,
      dropout: dropped === undefined ? undefined : { name: `dropout_${index}`, rate: dropped },
    };
  });
  return { inputs, layers, dropout: rate > 0 ? { name: 'dropout_features', rate } : undefined };
}

/** A third of the inputs is zero in the whole batch, of the others about half. */
function makeBatch(random: Random, size: number, inputs: number, outputs: number): Batch {
  const alive = Array.from({ length: inputs }, () => random.uniform() > 1 / 3);
  const features = new Float32Array(size * inputs);
  for (let i = 0; i < features.length; i++) {
    if (alive[i % inputs] && random.uniform() < 0.5) features[i] = random.normal();
  }
  return {
    features: oneTensor(features, size),
    size,
    targets: Float32Array.from({ length: size * outputs }, () => random.integer(2)),
    sampleWeights: Float32Array.from({ length: size }, () => 0.5 + random.uniform()),
  };
}

async function makeStep(head: DenseHead, options: Partial<DenseStepOptions> = {}): Promise<TrainingStep> {
  const step = await createDenseStep(head, {
    loss: binary,
    optimizer: optimizers.rmsprop(),
    masks: seededDropoutMasks(createRandom(1)),
    threads: 1,
    ...options,
  });
  onTestFinished(() => step.dispose());
  return step;
}

/** Trains both and compares logits, losses, weights, slots and predictions. */
async function compare(
  head: DenseHead,
  options: Partial<DenseStepOptions>,
  sizes: readonly number[],
  learningRate = 0.01,
): Promise<void> {
  const { loss = binary, optimizer = optimizers.rmsprop() } = options;
  const step = await makeStep(head, { ...options, masks: seededDropoutMasks(createRandom(7)) });
  const reference = new DenseReference(head, loss, optimizer);
  const masks = seededDropoutMasks(createRandom(7));
  const random = createRandom(3);
  const outputs = head.layers.at(-1)!.units;
  const tolerance = { atol: 2e-4, rtol: 1e-3 };
  for (const size of sizes) {
    const batch = makeBatch(random, size, head.inputs, loss.target === 'index' ? 1 : outputs);
    const result = await step.run(batch, learningRate);
    const expected = reference.run(batch, learningRate, {
      features: head.dropout && masks.draw(head.dropout.name, head.dropout.rate, numbersOf(batch).length),
      layers: head.layers.map(
        ({ dropout, units }) => dropout && masks.draw(dropout.name, dropout.rate, size * units),
      ),
    });
    expect(result.loss).toBeAllClose(expected.loss, tolerance);
    expect(result.logits).toBeAllClose(expected.logits, tolerance);
    expect(await step.predict(batch.features, size)).toBeAllClose(
      reference.predict(numbersOf(batch), size),
      tolerance,
    );
  }
  const state = await step.readState();
  const wanted = reference.state();
  expect(state.iteration).toBe(sizes.length);
  for (const part of ['weights', 'slots'] as const) {
    expect([...state[part].keys()].sort()).toEqual([...wanted[part].keys()].sort());
    for (const [key, values] of wanted[part]) {
      const scale = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
      expect(state[part].get(key)).toBeAllClose(values, { atol: 3e-4 * scale, rtol: 1e-3 });
    }
  }
}

/** The bits of a state: comparing a million numbers one by one takes long. */
function digests({ weights, slots }: Pick<StepState, 'weights' | 'slots'>): Record<string, string> {
  return Object.fromEntries(
    [...weights, ...slots].map(([key, values]) => [
      key,
      createHash('sha256')
        .update(Buffer.from(values.buffer, values.byteOffset, values.byteLength))
        .digest('hex'),
    ]),
  );
}

const TEN_STEPS = [5, 5, 3, 8, 1, 5, 2, 6, 5, 4, 7, 5];

const OPTIMIZERS = {
  SGD: optimizers.sgd(),
  'SGD with momentum': optimizers.sgd({ momentum: 0.9 }),
  'SGD with Nesterov momentum': optimizers.sgd({ momentum: 0.9, nesterov: true }),
  RMSprop: optimizers.rmsprop({ epsilon: 1e-4 }),
  'RMSprop with momentum': optimizers.rmsprop({ momentum: 0.5, epsilon: 1e-4 }),
  'RMSprop, centered': optimizers.rmsprop({ centered: true, epsilon: 1e-4 }),
  'RMSprop, centered, with momentum': optimizers.rmsprop({ centered: true, momentum: 0.5, epsilon: 1e-4 }),
  Adam: optimizers.adam({ epsilon: 1e-4 }),
  AdamW: optimizers.adamW({ epsilon: 1e-4, weightDecay: 0.1 }),
  'AdamW, biases too': optimizers.adamW({
    epsilon: 1e-4,
    weightDecay: 0.1,
    excludeFromWeightDecay: [],
  }),
  'RMSprop, biases alone decay': optimizers.rmsprop({
    epsilon: 1e-4,
    weightDecay: 0.1,
    excludeFromWeightDecay: ['kernel'],
  }),
  'SGD with weight decay': optimizers.sgd({ weightDecay: 0.1 }),
  'SGD, clipped by value': optimizers.sgd({ clipValue: 0.01 }),
  'RMSprop with averages': optimizers.rmsprop({ epsilon: 1e-4, useEma: true, emaMomentum: 0.8 }),
  'Adam with averages that overwrite, clipped by value': optimizers.adam({
    epsilon: 1e-4,
    clipValue: 0.02,
    useEma: true,
    emaMomentum: 0.8,
    emaOverwriteFrequency: 3,
  }),
};

describe('dense step against float64 loops', () => {
  for (const [name, optimizer] of Object.entries(OPTIMIZERS)) {
    it(`follows ${name} with rows that have no gradient`, async () => {
      const head = makeHead(createRandom(5), 45, [{ units: 38, activation: 'relu' }, { units: 3 }]);
      await compare(head, { optimizer }, TEN_STEPS);
    });
  }

  for (const activation of ['linear', 'relu', 'sigmoid', 'tanh'] as const) {
    it(`passes gradients through ${activation} and dropout`, async () => {
      const sketches = [
        { units: 150, activation, rate: 0.4 },
        { units: 9, activation, useBias: false, rate: 0.2 },
        { units: 2 },
      ];
      const head = makeHead(createRandom(6), 70, sketches, 0.3);
      await compare(head, { optimizer: optimizers.sgd({ momentum: 0.5 }) }, TEN_STEPS, 0.1);
    });
  }

  it('passes a gradient on where tanh gives exactly 0', async () => {
    const head = makeHead(createRandom(4), 6, [
      { units: 4, activation: 'tanh', useBias: false },
      { units: 1 },
    ]);
    head.layers[0]!.kernel.fill(0);
    await compare(head, { optimizer: optimizers.sgd() }, [4, 4, 4], 0.5);
  });

  it('works with losses over classes', async () => {
    const head = makeHead(createRandom(8), 40, [{ units: 5 }]);
    const optimizer = optimizers.adam({ epsilon: 1e-4 });
    await compare(head, { optimizer, loss: losses.sparseCategoricalCrossentropy() }, TEN_STEPS);
    await compare(head, { optimizer, loss: losses.categoricalCrossentropy() }, TEN_STEPS);
  });

  it('holds for every size', async () => {
    const activation = fc.constantFrom<DenseActivation>('linear', 'relu', 'sigmoid', 'tanh');
    const sketch = fc.record({ units: fc.integer({ min: 1, max: 140 }), activation, useBias: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 300 }),
        fc.array(sketch, { maxLength: 2 }),
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.integer({ min: 1, max: 33 }), { minLength: 1, maxLength: 4 }),
        fc.constantFrom(20, 64),
        async (inputs, hidden, outputs, sizes, batchSize) => {
          const head = makeHead(createRandom(inputs), inputs, [...hidden, { units: outputs }]);
          await compare(head, { optimizer: optimizers.sgd({ momentum: 0.9 }), batchSize }, sizes, 0.05);
        },
      ),
      { numRuns: 25, seed: 1 },
    );
  });
});

describe('dense step', () => {
  it('gives the same bits with 1, 2 and 3 threads', async () => {
    const random = createRandom(2);
    const head = makeHead(random, 1100, [
      { units: 530, activation: 'relu', rate: 0.5 },
      { units: 520 },
      { units: 2 },
    ]);
    const batches = [20, 7, 40].map((size) => makeBatch(random, size, 1100, 2));
    const states = [];
    for (const threads of [1, 2, 3]) {
      const step = await makeStep(head, { threads, masks: seededDropoutMasks(createRandom(9)) });
      const results = [];
      for (const batch of batches) results.push(await step.run(batch, 0.01));
      states.push({ results, digests: digests(await step.readState()) });
    }
    expect(states[1]).toEqual(states[0]);
    expect(states[2]).toEqual(states[0]);
  });

  it('gives the same bits where threads share no memory, whatever number is asked for', async () => {
    const random = createRandom(2);
    const head = makeHead(random, 1100, [{ units: 530, activation: 'relu', rate: 0.5 }, { units: 2 }]);
    // The last one makes the memory grow.
    const batches = [20, 7, 70].map((size) => makeBatch(random, size, 1100, 2));
    const loaded: string[] = [];
    const told: Runtime = {
      ...platform,
      loadKernel: (name) => {
        loaded.push(name);
        return platform.loadKernel(name);
      },
    };
    const alone: Runtime = {
      ...told,
      sharesMemory: false,
      mayBlock: false,
      startHelpers: () => {
        throw new Error('there is no memory that helpers could share');
      },
    };
    const states = [];
    for (const options of [
      { threads: 2, runtime: told },
      { threads: 2, runtime: alone },
      { runtime: alone },
      { threads: 1, runtime: told },
    ]) {
      const step = await makeStep(head, { ...options, masks: seededDropoutMasks(createRandom(9)) });
      const results = [];
      for (const batch of batches) results.push(await step.run(batch, 0.01));
      states.push({ results, digests: digests(await step.readState()) });
    }
    expect(states[1]).toEqual(states[0]);
    expect(states[2]).toEqual(states[0]);
    expect(states[3]).toEqual(states[0]);
    // Memory that is shared is slower to copy into.
    expect(loaded).toEqual(['dense-step', ...new Array(3).fill('dense-step-unshared')]);
  });

  it('goes on from a state as if it had never stopped', async () => {
    const random = createRandom(11);
    const head = makeHead(random, 300, [{ units: 133, activation: 'relu' }, { units: 1 }]);
    const batches = Array.from({ length: 6 }, () => makeBatch(random, 6, 300, 1));
    const optimizer = optimizers.adamW();
    const whole = await makeStep(head, { optimizer });
    for (const batch of batches) await whole.run(batch, 0.01);
    const first = await makeStep(head, { optimizer });
    for (const batch of batches.slice(0, 3)) await first.run(batch, 0.01);
    const second = await makeStep(makeHead(random, 300, [{ units: 133, activation: 'relu' }, { units: 1 }]), {
      optimizer,
    });
    await second.writeState(await first.readState());
    for (const batch of batches.slice(3)) await second.run(batch, 0.01);
    const [ended, expected] = [await second.readState(), await whole.readState()];
    expect(ended.iteration).toBe(6);
    expect(digests(ended)).toEqual(digests(expected));
  });

  it('takes the gradient of a certain answer for 0', async () => {
    const kernel = new Float32Array(3);
    const head: DenseHead = {
      inputs: 3,
      layers: [{ name: 'a', units: 1, activation: 'linear', kernel, bias: Float32Array.of(-60) }],
    };
    const step = await makeStep(head, { optimizer: optimizers.sgd({ momentum: 0.9 }) });
    const ones = (size: number): Float32Array => new Float32Array(size).fill(1);
    await step.run(
      { features: oneTensor(ones(6), 2), targets: new Float32Array(2), sampleWeights: ones(2), size: 2 },
      1,
    );
    expect([...(await step.readState()).slots.values()].flatMap((slot) => [...slot])).toEqual([0, 0, 0, 0]);
  });

  it('predicts more samples than a batch has', async () => {
    const random = createRandom(12);
    const head = makeHead(random, 30, [{ units: 10, activation: 'relu' }, { units: 3 }]);
    const { features } = makeBatch(random, 100, 30, 3);
    const step = await makeStep(head);
    expect(await step.predict(features, 100)).toBeAllClose(
      new DenseReference(head, binary, optimizers.sgd()).predict(numbersOf({ features }), 100),
      { atol: 1e-5, rtol: 1e-5 },
    );
  });

  it('leaves the weights that it was given alone, and its own after dispose', async () => {
    const head = makeHead(createRandom(13), 8, [{ units: 1 }]);
    const before = head.layers[0]!.kernel.slice();
    const batch = makeBatch(createRandom(14), 4, 8, 1);
    const step = await makeStep(head);
    await step.run(batch, 0.1);
    expect(head.layers[0]!.kernel).toEqual(before);
    await step.dispose();
    await expect(step.run(batch, 0.1)).rejects.toThrow(
      withMessage(
        'dense step: expected a step in use, received one that was disposed of. Create another step.',
      ),
    );
  });

  it('lets the process end, disposed of or not', async () => {
    const program = `
      import { createDenseStep } from './src/core/steps/dense-step.ts';
      import { losses } from './src/core/losses/losses.ts';
      import { optimizers } from './src/core/optimizers/optimizers.ts';
      const units = 600;
      const head = { inputs: 600, layers: [{ name: 'a', units, activation: 'linear', kernel: new Float32Array(600 * units) }] };
      const options = { loss: losses.binaryCrossentropy(), optimizer: optimizers.sgd(), masks: {}, threads: 3 };
      const step = await createDenseStep(head, options);
      await step.predict([{ dtype: 'float32', shape: [1, 600], data: new Float32Array(600) }], 1);
      if (process.argv[2] === 'dispose') await step.dispose();
      console.log('end of program');`;
    const tsx = ['--import', 'tsx', '--input-type=module', '--eval', program];
    for (const how of ['dispose', 'leave']) {
      const { stdout } = await promisify(execFile)(process.execPath, [...tsx, how]);
      expect(stdout).toBe('end of program\n');
    }
  });
});

describe('dense step that knows the next batch', () => {
  const inputs = 90;
  const sizes = [5, 20, 3, 33, 1, 40, 7, 7];
  const batches = sizes.map((size) => makeBatch(createRandom(size), size, inputs, 2));
  const hidden: LayerSketch = { units: 150, activation: 'relu', rate: 0.3 };
  const head = makeHead(createRandom(15), inputs, [hidden, { units: 2 }]);

  /** @param nextOf - What a step is told, by the index of its batch. */
  async function train(
    options: Partial<DenseStepOptions> & { readonly head?: DenseHead; readonly batches?: readonly Batch[] },
    nextOf: (index: number, all: readonly Batch[]) => Batch | undefined,
    then?: (step: TrainingStep, index: number) => Promise<void>,
  ) {
    const step = await makeStep(options.head ?? head, {
      ...options,
      masks: seededDropoutMasks(createRandom(7)),
    });
    const results = [];
    const all = options.batches ?? batches;
    for (const [index, batch] of all.entries()) {
      results.push(await step.run(batch, 0.01, nextOf(index, all)));
      await then?.(step, index);
    }
    return { results, digests: digests(await step.readState()) };
  }

  const nothing = () => undefined;
  const following = (index: number, all: readonly Batch[]) => all[index + 1];
  const predict = async (step: TrainingStep, index: number) => {
    const { features, size } = batches[index]!;
    await step.predict(features, size);
  };

  it.each(Object.entries(OPTIMIZERS))('gives the same bits: %s', async (_, optimizer) => {
    expect(await train({ optimizer }, following)).toEqual(await train({ optimizer }, nothing));
  });

  it('gives the same bits with threads that share evenly or not', async () => {
    const large = makeHead(createRandom(2), 1100, [{ units: 600, activation: 'relu' }, { units: 2 }]);
    const some = [20, 7, 40, 12].map((size) => makeBatch(createRandom(size), size, 1100, 2));
    const expected = await train({ head: large, batches: some, threads: 1 }, nothing);
    for (const threads of [1, 2, 3, 4, 5]) {
      expect(await train({ head: large, batches: some, threads }, following)).toEqual(expected);
    }
  });

  it('gives the same bits with Dropout on the features', async () => {
    const dropping = makeHead(createRandom(16), inputs, [hidden, { units: 2 }], 0.2);
    const expected = await train({ head: dropping }, nothing);
    expect(await train({ head: dropping }, following)).toEqual(expected);
    expect(await train({ head: dropping }, following, predict)).toEqual(expected);
  });

  it('forgets it if something else comes', async () => {
    const expected = await train({}, nothing);
    const another = (index: number, all: readonly Batch[]) => all[(index + 3) % all.length];
    expect(await train({}, another)).toEqual(expected);
    const sameSize = makeBatch(createRandom(77), 20, inputs, 2);
    expect(await train({}, (index, all) => (index === 0 ? sameSize : following(index, all)))).toEqual(
      expected,
    );
    expect(await train({}, following, predict)).toEqual(expected);
  });

  it('goes on with the weights that are written in between', async () => {
    const earlier: StepState[] = [];
    const goBack = async (step: TrainingStep, index: number) => {
      if (index === 1) earlier.push(await step.readState());
      if (index === 3) await step.writeState(earlier.pop()!);
    };
    expect(await train({}, following, goBack)).toEqual(await train({}, nothing, goBack));
  });
});

describe('dense step and the event loop', () => {
  it('lets timers and signals through while it trains without a pause', async () => {
    const step = await makeStep(makeHead(createRandom(1), 2000, [{ units: 100 }]));
    const batch = makeBatch(createRandom(2), 20, 2000, 100);
    let heard = false;
    setTimeout(() => {
      heard = true;
    }, 1);
    for (let i = 0; i < 2000 && !heard; i++) await step.run(batch, 0.01);
    expect(heard).toBe(true);
  });
});

describe('dense step refuses', () => {
  it('a head that does not fit into memory, and says the sum', async () => {
    const kernel = new Float32Array(1000 * 1000);
    const head: DenseHead = {
      inputs: 1000,
      layers: [{ name: 'a', units: 1000, activation: 'linear', kernel }],
    };
    await expect(makeStep(head, { optimizer: optimizers.adam(), availableBytes: 5e6 })).rejects.toThrow(
      withMessage(
        'dense step: expected at most 5.0 MB (what is free), received 13.7 MB: 1000000 weights x 3 (with 2 slots) ' +
          'x 4 bytes = 12.3 MB, and 1.4 MB for a batch of 32. Pool the features, use fewer units, or an optimizer with fewer slots.',
      ),
    );
  });

  it('a last layer that does not give logits', async () => {
    const head = makeHead(createRandom(1), 3, [{ units: 1, activation: 'sigmoid' }]);
    await expect(makeStep(head)).rejects.toThrow(
      withMessage(
        'dense step: expected a last layer that gives logits, received "dense_0" with sigmoid or Dropout after it. ' +
          'Give the last layer activation "linear": the loss brings its own.',
      ),
    );
  });

  it('weights and features of another size', async () => {
    const kernel = new Float32Array(7);
    await expect(
      makeStep({ inputs: 3, layers: [{ name: 'a', units: 2, activation: 'linear', kernel }] }),
    ).rejects.toThrow(
      withMessage(
        'layer "a": expected a kernel [3, 2] and a bias [2], received a kernel of 7 numbers. ' +
          'Give weights that fit the layer before and the units.',
      ),
    );
    const step = await makeStep(makeHead(createRandom(1), 3, [{ units: 1 }]));
    const weights = new Map([['dense_0/kernel', new Float32Array(2)]]);
    await expect(step.writeState({ iteration: 1, weights, slots: new Map() })).rejects.toThrow(
      withMessage(
        'state "dense_0/kernel": expected 3 numbers, received 2. Give the state of a step with the same layers.',
      ),
    );
    await expect(step.predict(oneTensor(new Float32Array(4), 1), 1)).rejects.toThrow(
      withMessage(
        'dense step: expected features [1, 3], received 4 numbers. Give the features of the model whose head this is.',
      ),
    );
  });
});
