/** @file Milliseconds a training step of the recipe's head, 38.5 million weights, beside PyTorch's. */

import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ContenderCommand, runContender } from './contender.ts';
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
import { inTurns, type Report } from './rounds.ts';

const WARM_UP = 6;
const STEPS = 20;

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
  readonly ratio?: Ratio;
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
  readonly python: string | undefined;
  readonly report: Report;
}): Promise<HeadStepComparison> {
  const { python, batches = [20, 32, 64] } = options;
  const folder = mkdtempSync(join(tmpdir(), 'graft-bench-head-step-'));
  try {
    options.report('features for the head');
    const data = await writeHeadData(folder, { batches, steps: WARM_UP + STEPS });
    const contenders = contendersOf(folder, python);
    const leftOut: string[] = [];
    if (python !== undefined) {
      options.report('torch.compile');
      const compiled = torch('compiled', folder, python);
      const reason = await whyNot(compiled(batches[0]!));
      if (reason === undefined) contenders.push(compiled);
      else leftOut.push(`PyTorch, compiled: ${reason}`);
    }
    const rows: HeadStepRow[] = [];
    for (const batch of batches) {
      options.report(`head, batch ${batch}`);
      const atBatch = contenders.map((contender) => contender(batch));
      const compared = await compareBatch(batch, atBatch, options.rounds);
      rows.push(...compared);
      if (python !== undefined) {
        refuseOtherLosses(compared, await runContender(torch('keras', folder, python, CHECKED_STEPS)(batch)));
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
function contendersOf(folder: string, python: string | undefined): HeadContender[] {
  const cores = availableParallelism();
  const ours =
    (kind: 'dense' | 'graph', threads: number): HeadContender =>
    (batch) => ({
      name: `Graft, ${kind} step, ${threads} thread${threads === 1 ? '' : 's'}`,
      script: 'head-step-graft.ts',
      args: [folder, `${batch}`, kind, `${threads}`],
    });
  return [
    ours('dense', cores),
    ...(cores > 1 ? [ours('dense', 1)] : []),
    ours('graph', cores),
    ...(python === undefined ? [] : [torch('eager', folder, python)]),
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

/** The end of what it complains of; undefined if it runs. */
async function whyNot(command: ContenderCommand): Promise<string | undefined> {
  try {
    await runContender(command);
    return undefined;
  } catch (error) {
    return String(error instanceof Error ? error.message : error)
      .trim()
      .split('\n')
      .at(-1);
  }
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
    ...(index > 0 && { ratio: ratioOf(times[index]!, times[0]!) }),
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
    const steps = contender.startsWith('Graft') ? CHECKED_STEPS : 1;
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
