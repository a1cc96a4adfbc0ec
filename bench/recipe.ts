/** @file The recipe from end to end, 40 epochs: `graft train` beside Keras as the text writes it, and PyTorch. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pythonEnvironment } from './contender.ts';
import { dataSet } from './data-sets.ts';
import { median, type Ratio, ratioOf, showMegabytes, showRatio, table } from './figures.ts';
import { runGraft } from './graft-command.ts';
import { inceptionWeights } from './inception-weights.ts';
import { type MeasuredProcess, measureProcess } from './measured-process.ts';
import type { Peers } from './peers.ts';
import { inTurns, type Report } from './rounds.ts';

export type Augmentation = 'none' | 'book';

export interface RecipeOptions {
  readonly rounds: number;
  /** Of the recipe. */
  readonly epochs: number;
  /** Epochs that the peers really run; the rest is reckoned from all of these but the first. */
  readonly measuredEpochs: number;
  readonly augmentations: readonly Augmentation[];
  readonly peers: Peers;
  readonly report: Report;
}

export interface RecipeRow {
  readonly contender: string;
  readonly augmentation: Augmentation;
  readonly epochs: number;
  /** Fewer than `epochs` where the rest was reckoned. */
  readonly measuredEpochs: number;
  /** Of all epochs, from the start of the process to its end; a figure for each round. */
  readonly seconds: readonly number[];
  /** This contender's time over that of `graft train` with an empty cache; absent for that one. */
  readonly ratio?: Ratio | undefined;
  /** Of the best of the epochs that ran. */
  readonly validationAccuracy: number;
  readonly peakBytes: number;
  readonly peakAnonymousBytes: number;
}

export interface RecipeComparison {
  readonly rows: readonly RecipeRow[];
  readonly leftOut: readonly string[];
}

interface Outcome {
  readonly seconds: number;
  readonly measuredEpochs: number;
  readonly validationAccuracy: number;
  readonly process: MeasuredProcess;
}

interface Runner {
  readonly name: string;
  run(): Promise<Outcome>;
}

/** What the peers' scripts print. */
interface PeerAnswer {
  readonly epochSeconds: readonly number[];
  readonly validationAccuracy: readonly number[];
}

