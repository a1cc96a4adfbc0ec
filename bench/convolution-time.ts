/**
 * @file What of the features' time is convolutions, by ONNX Runtime's profiler: with everything else for nothing, that is what
 * would remain. Only other kernels could be faster.
 *
 *     npx tsx bench/convolution-time.ts [--network inception] [--batches 1,32] [--runs 20]
 */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { speedUp } from '../src/core/graph/passes/speed-up.ts';
import { encodeModel } from '../src/core/onnx/encoder.ts';
import { createRandom } from '../src/core/tensor/random.ts';
import { settingsOf } from '../src/node/runtime/native-sessions.ts';
import { imageGraph } from '../src/vision/preprocessing/image-graph.ts';
import { median, table } from './figures.ts';
import { describeMachine, showMachine } from './machine.ts';
import { loadNetwork, type Network, networks } from './networks.ts';

const WARM_UP = 4;

/** What the profiler writes down of a kernel, or of a run as a whole. Microseconds. */
interface ProfiledEvent {
  readonly cat: string;
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
  readonly args?: { readonly op_name?: string };
}

const command = new Command('convolution-time')
  .option('--network <text>', 'only networks whose id contains it', '')
  .option('--batches <list>', 'images in a batch', '1,32')
  .option('--runs <n>', 'runs that are profiled; the median counts', '20')
  .parse();
const options = command.opts<{ network: string; batches: string; runs: string }>();

console.log(`${showMachine(describeMachine(undefined))}\n`);
const rows: string[][] = [];
for (const network of networks.filter(({ id }) => id.includes(options.network))) {
  for (const batch of options.batches.split(',').map(Number)) {
    const { whole, convolutions, others } = await profile(network, batch, Number(options.runs));
    const show = (ms: number): string => (ms / batch).toFixed(2);
    const most = others.slice(0, 3).map(([op, ms]) => `${op} ${show(ms)}`);
    rows.push([network.title, `${batch}`, show(whole), show(convolutions), most.join(', ')]);
  }
}
console.log(table(['network', 'batch', 'ms an image', 'of them Conv', 'then'], rows, 1));

/** Medians over runs, in milliseconds a batch. */
async function profile(network: Network, batch: number, runs: number) {
  const { model, preprocessing, cut } = await loadNetwork(network);
  const graph = imageGraph(model, model.getLayer(cut).output, { preprocessing, output: 'features' });
  const folder = mkdtempSync(join(tmpdir(), 'graft-profile-'));
  try {
    const session = await InferenceSession.create(encodeModel(speedUp(graph)), {
      ...settingsOf({}),
      enableProfiling: true,
      profileFilePrefix: join(folder, 'run'),
    });
    const random = createRandom(1);
    const { sizePx } = network;
    const pixels = Uint8Array.from({ length: batch * sizePx * sizePx * 3 }, () => random.integer(256));
    const image = new Tensor('uint8', pixels, [batch, sizePx, sizePx, 3]);
    for (let run = 0; run < WARM_UP + runs; run++) await session.run({ image });
    session.endProfiling();
    await session.release();
    const [file] = readdirSync(folder);
    return sumUp(JSON.parse(readFileSync(join(folder, file!), 'utf8')) as ProfiledEvent[]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function sumUp(events: readonly ProfiledEvent[]) {
  const starts = events
    .filter(({ name }) => name === 'model_run')
    .sort((a, b) => a.ts - b.ts)
    .slice(WARM_UP);
  const times = new Map<string, number[]>();
  for (const { cat, name, ts, dur, args } of events) {
    if (cat !== 'Node' || !name.endsWith('_kernel_time') || ts < starts[0]!.ts) continue;
    const key = `${args?.op_name}|${name}`;
    times.set(key, [...(times.get(key) ?? []), dur]);
  }
  const byOp = new Map<string, number>();
  for (const [key, all] of times) {
    const [op] = key.split('|') as [string];
    byOp.set(op, (byOp.get(op) ?? 0) + median(all) / 1e3);
  }
  const { Conv: convolutions = 0, ...rest } = Object.fromEntries(byOp);
  const others = Object.entries(rest).sort((a, b) => b[1] - a[1]);
  return { whole: median(starts.map(({ dur }) => dur)) / 1e3, convolutions, others };
}
