/** @file Pixels to features: milliseconds an image through each backbone, beside PyTorch's, Keras' and TensorFlow.js'. */

import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { benchCacheFolder } from './cache-folder.ts';
import { type Contender, type ContenderCommand, startContender } from './contender.ts';
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
import type { Peers } from './peers.ts';
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
  /** For one image, in all convolutions. */
  readonly multiplications: number;
  readonly peakBytes: number;
  /** How it was run, where there are several ways: the fastest one. */
  readonly variant: string;
}

export interface FeaturesRow {
  readonly network: string;
  readonly batch: number;
  readonly contender: string;
  readonly variant: string;
  /** An image. */
  readonly figures: Figures;
  readonly imagesPerSecond: number;
  /** This contender's time over that of ours in float32; absent for that one. */
  readonly ratio?: Ratio | undefined;
  readonly peakBytes: number;
}

export interface FeaturesComparison {
  readonly rows: readonly FeaturesRow[];
  /** Contenders that could not run, and why. */
  readonly leftOut: readonly string[];
}

/** Every contender lives in a process of its own, and waits while another one runs. */
export async function compareFeatures(options: {
  readonly rounds: number;
  readonly batches?: readonly number[] | undefined;
  readonly only?: string | undefined;
  readonly peers: Peers;
  readonly report: Report;
}): Promise<FeaturesComparison> {
  const { batches = [1, 8, 32], peers, only = '', report } = options;
  const rows: FeaturesRow[] = [];
  const leftOut: string[] = [];
  for (const network of networks.filter(({ id }) => id.includes(only))) {
    const started = commandsOf(network, peers).map(startContender);
    try {
      for (const batch of batches) {
        report(`${network.title}, batch ${batch}: getting ready`);
        const ready = await readyOf(network, batch, started, leftOut);
        report(`${network.title}, batch ${batch}`);
        rows.push(...(await compareBatch(network, batch, ready, options.rounds)));
      }
    } finally {
      await Promise.all(started.map((contender) => contender.stop()));
    }
  }
  return { rows, leftOut };
}

export function showFeatures({ rows, leftOut }: FeaturesComparison): string {
  return [
    table(
      ['network', 'contender', 'batch', 'ms an image', 'images a second', 'x ours', 'peak MiB'],
      rows.map((row) => [
        row.network,
        row.variant === '' ? row.contender : `${row.contender}, ${row.variant}`,
        `${row.batch}`,
        showFigures(row.figures),
        row.imagesPerSecond.toFixed(row.imagesPerSecond < 10 ? 1 : 0),
        showRatio(row.ratio),
        showMegabytes(row.peakBytes),
      ]),
    ),
    ...leftOut.map((line) => `\nLeft out: ${line}`),
  ].join('\n');
}

/** The first one is what the others are compared with. */
function commandsOf({ id }: Network, { torch, keras, tfjs }: Peers): ContenderCommand[] {
  const threads = `${availableParallelism()}`;
  const ours = (precision: string): ContenderCommand => ({
    name: `Graft ${precision}`,
    script: 'features-graft.ts',
    args: [id, precision],
  });
  const pyTorch = (name: string, mode: string): ContenderCommand => ({
    name: `PyTorch ${name}`,
    script: 'features-torch.py',
    args: [id, mode, threads],
    python: torch,
    env: { TORCHINDUCTOR_CACHE_DIR: join(benchCacheFolder(), 'inductor') },
  });
  return [
    ours('float32'),
    ours('int8'),
    ...(torch === undefined
      ? []
      : [pyTorch('eager', 'eager'), pyTorch('JIT-frozen', 'frozen'), pyTorch('compiled', 'compiled')]),
    ...(keras === undefined
      ? []
      : [{ name: 'Keras', script: 'features-keras.py', args: [id, threads], python: keras }]),
    ...(tfjs === undefined ? [] : [{ name: 'TensorFlow.js', script: 'features-tfjs.ts', args: [id, tfjs] }]),
  ];
}

/** Sessions are made, layouts tried and graphs compiled before the first round. Ours must run. */
async function readyOf(
  { id, sizePx }: Network,
  batch: number,
  contenders: readonly Contender[],
  leftOut: string[],
): Promise<Contender[]> {
  const ready: Contender[] = [];
  for (const contender of contenders) {
    try {
      await contender.ask({ batch, sizePx, forMs: 0 } satisfies FeaturesRequest);
      ready.push(contender);
    } catch (error) {
      if (contender === contenders[0]) throw error;
      leftOut.push(`${contender.name}, ${id}, batch ${batch}: ${String(error).trim().split('\n').at(-1)}`);
    }
  }
  return ready;
}

async function compareBatch(
  { id, title, sizePx }: Network,
  batch: number,
  contenders: readonly Contender[],
  rounds: number,
): Promise<FeaturesRow[]> {
  const request: FeaturesRequest = { batch, forMs: FOR_MS, sizePx };
  const answers = await inTurns(contenders, rounds, (contender) => contender.ask<FeaturesAnswer>(request));
  refuseOtherWork(id, contenders, answers);
  const perImage = answers.map((list) => list.map(({ times }) => median(times) / batch));
  return contenders.map(({ name }, index) => ({
    network: title,
    batch,
    contender: name,
    variant: answers[index]![0]!.variant,
    figures: figuresOf(perImage[index]!),
    imagesPerSecond: 1000 / median(perImage[index]!),
    ratio: index > 0 ? ratioOf(perImage[index]!, perImage[0]!) : undefined,
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
    ([answer]) => `[${answer!.shape.join(', ')}] by ${answer!.multiplications} multiplications an image`,
  );
  contenders.forEach(({ name }, index) => {
    if (works[index] === works[0]) return;
    throw new Error(`${id}: ours computes ${works[0]}, ${name} ${works[index]}`);
  });
}
