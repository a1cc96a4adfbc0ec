/** @file Pixels to features: milliseconds a picture through each backbone, beside PyTorch's. */

import { availableParallelism } from 'node:os';
import { type Contender, startContender } from './contender.ts';
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
import { type Network, networks } from './networks.ts';
import { inTurns, type Report } from './rounds.ts';

/** How long a contender is timed in a round; at least five runs. */
const FOR_MS = 600;

export interface FeaturesRequest {
  readonly batch: number;
  readonly forMs: number;
  readonly sizePx: number;
}

export interface FeaturesAnswer {
  /** Milliseconds of each run of a whole batch. */
  readonly times: readonly number[];
  readonly shape: readonly number[];
  /** For one picture, in all convolutions. */
  readonly multiplications: number;
  readonly peakBytes: number;
  /** Layout of pictures inside the network, for PyTorch the faster of two. */
  readonly variant: string;
}

export interface FeaturesRow {
  readonly network: string;
  readonly batch: number;
  readonly contender: string;
  readonly variant: string;
  /** A picture. */
  readonly figures: Figures;
  readonly picturesPerSecond: number;
  /** This contender's time over ours; absent for ours. */
  readonly ratio?: Ratio;
  readonly peakBytes: number;
}

/** Every contender lives in a process of its own, and waits while another one runs. */
export async function compareFeatures(options: {
  readonly rounds: number;
  readonly batches?: readonly number[] | undefined;
  readonly python: string | undefined;
  readonly report: Report;
}): Promise<FeaturesRow[]> {
  const { batches = [1, 8, 32] } = options;
  const rows: FeaturesRow[] = [];
  for (const network of networks) {
    const contenders = startContenders(network, options.python);
    try {
      for (const batch of batches) {
        options.report(`${network.title}, batch ${batch}`);
        rows.push(...(await compareBatch(network, batch, contenders, options.rounds)));
      }
    } finally {
      await Promise.all(contenders.map((contender) => contender.stop()));
    }
  }
  return rows;
}

export function showFeatures(rows: readonly FeaturesRow[]): string {
  return table(
    ['network', 'contender', 'batch', 'ms a picture', 'pictures a second', 'x ours', 'peak MiB'],
    rows.map((row) => [
      row.network,
      row.contender === 'Graft' ? row.contender : `${row.contender}, ${row.variant}`,
      `${row.batch}`,
      showFigures(row.figures),
      row.picturesPerSecond.toFixed(0),
      showRatio(row.ratio),
      showMegabytes(row.peakBytes),
    ]),
  );
}

function startContenders({ id }: Network, python: string | undefined): Contender[] {
  const ours = startContender({ name: 'Graft', script: 'features-graft.ts', args: [id] });
  if (python === undefined) return [ours];
  const threads = `${availableParallelism()}`;
  const torch = (name: string, mode: string): Contender =>
    startContender({ name, script: 'features-torch.py', args: [id, mode, threads], python });
  return [ours, torch('PyTorch eager', 'eager'), torch('PyTorch JIT-frozen', 'frozen')];
}

async function compareBatch(
  { id, title, sizePx }: Network,
  batch: number,
  contenders: readonly Contender[],
  rounds: number,
): Promise<FeaturesRow[]> {
  const request: FeaturesRequest = { batch, forMs: FOR_MS, sizePx };
  // Sessions are made and layouts tried before the first round.
  for (const contender of contenders) await contender.ask({ ...request, forMs: 0 });
  const answers = await inTurns(contenders, rounds, (contender) => contender.ask<FeaturesAnswer>(request));
  refuseOtherWork(id, contenders, answers);
  const perPicture = answers.map((list) => list.map(({ times }) => median(times) / batch));
  return contenders.map(({ name }, index) => ({
    network: title,
    batch,
    contender: name,
    variant: answers[index]![0]!.variant,
    figures: figuresOf(perPicture[index]!),
    picturesPerSecond: 1000 / median(perPicture[index]!),
    ...(index > 0 && { ratio: ratioOf(perPicture[index]!, perPicture[0]!) }),
    peakBytes: Math.max(...answers[index]!.map(({ peakBytes }) => peakBytes)),
  }));
}

/** Nobody wins by computing less: as many multiplications, and features of the same shape. */
function refuseOtherWork(
  id: string,
  contenders: readonly Contender[],
  answers: readonly (readonly FeaturesAnswer[])[],
): void {
  const works = answers.map(
    ([answer]) => `[${answer!.shape.join(', ')}] by ${answer!.multiplications} multiplications a picture`,
  );
  contenders.forEach(({ name }, index) => {
    if (works[index] === works[0]) return;
    throw new Error(`${id}: ours computes ${works[0]}, ${name} ${works[index]}`);
  });
}
