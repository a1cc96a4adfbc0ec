/** @file Milliseconds a training step through the top of a network, convolutions included, beside PyTorch's. */

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
import { type TunedNetwork, tunedNetworks, writeTuningData } from './fine-tune-data.ts';
import { inTurns, type Report } from './rounds.ts';

const WARM_UP = 6;
const STEPS = 20;
const BATCH = 16;

/** Steps whose losses are compared; later ones drift apart by rounding alone. */
const CHECKED_STEPS = 5;
const RELATIVE_TOLERANCE = 1e-3;

export interface FineTuneAnswer {
  readonly times: readonly number[];
  /** Of all threads together. */
  readonly processorTimes: readonly number[];
  readonly losses: readonly number[];
  readonly peakBytes: number;
}

export interface FineTuneRow {
  readonly network: string;
  readonly batch: number;
  readonly contender: string;
  /** A step. */
  readonly figures: Figures;
  /** This contender's time over ours; absent for our own. */
  readonly ratio?: Ratio | undefined;
  /** Of all threads together: what others on the machine do shows less in it. */
  readonly processor: Figures;
  readonly processorRatio?: Ratio | undefined;
  readonly peakBytes: number;
  /** Of the first steps. */
  readonly losses: readonly number[];
}

export interface FineTuneComparison {
  readonly rows: readonly FineTuneRow[];
  /** Contenders that could not run, and why. */
  readonly leftOut: readonly string[];
}

/** A process a contender and round. All have the same layers, first weights, features and batches. */
export async function compareFineTuning(options: {
  readonly rounds: number;
  readonly batches?: readonly number[] | undefined;
  readonly python: string | undefined;
  readonly report: Report;
}): Promise<FineTuneComparison> {
  const { python, batches = [BATCH], rounds, report } = options;
  const rows: FineTuneRow[] = [];
  const leftOut: string[] = [];
  for (const network of tunedNetworks) {
    for (const batch of batches) {
      const folder = mkdtempSync(join(tmpdir(), 'graft-bench-fine-tune-'));
      try {
        report(`${network.title}, batch ${batch}`);
        await writeTuningData(folder, { network, batch, steps: WARM_UP + STEPS });
        const contenders = [ours(network, folder, batch)];
        if (python !== undefined) {
          const torch = (mode: string, layout: string, steps?: number) =>
            pyTorch({ mode, layout, folder, batch, python, steps });
          contenders.push(torch('eager', 'NCHW'), torch('eager', 'NHWC'));
          const compiled = torch('compiled', 'NHWC');
          const reason = await whyNot(compiled);
          if (reason === undefined) contenders.push(compiled);
          else leftOut.push(`${network.title}: ${compiled.name}: ${reason}`);
        }
        const compared = await compare(network, batch, contenders, rounds);
        if (python !== undefined) {
          const checked = pyTorch({
            mode: 'keras',
            layout: 'NCHW',
            folder,
            batch,
            python,
            steps: CHECKED_STEPS,
          });
          refuseOtherLosses(compared, await runContender<FineTuneAnswer>(checked));
        }
        rows.push(...compared);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }
  }
  return { rows, leftOut };
}

export function showFineTuning({ rows, leftOut }: FineTuneComparison): string {
  return [
    table(
      [
        'network',
        'contender',
        'batch',
        'ms a step',
        'x Graft',
        'processor ms',
        'x Graft',
        'peak MiB',
        'first loss',
        'loss 5',
      ],
      rows.map((row) => [
        row.network,
        row.contender,
        `${row.batch}`,
        showFigures(row.figures),
        showRatio(row.ratio),
        showFigures(row.processor),
        showRatio(row.processorRatio),
        showMegabytes(row.peakBytes),
        row.losses[0]!.toFixed(5),
        row.losses[CHECKED_STEPS - 1]!.toFixed(5),
      ]),
    ),
    ...leftOut.map((line) => `\nLeft out: ${line}`),
  ].join('\n');
}

function ours(network: TunedNetwork, folder: string, batch: number): ContenderCommand {
  const cores = availableParallelism();
  return {
    name: `Graft, ${cores} threads`,
    script: 'fine-tune-graft.ts',
    args: [folder, network.id, `${batch}`, `${cores}`],
  };
}

function pyTorch(options: {
  readonly mode: string;
  readonly layout: string;
  readonly folder: string;
  readonly batch: number;
  readonly python: string;
  readonly steps?: number | undefined;
}): ContenderCommand {
  const { mode, layout, folder, batch, python, steps = WARM_UP + STEPS } = options;
  const cores = availableParallelism();
  return {
    name: `PyTorch, ${mode}, ${layout}`,
    script: 'fine-tune-torch.py',
    args: [folder, `${batch}`, mode, layout, `${cores}`, `${steps}`],
    python,
    // Compiled in the first round, found again in the others.
    env: { TORCHINDUCTOR_CACHE_DIR: join(folder, 'inductor') },
  };
}

async function compare(
  network: TunedNetwork,
  batch: number,
  commands: readonly ContenderCommand[],
  rounds: number,
): Promise<FineTuneRow[]> {
  const answers = await inTurns(commands, rounds, (command) => runContender<FineTuneAnswer>(command));
  const times = answers.map((list) => list.map((answer) => median(answer.times.slice(WARM_UP))));
  const processor = answers.map((list) => list.map((answer) => median(answer.processorTimes.slice(WARM_UP))));
  return commands.map(({ name }, index) => ({
    network: network.title,
    batch,
    contender: name,
    figures: figuresOf(times[index]!),
    ratio: index > 0 ? ratioOf(times[index]!, times[0]!) : undefined,
    processor: figuresOf(processor[index]!),
    processorRatio: index > 0 ? ratioOf(processor[index]!, processor[0]!) : undefined,
    peakBytes: Math.max(...answers[index]!.map(({ peakBytes }) => peakBytes)),
    losses: answers[index]![0]!.losses.slice(0, CHECKED_STEPS),
  }));
}

/**
 * Nobody wins by computing something else: our losses are those of PyTorch with Keras' update. PyTorch's own update
 * adds epsilon elsewhere, so there only the first forward pass has to agree.
 */
function refuseOtherLosses(rows: readonly FineTuneRow[], expected: FineTuneAnswer): void {
  for (const { contender, network, losses } of rows) {
    const steps = contender.startsWith('Graft') ? CHECKED_STEPS : 1;
    for (let step = 0; step < steps; step++) {
      const [loss, wanted] = [losses[step]!, expected.losses[step]!];
      if (Math.abs(loss - wanted) <= RELATIVE_TOLERANCE * Math.abs(wanted)) continue;
      throw new Error(`${contender}, ${network}: loss ${loss} in step ${step + 1}, PyTorch ${wanted}`);
    }
  }
}
