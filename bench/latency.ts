/** @file One image's answer: from the start of a process, and in one that has answered before. */

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Functional } from '../src/core/layers/functional.ts';
import { layers } from '../src/core/layers/layers.ts';
import { saveModel } from '../src/node/artifacts/save-model.ts';
import { loadBackbone } from '../src/node/backbones/load-backbone.ts';
import { exportFunctional } from '../src/node/export/export-functional.ts';
import { preprocessing } from '../src/vision/preprocessing/preprocessing.ts';
import { type Contender, type ContenderCommand, pythonEnvironment, startContender } from './contender.ts';
import { dataSet } from './data-sets.ts';
import {
  type Figures,
  figuresOf,
  median,
  type Ratio,
  ratioOf,
  showFigures,
  showRatio,
  table,
} from './figures.ts';
import { runGraft } from './graft-command.ts';
import { inceptionWeights } from './inception-weights.ts';
import { measureProcess } from './measured-process.ts';
import type { Peers } from './peers.ts';
import { inTurns, type Report } from './rounds.ts';

const SIZE_PX = 150;
const IMAGES = 20;
/** Images are shrunk in different ways. */
const TOLERANCE = 0.05;

export interface LatencyRow {
  readonly contender: string;
  /** From the start of the process to its end. */
  readonly cold: Figures;
  readonly coldRatio?: Ratio | undefined;
  /** An image's file to its probability. */
  readonly warm: Figures;
  readonly warmRatio?: Ratio | undefined;
  readonly probability: number;
}

export interface LatencyComparison {
  readonly rows: readonly LatencyRow[];
  readonly leftOut: readonly string[];
}

export interface LatencyAnswer {
  /** Milliseconds of each image. */
  readonly times: readonly number[];
  /** Of the second class, for the first image. */
  readonly probability: number;
}

interface Candidate {
  readonly name: string;
  cold(): Promise<{ readonly ms: number; readonly probability: number }>;
  readonly warm: ContenderCommand;
}

