/**
 * @file Processor time of the frozen part, on one thread: float32, int8, and int8 with weights of 8 bits, in turns in one
 * process. What else runs on the machine hardly counts, so small differences show that `int8.ts batches` cannot tell.
 *
 *     npx tsx bench/int8-processor-time.ts [--network mobilenet] [--rounds 40]
 */

import { Command } from 'commander';
import { createFrozenSession } from '../src/core/features/frozen-session.ts';
import { rangesOnImages } from '../src/core/features/int8-frozen.ts';
import { quantizeGraph } from '../src/core/graph/quantize/quantize-graph.ts';
import { Functional } from '../src/core/layers/functional.ts';
import type { Session } from '../src/core/runtime/session.ts';
import { type Tensor, tensor } from '../src/core/tensor/tensor.ts';
import { imageGraph } from '../src/vision/preprocessing/image-graph.ts';
import { median, table } from './figures.ts';
import { describeMachine, showMachine } from './machine.ts';
import { loadNetwork, type Network, networks } from './networks.ts';

const options = new Command('int8-processor-time')
  .option('--rounds <n>', 'how often every precision has a turn', '40')
  .option('--network <part>', 'networks whose name has this in it; default: all', '')
  .parse()
  .opts<{ rounds: string; network: string }>();

const BATCH = 8;
const WARM_UP = 3;
const HEAD = ['network', 'float32', 'int8', 'int8, 8-bit weights', 'float32 / int8'];

console.log(`${showMachine(describeMachine(undefined))}\n`);
const rows: string[][] = [];
for (const network of networks.filter(({ id }) => id.includes(options.network))) {
  console.error(`... ${network.title}`);
  const medians = await measure(network);
  const [float32, int8] = medians as [number, number];
  rows.push([
    network.title,
    ...medians.map((ms) => `${ms.toFixed(2)} ms`),
    `${(float32 / int8).toFixed(2)} x`,
  ]);
}
console.log(`Processor time of an image, batches of ${BATCH}\n\n${table(HEAD, rows, 1)}`);

/** Milliseconds an image: medians of float32, int8, and int8 with weights of 8 bits. */
async function measure(network: Network): Promise<number[]> {
  const { model, preprocessing, cut } = await loadNetwork(network);
  const { output } = model.getLayer(cut);
  const frozen = new Functional({ inputs: model.inputs, outputs: output });
  const graph = imageGraph(frozen, output, { preprocessing, output: 'features' });
  const image = noise(network.sizePx);
  const ranges = await rangesOnImages(graph, [{ pixels: image.data }]);
  const graphs = [graph, quantizeGraph(graph, ranges), quantizeGraph(graph, ranges, { weightBits: 8 })];
  const sessions: Session[] = [];
  for (const each of graphs) sessions.push(await createFrozenSession(each, { threads: 1 }));
  const times = sessions.map((): number[] => []);
  for (let round = -WARM_UP; round < Number(options.rounds); round++) {
    for (const [index, session] of sessions.entries()) {
      const before = process.cpuUsage();
      await session.run({ image });
      const { user, system } = process.cpuUsage(before);
      if (round >= 0) times[index]!.push((user + system) / 1000 / BATCH);
    }
  }
  for (const session of sessions) await session.dispose();
  return times.map(median);
}

/** Times do not depend on the numbers: noise calibrates as well as images would. */
function noise(sizePx: number): Tensor<'uint8'> {
  const pixels = Uint8Array.from({ length: BATCH * sizePx ** 2 * 3 }, () => Math.floor(Math.random() * 256));
  return tensor('uint8', [BATCH, sizePx, sizePx, 3], pixels);
}
