/** @file Ours, in a process of its own: pixels to features by ONNX Runtime. Started by bench/features.ts: `NETWORK`. */

import { Functional } from '../src/layers/functional.ts';
import type { SymbolicTensor } from '../src/layers/symbolic-tensor.ts';
import { pictureGraph } from '../src/models/picture-graph.ts';
import { createSession } from '../src/runtime/node-session.ts';
import { createRandom } from '../src/tensor/random.ts';
import { sizeOf, tensor } from '../src/tensor/tensor.ts';
import { answerRequests } from './contender.ts';
import type { FeaturesAnswer, FeaturesRequest } from './features.ts';
import { loadNetwork, networks } from './networks.ts';
import { forgetPeak, peakBytes } from './peak-memory.ts';

const WARM_UP = 3;
const FEWEST_RUNS = 5;

const network = networks.find(({ id }) => id === process.argv[2])!;
const { model, preprocessing, cut } = await loadNetwork(network);
const wanted = model.getLayer(cut).output;
const session = await createSession(pictureGraph(model, wanted, { preprocessing, output: 'features' }));
const random = createRandom(1);
const multiplications = countMultiplications(wanted);

await answerRequests(async ({ batch, forMs }: FeaturesRequest): Promise<FeaturesAnswer> => {
  const { sizePx } = network;
  const pixels = Uint8Array.from({ length: batch * sizePx * sizePx * 3 }, () => random.integer(256));
  const image = tensor('uint8', [batch, sizePx, sizePx, 3], pixels);
  forgetPeak();
  const times: number[] = [];
  let shape: readonly number[] = [];
  const until = performance.now() + forMs;
  for (let run = 0; run < WARM_UP + FEWEST_RUNS || performance.now() < until; run++) {
    const started = performance.now();
    const { features } = await session.run({ image });
    if (run >= WARM_UP) times.push(performance.now() - started);
    shape = features!.shape;
  }
  return { times, shape, multiplications, peakBytes: peakBytes(), variant: 'NCHW' };
});

/** Of all convolutions for one picture: every number of a kernel meets every position of its output. */
function countMultiplications(output: SymbolicTensor): number {
  const layers = new Functional({ inputs: model.input, outputs: output }).layers;
  let count = 0;
  for (const layer of layers) {
    const kernel = layer.weights.find(({ spec }) => spec.name.endsWith('kernel'));
    if (kernel === undefined) continue;
    const [, height = 0, width = 0] = layer.output.shape;
    count += sizeOf(kernel.spec.shape) * (height ?? 0) * (width ?? 0);
  }
  return count;
}
