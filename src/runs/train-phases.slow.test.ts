import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawImages } from '../../tests/e2e/drawn-images.ts';
import { copiedState } from '../../tests/support/fit-state.ts';
import { writeFiles } from '../../tests/support/image-folder.ts';
import { withMessage } from '../../tests/support/saying.ts';
import type { Checkpoint } from '../core/fit/run-checkpoints.ts';
import type { Functional } from '../core/layers/functional.ts';
import { gatherImages, type ImageSets } from '../node/training/image-sets.ts';
import { trainClassifier } from '../node/training/train-classifier.ts';
import { DEFAULT_RECIPE, type PhaseChange } from '../recipe/recipe.ts';
import type { ClassifierOptions } from './classifier-options.ts';

let root: string;
let images: ImageSets;
const RECIPE = { ...DEFAULT_RECIPE, sizePx: 48, epochs: 3, learningRate: 1e-2, seed: 3 };
const TOP: PhaseChange = { unfreeze: 'block_15_project', learningRate: 1e-3, epochs: 2, optimizer: 'sgd' };

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'graft-phases-'));
  for (const motif of ['bars', 'discs'] as const) await drawImages(join(root, 'data'), motif, 10);
  images = await gatherImages(join(root, 'data'), RECIPE);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const train = (phases: readonly PhaseChange[], options: Partial<ClassifierOptions> = {}) =>
  trainClassifier(images, { folder: 'data', recipe: { ...RECIPE, phases }, ...options });

describe('phases', () => {
  it('count epochs on, for everyone who hears of them', async () => {
    const heard: string[] = [];
    const begun: unknown[] = [];
    const { history } = await train([TOP], {
      onEpoch: ({ epoch }) => heard.push(`event ${epoch}`),
      onPhase: (index, phase, features) => begun.push([index, phase.unfreeze, features]),
      callbacks: [
        {
          onEpochBegin: (epoch) => void heard.push(`begin ${epoch}`),
          onEpochEnd: ({ epoch }) => void heard.push(`end ${epoch}`),
        },
      ],
    });
    expect(history.epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5]);
    expect(heard).toEqual([1, 2, 3, 4, 5].flatMap((n) => [`begin ${n}`, `event ${n}`, `end ${n}`]));
    expect(begun).toEqual([
      [0, null, 20],
      [1, 'block_15_project', 20],
    ]);
  });

  it('take on the features of the phase before where the freeze boundary is the same', async () => {
    const once = await train([]);
    const twice = await train([{ learningRate: 1e-3 }]);
    expect(once.features.computed).toBe(20);
    expect(twice.features.computed).toBe(20);
    expect((await train([TOP])).features.computed).toBe(40);
  });

  it('are looked at before the first begins, and leave the model as it is until they train', async () => {
    const trainable = (model: Functional): string[] =>
      model.layers.filter((layer) => layer.trainable && layer.weights.length > 0).map(({ name }) => name);
    const seen: string[][] = [];
    const trained = await train([TOP], {
      onModel: ({ backbone }) => void seen.push(trainable(backbone.model)),
      onPreflight: ({ phases }) => {
        // More weights in the second phase, known before.
        seen.push(phases.map(({ trainable: weights }) => `${weights > 1e4}`));
      },
      onPhase: () => void seen.push([]),
    });
    expect(seen).toEqual([[], ['false', 'true'], [], []]);
    expect(trainable(trained.backbone.model)).toContain('block_15_project');
  });

  it('are told side by side, by the metric that is monitored and by the accuracy', async () => {
    const { history, phases, bestEpoch } = await train([TOP, { learningRate: 5, epochs: 1 }]);
    expect(history.epochs.map(({ phase }) => phase)).toEqual([1, 1, 1, 2, 2, 3]);
    expect(phases.map(({ phase, firstEpoch, epochs }) => [phase, firstEpoch, epochs])).toEqual([
      [1, 1, 3],
      [2, 4, 2],
      [3, 6, 1],
    ]);
    for (const { bestEpoch: epoch, value, beside, isKept } of phases) {
      const { logs } = history.epochs[epoch - 1]!;
      expect({ value, beside }).toEqual({
        value: logs['val_loss'],
        beside: { name: 'val_accuracy', value: logs['val_accuracy'] },
      });
      expect(isKept).toBe(epoch === bestEpoch);
    }
    expect((await train([])).phases).toEqual([]);
  });

  it('never end worse than the phase before', async () => {
    const once = await train([]);
    const ruined = await train([{ learningRate: 5, epochs: 2 }]);
    expect(ruined.validation).toEqual(once.validation);
    expect(ruined.bestEpoch).toBe(once.bestEpoch);
  });

  it('keep their last epoch where they are asked to, and stop within one with the weights of the one before', async () => {
    // Where probabilities are scaled, the loss is another one than in the history.
    const phases = [{ learningRate: 0.05, epochs: 2, keepEpoch: 'last' as const }];
    const recipe = { ...RECIPE, batchSize: 8, calibration: 'none' as const, phases };
    const last = await train([], { recipe });
    expect(last.bestEpoch).toBe(5);
    expect(last.validation.loss).toBeCloseTo(last.history.epochs[4]!.logs['val_loss']!, 5);
    const stop = new AbortController();
    const stopped = await train([], {
      recipe,
      signal: stop.signal,
      onStep: ({ epoch, epochs }) => {
        if (epochs === 2 && epoch === 2) stop.abort();
      },
    });
    expect(stopped.history.ended).toBe('interrupted');
    expect(stopped.bestEpoch).toBe(4);
    expect(stopped.validation.loss).toBeCloseTo(last.history.epochs[3]!.logs['val_loss']!, 5);
  });

  it('lose nothing to an interruption while the features of the next are computed', async () => {
    const once = await train([]);
    const stop = new AbortController();
    const stopped = await train([TOP], {
      signal: stop.signal,
      onPhase: (index) => {
        if (index === 1) stop.abort();
      },
    });
    expect(stopped.history.ended).toBe('interrupted');
    expect(stopped.validation).toEqual(once.validation);
    expect(stopped.train).toEqual(once.train);
  });
});

