/**
 * @file TensorFlow.js' features, by WebAssembly in Node, in a process of its own. Started by bench/features.ts:
 * `NETWORK TFJS_FOLDER`. A run is what Graft's is: bytes `[N, H, W, 3]` in, float32 features `[N, h, w, C]` out.
 */

import { createRandom } from '../src/core/tensor/random.ts';
import { answerRequests } from './contender.ts';
import type { FeaturesAnswer, FeaturesRequest } from './features.ts';
import { countMultiplications, loadNetwork, networks } from './networks.ts';
import { forgetPeak, peakBytes } from './peak-memory.ts';
import { startTfjs } from './tfjs-backend.ts';
import { networkInTfjs } from './tfjs-network.ts';

/** A run takes seconds: fewer of them than the others have. */
const WARM_UP = 1;
const FEWEST_RUNS = 2;

const network = networks.find(({ id }) => id === process.argv[2])!;
const { tf, variant } = await startTfjs(process.argv[3]!);
const { model, cut } = await loadNetwork(network);
const wanted = model.getLayer(cut).output;
const run = networkInTfjs(tf, model, wanted);
const multiplications = countMultiplications(model, wanted);
const random = createRandom(1);

await answerRequests(async ({ batch, forMs }: FeaturesRequest): Promise<FeaturesAnswer> => {
  const { sizePx } = network;
  const pixels = Uint8Array.from({ length: batch * sizePx * sizePx * 3 }, () => random.integer(256));
  forgetPeak();
  const times: number[] = [];
  let shape: readonly number[] = [];
  const until = performance.now() + forMs;
  for (let number = 0; number < WARM_UP + FEWEST_RUNS || performance.now() < until; number++) {
    const started = performance.now();
    const features = tf.tidy(() => {
      const image = tf.tensor4d(pixels, [batch, sizePx, sizePx, 3], 'int32');
      return run(tf.sub(tf.div(tf.cast(image, 'float32'), 127.5), 1));
    });
    await features.data();
    if (number >= WARM_UP) times.push(performance.now() - started);
    shape = features.shape;
    features.dispose();
    // Before the first round everything is only made ready.
    if (forMs === 0) break;
  }
  return { times, shape, multiplications, peakBytes: peakBytes(), variant };
});
