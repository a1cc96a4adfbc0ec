/**
 * @file The most that ONNX Runtime's convolutions reach on this machine, on shapes that suit them: no padding, channels in
 * blocks of 64, and maps that stay in the processor's cache. What a network is measured against, in bench/README.md.
 *
 *     npx tsx bench/convolution-rate.ts [--rounds 20]
 */

import { Command } from 'commander';
import { GraphBuilder } from '../src/core/graph/builder.ts';
import { createSession } from '../src/core/runtime/create-session.ts';
import { createRandom } from '../src/core/tensor/random.ts';
import { computeSize, floats } from '../src/core/tensor/tensor.ts';
import { table } from './figures.ts';
import { describeMachine, showMachine } from './machine.ts';

/** Convolutions in a row: so many that reordering what goes in and comes out does not count. */
const DEPTH = 12;
const IMAGES = 8;
const WARM_UP = 3;

const command = new Command('convolution-rate')
  .option('--rounds <n>', 'runs that are timed; the fastest counts', '20')
  .parse();
const rounds = Number(command.opts<{ rounds: string }>().rounds);

console.log(`${showMachine(describeMachine(undefined))}\n`);
const rows: string[][] = [];
for (const channels of [64, 128, 192, 256]) {
  for (const [window, sizePx] of [
    [1, 12],
    [1, 36],
    [3, 38],
    [3, 60],
  ] as const) {
    const rate = await rateOf(channels, window, sizePx);
    rows.push([`${channels}`, `${window} x ${window}`, `${sizePx} x ${sizePx}`, rate.toFixed(0)]);
  }
}
console.log(table(['channels', 'kernel', 'first map', '10^9 multiplications a second'], rows, 0));

async function rateOf(channels: number, window: number, sizePx: number): Promise<number> {
  const random = createRandom(1);
  const normal = (shape: readonly number[], scale: number) =>
    floats(
      shape,
      Array.from({ length: computeSize(shape) }, () => scale * random.normal()),
    );
  const builder = new GraphBuilder('convolutions');
  const shape = [IMAGES, channels, sizePx, sizePx];
  let x = builder.input('x', 'float32', shape);
  let multiplications = 0;
  for (let layer = 0; layer < DEPTH; layer++) {
    const kernel = normal([channels, channels, window, window], 1 / Math.sqrt(channels * window * window));
    x = builder.op('Relu', [builder.op('Conv', [x, builder.constant(kernel)])]);
    multiplications += computeSize(x.shape as readonly number[]) * channels * window * window;
  }
  // One number of each channel: handing out all of them would take time, too.
  builder.output(builder.op('GlobalAveragePool', [x]), 'y');
  const session = await createSession(builder.build());
  const feeds = { x: normal(shape, 1) };
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < WARM_UP + rounds; run++) {
    const started = performance.now();
    await session.run(feeds);
    if (run >= WARM_UP) least = Math.min(least, performance.now() - started);
  }
  await session.dispose();
  return multiplications / 1e6 / least;
}