describe('a checkpoint that says what no training comes to', () => {
  /** After the first epoch of the first phase. */
  const first: Promise<Checkpoint> = new Promise((resolve) => {
    beforeAll(async () => {
      await train([TOP], {
        checkpoints: {
          resumes: false,
          resume: async () => undefined,
          isDue: () => true,
          save: async (_, { fit, ...rest }) => resolve({ ...rest, fit: copiedState(fit) }),
        },
      });
    });
  });

  it.each<[string, Partial<Checkpoint>, Partial<Checkpoint['fit']>]>([
    ['phase 9 of 2, counted from 0', { phase: 9 }, {}],
    ['phase 2 of 2, counted from 0', { phase: 2 }, {}],
    ['epoch 4 of 3', {}, { epoch: 4 }],
    ['epoch 0 of 3', {}, { epoch: 0 }],
    ['0 epochs of history before epoch 3', {}, { epoch: 3, records: [] }],
    ['a learning rate of Infinity', {}, { learningRate: Number.POSITIVE_INFINITY }],
    ['a learning rate of -1', {}, { learningRate: -1 }],
  ])('is refused, never the silent end of a run: %s', async (received, change, fitChange) => {
    const whole = await first;
    const begun = { ...whole.fit, epoch: 1, records: [], soFar: undefined };
    const { soFar: _, ...fit } = { ...begun, ...fitChange };
    const checkpoint = { ...whole, phase: 0, ...change, fit };
    const resuming = train([TOP], {
      checkpoints: {
        resumes: true,
        resume: async () => checkpoint,
        isDue: () => false,
        save: async () => {},
      },
    });
    await expect(resuming).rejects.toThrow(
      withMessage(
        `checkpoint: expected a state that this training can come to, received ${received}. Start a new run.`,
      ),
    );
  });
});

it('a test folder in which nothing can be read is refused', async () => {
  const data = join(root, 'split');
  for (const part of ['train', 'val'])
    for (const motif of ['bars', 'discs'] as const) await drawImages(join(data, part), motif, 4);
  await writeFiles(data, { 'test/bars/a.jpg': 'x', 'test/discs/b.jpg': 'x' });
  await expect(
    trainClassifier(await gatherImages(data, RECIPE), { folder: 'split', recipe: RECIPE }),
  ).rejects.toThrow(
    withMessage(
      'image folder "split": expected at least 1 readable test image, received none. Add images to test/, or remove the folder.',
    ),
  );
});