/** Everyone has the recipe's network, InceptionV3 to mixed7 and a head of 38.5 million weights, in a file of his own. */
export async function compareLatency(options: {
  readonly rounds: number;
  readonly peers: Peers;
  readonly report: Report;
}): Promise<LatencyComparison> {
  const { rounds, peers, report } = options;
  const data = dataSet('horses-or-humans');
  if (data === undefined) return { rows: [], leftOut: ['latency: there is no ../shared/data'] };
  const folder = mkdtempSync(join(tmpdir(), 'graft-bench-latency-'));
  try {
    report('models for a single image');
    await writeModels(folder, peers);
    const images = join(data, 'val', 'humans');
    const files = readdirSync(images).sort().slice(0, IMAGES);
    const candidates = candidatesOf(
      folder,
      files.map((file) => join(images, file)),
      peers,
    );
    report('single images from a cold start');
    const cold = await inTurns(candidates, rounds, (candidate) => candidate.cold());
    refuseOtherLabels(
      candidates,
      cold.map((list) => list[0]!.probability),
    );
    report('single images, warm');
    const warm = await warmTimes(candidates, rounds);
    const coldMs = cold.map((list) => list.map(({ ms }) => ms));
    const rows = candidates.map(({ name }, index) => ({
      contender: name,
      cold: figuresOf(coldMs[index]!),
      warm: figuresOf(warm[index]!),
      coldRatio: index > 0 ? ratioOf(coldMs[index]!, coldMs[0]!) : undefined,
      warmRatio: index > 0 ? ratioOf(warm[index]!, warm[0]!) : undefined,
      probability: cold[index]![0]!.probability,
    }));
    return { rows, leftOut: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function showLatency({ rows, leftOut }: LatencyComparison): string {
  return [
    table(
      ['contender', 'cold, ms', 'x Graft', 'warm, ms', 'x Graft', 'probability'],
      rows.map((row) => [
        row.contender,
        showFigures(row.cold),
        showRatio(row.coldRatio),
        showFigures(row.warm),
        showRatio(row.warmRatio),
        row.probability.toFixed(3),
      ]),
      1,
    ),
    ...leftOut.map((line) => `\nLeft out: ${line}`),
  ].join('\n');
}

/** `model.onnx`, `model.keras`, the folder `tfjs`, and for PyTorch `model.pt2`. */
async function writeModels(folder: string, peers: Peers): Promise<void> {
  const { model: base } = await loadBackbone('inception_v3', {
    inputShape: [SIZE_PX, SIZE_PX, 3],
    weights: await inceptionWeights(),
  });
  base.trainable = false;
  let x = layers.flatten().apply(base.getLayer('mixed7').output);
  x = layers.dense({ units: 1024, activation: 'relu', name: 'hidden' }).apply(x);
  const output = layers.dense({ units: 1, activation: 'sigmoid', name: 'answer' }).apply(x);
  const model = new Functional({ inputs: base.inputs, outputs: output });
  model.initialize({ seed: 1 });
  const scaling = preprocessing.zeroToOne;
  const labels = ['first', 'second'];
  await saveModel(model, join(folder, 'model.onnx'), { classNames: labels, preprocessing: scaling });
  const about = { labels, preprocessing: scaling, generatedBy: 'bench/latency.ts' };
  if (peers.keras !== undefined) {
    await exportFunctional(model, { format: 'keras', out: join(folder, 'model.keras'), ...about });
  }
  if (peers.tfjs !== undefined) {
    mkdirSync(join(folder, 'tfjs'));
    await exportFunctional(model, { format: 'tfjs', out: join(folder, 'tfjs'), ...about });
  }
  if (peers.torch === undefined) return;
  for (const name of ['hidden', 'answer']) {
    const [kernel] = model.getLayer(name).weights;
    writeFileSync(join(folder, `${name}.f32`), kernel!.value);
  }
  const script = fileURLToPath(new URL('latency-torch.py', import.meta.url));
  await measureProcess(
    peers.torch,
    [script, 'prepare', folder, await inceptionWeights()],
    pythonEnvironment(),
  );
}

function candidatesOf(folder: string, files: readonly string[], peers: Peers): Candidate[] {
  const first = files[0]!;
  const peer = (name: string, script: string, args: string[], python: string | undefined): Candidate => {
    const path = fileURLToPath(new URL(script, import.meta.url));
    return {
      name,
      async cold() {
        const { seconds, output } = python
          ? await measureProcess(python, [path, ...args, first], pythonEnvironment())
          : await measureProcess(process.execPath, ['--import', 'tsx', path, ...args, first], process.env);
        const { probability } = JSON.parse(output.trim().split('\n').at(-1)!) as LatencyAnswer;
        return { ms: seconds * 1000, probability };
      },
      warm: { name, script, args: [...args, ...files], python },
    };
  };
  const model = join(folder, 'model.onnx');
  const ours: Candidate = {
    name: 'Graft',
    async cold() {
      const measured = await runGraft(['predict', model, first, '--json'], join(folder, 'home'));
      const [answer] = JSON.parse(measured.output) as { probabilities: Record<string, number> }[];
      return { ms: measured.seconds * 1000, probability: answer!.probabilities['second']! };
    },
    warm: { name: 'Graft', script: 'latency-graft.ts', args: [model, ...files] },
  };
  const { keras, torch, tfjs } = peers;
  return [
    ours,
    ...(keras ? [peer('Keras', 'latency-keras.py', [join(folder, 'model.keras')], keras)] : []),
    ...(torch ? [peer('PyTorch', 'latency-torch.py', ['predict', folder], torch)] : []),
    ...(tfjs
      ? [peer('TensorFlow.js, 1 thread', 'latency-tfjs.ts', [tfjs, join(folder, 'tfjs')], undefined)]
      : []),
  ];
}

/** Milliseconds an image of every round, of processes that stay. */
async function warmTimes(candidates: readonly Candidate[], rounds: number): Promise<number[][]> {
  const started: Contender[] = candidates.map(({ warm }) => startContender(warm));
  try {
    for (const contender of started) await contender.ask({});
    return await inTurns(started, rounds, async (contender) =>
      median((await contender.ask<LatencyAnswer>({})).times),
    );
  } finally {
    await Promise.all(started.map((contender) => contender.stop()));
  }
}

function refuseOtherLabels(candidates: readonly Candidate[], probabilities: readonly number[]): void {
  candidates.forEach(({ name }, index) => {
    if (Math.abs(probabilities[index]! - probabilities[0]!) <= TOLERANCE) return;
    throw new Error(`latency: ours says ${probabilities[0]}, ${name} ${probabilities[index]}`);
  });
}
