/** @file Flips single bits of what a stopped run left to be resumed from, and resumes: a result may change only with words. */

import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { GraftError } from '../../src/core/errors/graft-error.ts';
import type { FeatureStores } from '../../src/core/features/feature-spaces.ts';
import { createRandom } from '../../src/core/tensor/random.ts';
import { DEFAULT_LIMIT_BYTES, openFeatureCache } from '../../src/node/feature-cache/feature-cache.ts';
import { resumeTraining, type TrainOptions, train } from '../../src/use-cases/train.ts';
import { drawImages } from '../e2e/drawn-images.ts';

export interface FlipOptions {
  /** An empty folder to work in. */
  readonly folder: string;
  /** Bits that are flipped, each in a copy of its own. */
  readonly count: number;
  readonly seed: number;
  /** Hears of each flip. */
  readonly onFlip?: (flip: Flip) => void;
}

export interface Flip {
  /** Below the run's folder. */
  readonly file: string;
  /** Bit of the file, the lowest of each byte first. */
  readonly bit: number;
  readonly outcome: Outcome;
  /** What was said: the error, or the notes. */
  readonly said: string;
}

/**
 * - `refused`: with a message that names the damaged file;
 * - `older checkpoint`: the file was named, the checkpoint before it taken, and the result is the same to the bit;
 * - `same result`: nothing was said, and the result is the same to the bit;
 * - `fault`: anything else.
 */
export type Outcome = 'refused' | 'older checkpoint' | 'same result' | 'fault';

const CHECKPOINTS = '.graft-checkpoints';
const MODEL = 'model.onnx';
const RESULTS: readonly string[] = [MODEL, 'recipe.json', 'history.csv', 'curves.svg'];

/** A phase has ended, so that there are earlier epochs; Dropout, a momentum and the best weights are part of the state. */
const RECIPE = {
  sizePx: 32,
  batchSize: 4,
  epochs: 4,
  patience: 3,
  head: 'gap,dense:4:relu,dropout:0.3',
  optimizer: 'adam',
  seed: 5,
  phases: [{ learningRate: 1e-4, epochs: 4 }],
} satisfies TrainOptions['recipe'];
/** Of 4 in each phase. */
const EPOCHS_TO_STOP = 6;

/** Trains a small run, stops it in its second phase, and resumes it once for each flipped bit. */
export async function flipCheckpoints(options: FlipOptions): Promise<Flip[]> {
  const { folder, count, seed, onFlip } = options;
  const data = join(folder, 'data');
  for (const motif of ['bars', 'discs'] as const) await drawImages(data, motif, 12);
  const cache = await openFeatureCache({
    folder: join(folder, 'features'),
    limitBytes: DEFAULT_LIMIT_BYTES,
    onProblem: (problem) => {
      throw problem;
    },
  });
  try {
    const whole = join(folder, 'whole');
    const usual = new Set<string>();
    await train(data, {
      recipe: RECIPE,
      out: whole,
      cache,
      report: false,
      onEvent: (event) => {
        if (event.type === 'note') usual.add(event.text);
      },
    });
    const stopped = join(folder, 'stopped');
    await trainUntilStopped(data, stopped, cache);
    const expected = await readFile(join(whole, MODEL));
    const random = createRandom(seed);
    const files = await stateFiles(stopped);
    const flips: Flip[] = [];
    for (let index = 0; index < count; index++) {
      // Files have equal chances, or hardly a bit would be one of a manifest.
      const file = files[random.integer(files.length)]!;
      const run = join(folder, 'flipped');
      await rm(run, { recursive: true, force: true });
      await cp(stopped, run, { recursive: true });
      const bytes = await readFile(join(run, file));
      const bit = random.integer(bytes.length * 8);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      await writeFile(join(run, file), bytes);
      const flip = { file, bit, ...(await resumeFlipped(run, file, { expected, usual, cache })) };
      flips.push(flip);
      onFlip?.(flip);
    }
    return flips;
  } finally {
    await cache.close();
  }
}

/** Leaves a run as a kill would: with what it needs to go on, and without a result. */
async function trainUntilStopped(data: string, run: string, cache: FeatureStores): Promise<void> {
  const stop = new AbortController();
  let epochs = 0;
  await train(data, {
    recipe: RECIPE,
    out: run,
    cache,
    checkpointSeconds: 0,
    signal: stop.signal,
    onEvent: (event) => {
      if (event.type === 'epoch') epochs += 1;
      // Not at a step: of fast ones, not all are told.
      if (epochs === EPOCHS_TO_STOP) stop.abort();
    },
  });
  for (const name of RESULTS) await rm(join(run, name));
}

/** What a run is resumed from: its recipe, the newest checkpoint and the one before it. */
async function stateFiles(run: string): Promise<string[]> {
  const checkpoints = (await readdir(join(run, CHECKPOINTS))).toSorted();
  const files = ['run.json', ...checkpoints.map((name) => join(CHECKPOINTS, name))];
  if (files.length !== 5) throw new Error(`A stopped run left ${files.join(', ')}.`);
  return files;
}

/** What a training is like that nothing has hurt. */
interface Whole {
  readonly expected: Buffer;
  /** Its notes. */
  readonly usual: ReadonlySet<string>;
  readonly cache: FeatureStores;
}

async function resumeFlipped(
  run: string,
  file: string,
  { expected, usual, cache }: Whole,
): Promise<Pick<Flip, 'outcome' | 'said'>> {
  const notes: string[] = [];
  try {
    await resumeTraining(run, {
      cache,
      report: false,
      onEvent: (event) => {
        if (event.type === 'note' && !usual.has(event.text)) notes.push(event.text);
      },
    });
  } catch (error) {
    const said = String(error);
    const isNamed = error instanceof GraftError && said.includes(run) && said.includes(basename(file));
    return { outcome: isNamed ? 'refused' : 'fault', said };
  }
  const said = notes.join('\n');
  if (!expected.equals(await readFile(join(run, MODEL))))
    return { outcome: 'fault', said: `another result. ${said}` };
  if (notes.length === 0) return { outcome: 'same result', said };
  return { outcome: said.includes(join(run, file)) ? 'older checkpoint' : 'fault', said };
}