export async function compareRecipes(options: RecipeOptions): Promise<RecipeComparison> {
  const data = dataSet('horses-or-humans');
  if (data === undefined) return { rows: [], leftOut: ['the recipe: there is no ../shared/data'] };
  const weights = await inceptionWeights();
  const folder = mkdtempSync(join(tmpdir(), 'graft-bench-recipe-'));
  const rows: RecipeRow[] = [];
  try {
    for (const augmentation of options.augmentations) {
      const runners = [
        ...graftRunners(folder, data, weights, augmentation, options.epochs),
        ...peerRunners(data, weights, augmentation, options),
      ];
      const outcomes = await inTurns(runners, options.rounds, (runner) => {
        options.report(`recipe, augmentation ${augmentation}: ${runner.name}`);
        return runner.run();
      });
      const times = outcomes.map((list) => list.map(({ seconds }) => seconds));
      runners.forEach(({ name }, index) => {
        const list = outcomes[index]!;
        rows.push({
          contender: name,
          augmentation,
          epochs: options.epochs,
          measuredEpochs: list[0]!.measuredEpochs,
          seconds: times[index]!,
          ratio: index > 0 ? ratioOf(times[index]!, times[0]!) : undefined,
          validationAccuracy: list[0]!.validationAccuracy,
          peakBytes: Math.max(...list.map(({ process }) => process.peakBytes)),
          peakAnonymousBytes: Math.max(...list.map(({ process }) => process.peakAnonymousBytes)),
        });
      });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { rows, leftOut: [] };
}

export function showRecipes({ rows, leftOut }: RecipeComparison): string {
  const cells = rows.map((row) => [
    row.contender,
    row.augmentation,
    row.seconds.map((seconds) => seconds.toFixed(1)).join(', '),
    row.measuredEpochs < row.epochs
      ? `measured ${row.measuredEpochs} epochs, scaled to ${row.epochs}`
      : `${row.epochs} epochs`,
    showRatio(row.ratio),
    `${(row.validationAccuracy * 100).toFixed(1)} %`,
    showMegabytes(row.peakBytes),
    showMegabytes(row.peakAnonymousBytes),
  ]);
  return [
    table(
      [
        'contender',
        'augmentation',
        'seconds',
        'of them',
        'x Graft, empty cache',
        'best validation',
        'peak MiB',
        'anonymous MiB',
      ],
      cells,
    ),
    ...leftOut.map((line) => `\nLeft out: ${line}`),
  ].join('\n');
}

/** The second run finds the cache that the first one filled; where turns go backwards, that of the round before. */
function graftRunners(
  folder: string,
  data: string,
  weights: string,
  augmentation: Augmentation,
  epochs: number,
): Runner[] {
  let homes = 0;
  const run = async (home: string, views: string[]): Promise<Outcome> => {
    const out = mkdtempSync(join(folder, 'run-'));
    const measured = await runGraft(
      [
        ...['train', data, '--json', '--out', out, '--overwrite'],
        ...['--backbone', 'inception_v3', '--weights', weights, '--cut', 'mixed7', '--size', '150'],
        ...['--preprocessing', 'zero-to-one', '--head', 'book', '--optimizer', 'rmsprop', '--lr', '1e-4'],
        ...['--batch', '20', '--epochs', `${epochs}`, '--patience', '0', '--validation', join(data, 'val')],
        ...(augmentation === 'none' ? [] : ['--augment', augmentation, ...views]),
      ],
      home,
    );
    const validationAccuracy = bestValidation(join(out, 'history.csv'));
    rmSync(out, { recursive: true, force: true });
    return {
      seconds: measured.seconds,
      measuredEpochs: epochs,
      validationAccuracy,
      process: measured,
    };
  };
  let filled = '';
  const freshHome = (): string => join(folder, `home-${homes++}`);
  const cold: Runner = {
    name: 'Graft, empty cache',
    run() {
      filled = freshHome();
      return run(filled, []);
    },
  };
  const warm: Runner = { name: 'Graft, filled cache', run: () => run(filled, []) };
  if (augmentation === 'none') return [cold, warm];
  const always: Runner = {
    name: 'Graft, new views in every epoch',
    run: () => run(freshHome(), ['--views', '0']),
  };
  return [cold, warm, always];
}

/** The same of all: `graft train` itself keeps the epoch of the least loss. */
function bestValidation(history: string): number {
  const [head, ...epochs] = readFileSync(history, 'utf8').trim().split('\n');
  const column = head!.split(',').indexOf('val_accuracy');
  return Math.max(...epochs.map((epoch) => Number(epoch.split(',')[column])));
}

function peerRunners(
  data: string,
  weights: string,
  augmentation: Augmentation,
  options: RecipeOptions,
): Runner[] {
  const { epochs, measuredEpochs, peers } = options;
  const peer = (name: string, script: string, python: string | undefined): Runner[] => {
    if (python === undefined) return [];
    const path = fileURLToPath(new URL(script, import.meta.url));
    const run = async (): Promise<Outcome> => {
      const count = Math.min(epochs, measuredEpochs);
      const args = [path, data, weights, `${count}`, augmentation];
      const measured = await measureProcess(python, args, pythonEnvironment());
      const answer = JSON.parse(measured.output.trim().split('\n').at(-1)!) as PeerAnswer;
      // The first epoch warms up, and stands for itself alone.
      const each = median(count > 1 ? answer.epochSeconds.slice(1) : answer.epochSeconds);
      return {
        seconds: measured.seconds + (epochs - count) * each,
        measuredEpochs: count,
        validationAccuracy: Math.max(...answer.validationAccuracy),
        process: measured,
      };
    };
    return [{ name, run }];
  };
  return [
    ...peer('Keras, as the text writes it', 'recipe-keras.py', peers.keras),
    ...peer('PyTorch, written the same way', 'recipe-torch.py', peers.torch),
  ];
}
