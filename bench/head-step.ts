/** @file Milliseconds a training step of the recipe's head, 38.5 million weights, beside PyTorch's, Keras' and TensorFlow.js'. */

import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ContenderCommand, runContender, whyNot } from './contender.ts';
import {
  type Figures,
  figuresOf,
  median,
  type Ratio,
  ratioOf,
  showFigures,
  showMegabytes,
  showRatio,
  table,
} from './figures.ts';
import { type HeadData, writeHeadData } from './head-data.ts';
import type { Peers } from './peers.ts';
import { inTurns, type Report } from './rounds.ts';

const WARM_UP = 6;
const STEPS = 20;
/** Of those whose steps take seconds. */
const SLOW_STEPS = 5;

/** Steps whose losses are compared; later ones drift apart by rounding alone. */
const CHECKED_STEPS = 5;
const RELATIVE_TOLERANCE = 1e-4;
const ABSOLUTE_TOLERANCE = 1e-6;

export interface HeadStepAnswer {
  readonly times: readonly number[];
  readonly losses: readonly number[];
  readonly peakBytes: number;
}

export interface HeadStepRow {
  readonly batch: number;
  readonly contender: string;
  /** A step. */
  readonly figures: Figures;
  /** This contender's time over that of our dense step with all threads; absent for that one. */
  readonly ratio?: Ratio | undefined;
  readonly peakBytes: number;
  /** Of the first steps. */
  readonly losses: readonly number[];
}

export interface HeadStepComparison {
  readonly data: HeadData;
  readonly rows: readonly HeadStepRow[];
  /** Contenders that could not run, and why. */
  readonly leftOut: readonly string[];
}

