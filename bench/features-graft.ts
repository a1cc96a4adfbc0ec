/**
 * @file Ours, in a process of its own: pixels to features by ONNX Runtime. Started by bench/features.ts:
 * `NETWORK float32|int8|int8-8-bit-weights`.
 */

import { createFrozenSession } from '../src/core/features/frozen-session.ts';
import { rangesOnImages } from '../src/core/features/int8-frozen.ts';
import type { Graph } from '../src/core/graph/graph.ts';
import { quantizeGraph } from '../src/core/graph/quantize/quantize-graph.ts';
import { WEIGHT_BITS } from '../src/core/graph/quantize/quantized-weights.ts';
import { createRandom } from '../src/core/tensor/random.ts';
import { tensor } from '../src/core/tensor/tensor.ts';
import { imageGraph } from '../src/vision/preprocessing/image-graph.ts';
import { answerRequests } from './contender.ts';
import type { FeaturesAnswer, FeaturesRequest } from './features.ts';
import { countMultiplications, loadNetwork, networks } from './networks.ts';
import { forgetPeak, peakBytes } from './peak-memory.ts';

const WARM_UP = 3;
const FEWEST_RUNS = 5;
const CALIBRATION_IMAGES = 8;

const network = networks.find(({ id }) => id === process.argv[2])!;
const { model, preprocessing, cut } = await loadNetwork(network);
const wanted = model.getLayer(cut).output;
const random = createRandom(1);
const graph = imageGraph(model, wanted, { preprocessing, output: 'features' });
const precision = process.argv[3] ?? 'float32';
const session = await createFrozenSession(precision === 'float32' ? graph : await inInt8(graph));
const multiplications = countMultiplications(model, wanted);

await answerRequests(async ({ batch, forMs }: FeaturesRequest): Promise<FeaturesAnswer> => {
  const { sizePx } = network;
  const image = tensor('uint8', [batch, sizePx, sizePx, 3], noise(batch, sizePx));
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
  return { times, shape, multiplications, peakBytes: peakBytes(), variant: '' };
});

/** Times do not depend on the numbers: noise calibrates as well as images would. */
async function inInt8(graph: Graph): Promise<Graph> {
  const ranges = await rangesOnImages(graph, [{ pixels: noise(CALIBRATION_IMAGES, network.sizePx) }]);
  return quantizeGraph(graph, ranges, { weightBits: precision === 'int8' ? WEIGHT_BITS : 8 });
}

function noise(images: number, sizePx: number): Uint8Array {
  return Uint8Array.from({ length: images * sizePx * sizePx * 3 }, () => random.integer(256));
}
