/** @file Trainings and sweeps on texts, as a worker of a page does them, here with the browser's file system in memory. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { FakeFolder } from '../../tests/support/fake-opfs.ts';
import type { TrainingEvent } from '../events/training-event.ts';
import { findUseLite } from '../node/text/use-lite-files.ts';
import { USE_LITE_FILES } from '../text/encoders/use-lite-files.ts';
import type { LabeledText } from './labeled-texts.ts';
import { removeStoredCheckpoints } from './stored-checkpoints.ts';
import { sweepGivenTexts } from './sweep-given-texts.ts';
import { type TextTrainingSettings, trainGivenTexts } from './train-given-texts.ts';

const FROM = 'transformer_layer_1_self_attention';
const ANIMALS = ['cat', 'dog', 'horse', 'cow', 'goose', 'goat', 'pig', 'hen', 'sheep', 'mouse'];
const PARTS = ['engine', 'gearbox', 'brake', 'tyre', 'clutch', 'bumper', 'battery', 'axle', 'wiper', 'fuse'];
const ROWS: readonly LabeledText[] = ANIMALS.flatMap((animal, index) => [
  { text: `the ${animal} sleeps in the barn`, label: 'farm' },
  { text: `my ${PARTS[index]} is broken again`, label: 'garage' },
]);

let backbone: Record<string, Uint8Array>;

beforeAll(async () => {
  const folder = findUseLite()!;
  const files = USE_LITE_FILES.map(async (name) => [name, await readFile(join(folder, name))] as const);
  backbone = Object.fromEntries(await Promise.all(files));
});
afterAll(() => {
  backbone = {};
});

describe('a training on texts that names a checkpoint', () => {
  afterEach(() => vi.unstubAllGlobals());

  const recipe = { epochs: 3, ngrams: 2, phases: [{ lora: 2, loraFrom: FROM, epochs: 3, batchSize: 4 }] };

  it.each([
    ['its first phase', 2],
    ['the phase of adapters', 4],
  ])('goes on where it was stopped in %s, and gives the file of one that was not', async (_, epoch) => {
    inWorker();
    const { hash } = await train({ recipe });
    const { report, hash: early } = await train({ recipe, checkpoint: 'mine' }, epoch);
    expect(report.ended).toBe('interrupted');
    expect(early).not.toBe(hash);
    const resumed = await train({ recipe, checkpoint: 'mine' });
    const [begun] = resumed.events.filter(({ type }) => type === 'resume');
    const before = Array.from({ length: epoch }, (_, index) => ({ type: 'epoch', epoch: index + 1 }));
    expect(begun).toMatchObject({ epoch: epoch + 1, step: 0, epochs: before });
    expect(epochsOf(resumed.events)[0]).toBe(epoch + 1);
    expect(resumed.hash).toBe(hash);
  });

  it('is refused on other texts, and begins anew once it has come to its end', async () => {
    inWorker();
    const short = { recipe: { epochs: 4 }, checkpoint: 'mine' };
    await train(short, 1);
    await expect(train(short, undefined, ROWS.slice(2))).rejects.toThrow(
      'checkpoint "mine": expected one of this training, received one of other texts, another recipe, network or version of Graft. Put the texts back as they were, or train anew under another name.',
    );
    expect(epochsOf((await train(short)).events)).toEqual([2, 3, 4]);
    expect(epochsOf((await train(short)).events)).toEqual([1, 2, 3, 4]);
    await train(short, 1);
    await removeStoredCheckpoints('mine');
    expect(epochsOf((await train(short)).events)).toEqual([1, 2, 3, 4]);
  });
});

describe('a sweep on texts', () => {
  it.each([
    ['with the features of the network', {}],
    ['with n-grams', { ngrams: 2 }],
    ['with epochs by how many train', { epochs: undefined }],
  ])(
    'computes features once for all combinations, and gives the bytes of a training: %s',
    async (_, more) => {
      const recipe = { epochs: 3, ...more };
      const axes = { heads: ['linear', 'dense:4:relu'], learningRates: [1e-7, 1e-2] };
      const dones: number[] = [];
      const swept = await sweepGivenTexts(ROWS, {
        backbone,
        recipe,
        axes,
        onEvent: (event) => {
          if (event.type === 'combination') dones.push(event.done);
        },
      });
      const { rows, features, ended, modality } = swept.report;
      expect([ended, modality, rows.length, dones]).toEqual(['complete', 'text', 4, [1, 2, 3, 4]]);
      expect(features).toEqual({ computed: ROWS.length, cached: 0 });
      const { head, learningRate, epochs } = rows[0]!;
      expect(learningRate).toBe(1e-2);
      const alone = await train({ recipe: { ...recipe, head, learningRate } });
      expect(hashOf(swept.model)).toBe(alone.hash);
      expect(swept.history.map(({ epoch }) => epoch)).toEqual(epochsOf(alone.events));
      expect(epochs).toBe(alone.report.epochs);
    },
  );

  it('refuses what would train more than heads before it looks at a text', async () => {
    const sweep = (recipe: object, axes: object): Promise<unknown> =>
      sweepGivenTexts([], { backbone, recipe, axes });
    await expect(sweep({ lora: 2 }, { learningRates: [1e-3] })).rejects.toThrow(
      'sweep: expected recipes that train the head alone, received one that trains adapters of rank 2.',
    );
    await expect(sweep({}, { learningRates: [] })).rejects.toThrow(
      'sweep, learning rates: expected at least 1, and none of them empty, received none.',
    );
  });
});

/** @param stopAfter - An epoch after which it is told to stop. */
async function train(settings: TextTrainingSettings, stopAfter?: number, rows = ROWS) {
  const events: TrainingEvent[] = [];
  const stop = new AbortController();
  const trained = await trainGivenTexts(rows, {
    ...settings,
    backbone,
    cache: false,
    signal: stop.signal,
    onEvent(event) {
      events.push(event);
      if (event.type === 'epoch' && event.epoch === stopAfter) stop.abort();
    },
  });
  return { report: trained.report, hash: hashOf(trained.model), events };
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function epochsOf(events: readonly TrainingEvent[]): number[] {
  return events.flatMap((event) => (event.type === 'epoch' ? [event.epoch] : []));
}

function inWorker(): void {
  const root = new FakeFolder();
  vi.stubGlobal('navigator', { storage: { getDirectory: async () => root } });
  vi.stubGlobal('WorkerGlobalScope', class {});
}