/** A process a contender and round. All have the same features, batches and first weights. */
export async function compareHeadSteps(options: {
  readonly rounds: number;
  readonly batches?: readonly number[] | undefined;
  readonly peers: Peers;
  readonly report: Report;
}): Promise<HeadStepComparison> {
  const { peers, batches = [20, 32, 64] } = options;
  const folder = mkdtempSync(join(tmpdir(), 'graft-bench-head-step-'));
  try {
    options.report('features for the head');
    const data = await writeHeadData(folder, { batches, steps: WARM_UP + STEPS });
    const contenders = ours(folder);
    const leftOut: string[] = [];
    for (const peer of peersOf(folder, peers)) {
      const command = peer(batches[0]!);
      options.report(`trying ${command.name}`);
      const reason = await whyNot(command);
      if (reason === undefined) contenders.push(peer);
      else leftOut.push(`${command.name}: ${reason}`);
    }
    const rows: HeadStepRow[] = [];
    for (const batch of batches) {
      options.report(`head, batch ${batch}`);
      const atBatch = contenders.map((contender) => contender(batch));
      const compared = await compareBatch(batch, atBatch, options.rounds);
      rows.push(...compared);
      if (peers.torch !== undefined) {
        const checked = torch('keras', folder, peers.torch, CHECKED_STEPS)(batch);
        refuseOtherLosses(compared, await runContender(checked));
      }
    }
    return { data, rows, leftOut };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function showHeadSteps({ data, rows, leftOut }: HeadStepComparison): string {
  const silent = Object.entries(data.silentInputs).map(
    ([batch, share]) => `${percent(share)} of the inputs are zero in a whole batch of ${batch}`,
  );
  return [
    `${data.source}: ${percent(data.density)} non-zero; ${silent.join(', ')}`,
    '',
    table(
      ['contender', 'batch', 'ms a step', 'x dense step', 'peak MiB', 'first loss', `loss ${CHECKED_STEPS}`],
      rows.map((row) => [
        row.contender,
        `${row.batch}`,
        showFigures(row.figures),
        showRatio(row.ratio),
        showMegabytes(row.peakBytes),
        row.losses[0]!.toFixed(5),
        row.losses[CHECKED_STEPS - 1]!.toFixed(5),
      ]),
      1,
    ),
    ...leftOut.map((line) => `\nLeft out: ${line}`),
  ].join('\n');
}

type HeadContender = (batch: number) => ContenderCommand;

/** The first one is what the others are compared with. */
function ours(folder: string): HeadContender[] {
  const cores = availableParallelism();
  const graft =
    (kind: 'dense' | 'graph', threads: number): HeadContender =>
    (batch) => ({
      name: `Graft, ${kind} step, ${threads} thread${threads === 1 ? '' : 's'}`,
      script: 'head-step-graft.ts',
      args: [folder, `${batch}`, kind, `${threads}`],
    });
  return [graft('dense', cores), ...(cores > 1 ? [graft('dense', 1)] : []), graft('graph', cores)];
}

function peersOf(folder: string, peers: Peers): HeadContender[] {
  const { keras: python, tfjs } = peers;
  const cores = availableParallelism();
  const keras =
    (name: string, mode: string): HeadContender =>
    (batch) => ({
      name: `Keras, ${name}, ${cores} threads`,
      script: 'head-step-keras.py',
      args: [folder, `${batch}`, mode, `${cores}`, `${WARM_UP + STEPS}`],
      python,
    });
  const inTfjs: HeadContender = (batch) => ({
    name: 'TensorFlow.js, 1 thread',
    script: 'head-step-tfjs.ts',
    args: [folder, `${batch}`, `${WARM_UP + SLOW_STEPS}`, tfjs!],
  });
  return [
    ...(peers.torch === undefined
      ? []
      : [torch('eager', folder, peers.torch), torch('compiled', folder, peers.torch)]),
    ...(python === undefined ? [] : [keras('train_on_batch', 'plain'), keras('XLA', 'xla')]),
    ...(tfjs === undefined ? [] : [inTfjs]),
  ];
}

function torch(mode: string, folder: string, python: string, steps = WARM_UP + STEPS): HeadContender {
  const cores = availableParallelism();
  return (batch) => ({
    name: `PyTorch, ${mode}, ${cores} threads`,
    script: 'head-step-torch.py',
    args: [folder, `${batch}`, mode, `${cores}`, `${steps}`],
    python,
    // Compiled in the first round, found again in the others.
    env: { TORCHINDUCTOR_CACHE_DIR: join(folder, 'inductor') },
  });
}

async function compareBatch(
  batch: number,
  commands: readonly ContenderCommand[],
  rounds: number,
): Promise<HeadStepRow[]> {
  const answers = await inTurns(commands, rounds, (command) => runContender<HeadStepAnswer>(command));
  const times = answers.map((list) => list.map((answer) => median(answer.times.slice(WARM_UP))));
  return commands.map(({ name }, index) => ({
    batch,
    contender: name,
    figures: figuresOf(times[index]!),
    ratio: index > 0 ? ratioOf(times[index]!, times[0]!) : undefined,
    peakBytes: Math.max(...answers[index]!.map(({ peakBytes }) => peakBytes)),
    losses: answers[index]![0]!.losses,
  }));
}

/**
 * Nobody wins by computing something else: the first losses are those of PyTorch with Keras' update. PyTorch's own
 * update adds epsilon elsewhere, so there only the first forward pass has to agree.
 */
function refuseOtherLosses(rows: readonly HeadStepRow[], expected: HeadStepAnswer): void {
  for (const { contender, batch, losses } of rows) {
    const steps = contender.startsWith('PyTorch') ? 1 : CHECKED_STEPS;
    for (let step = 0; step < steps; step++) {
      const [ours, theirs] = [losses[step]!, expected.losses[step]!];
      if (Math.abs(ours - theirs) <= ABSOLUTE_TOLERANCE + RELATIVE_TOLERANCE * Math.abs(theirs)) continue;
      throw new Error(
        `${contender}, batch ${batch}: loss ${ours} in step ${step + 1}, PyTorch with Keras' update ${theirs}`,
      );
    }
  }
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
