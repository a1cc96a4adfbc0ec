/** @file What all contenders of bench/head-step.ts are given, as raw files: features, labels, weights, batches. */

import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compareNaturally, type Sample } from '../src/core/examples/sample.ts';
import { createSession } from '../src/core/runtime/create-session.ts';
import { createRandom } from '../src/core/tensor/random.ts';
import { tensor } from '../src/core/tensor/tensor.ts';
import { loadWeights } from '../src/core/weights/apply.ts';
import { decodeBatches } from '../src/node/images/decode-batches.ts';
import { inceptionV3 } from '../src/vision/architectures/inception-v3.ts';
import { imageGraph } from '../src/vision/preprocessing/image-graph.ts';
import { MINUS_ONE_TO_ONE } from '../src/vision/preprocessing/preprocessing.ts';
import { readNsfwjsInception } from '../tests/golden/models/nsfwjs-weights.ts';

/** The head of the recipe, on InceptionV3's mixed7 at 150 px: 7 x 7 x 768 numbers an image. */
export const INPUTS = 37_632;
export const UNITS = 1024;

export interface HeadData {
  /** `mixed7 of 256 images of horses-or-humans`. */
  readonly source: string;
  readonly samples: number;
  /** Share of the numbers that are not zero. */
  readonly density: number;
  /** Share of the inputs that are zero in a whole batch, by batch size. */
  readonly silentInputs: Readonly<Record<number, number>>;
}

const IMAGES = fileURLToPath(new URL('../../shared/data/horses-or-humans/train', import.meta.url));
const SAMPLES = 256;
const SIZE_PX = 150;
const BATCH = 16;

/**
 * Writes `features.f32` `[samples, INPUTS]`, `labels.f32` `[samples]`, `kernel-0.f32` `[INPUTS, UNITS]`,
 * `kernel-1.f32` `[UNITS, 1]` and for every batch size `batches-N.i32` `[steps, N]`, indices of samples.
 */
export async function writeHeadData(
  folder: string,
  options: { readonly batches: readonly number[]; readonly steps: number },
): Promise<HeadData> {
  const real = existsSync(IMAGES);
  const { features, labels } = real ? await realFeatures() : syntheticFeatures();
  const samples = labels.length;
  const write = (name: string, numbers: Float32Array | Int32Array): void => {
    writeFileSync(join(folder, name), numbers);
  };
  write('features.f32', features);
  write('labels.f32', labels);
  const random = createRandom(1);
  const glorotUniform = (inputs: number, units: number): Float32Array => {
    const limit = Math.sqrt(6 / (inputs + units));
    return Float32Array.from({ length: inputs * units }, () => (random.uniform() * 2 - 1) * limit);
  };
  write('kernel-0.f32', glorotUniform(INPUTS, UNITS));
  write('kernel-1.f32', glorotUniform(UNITS, 1));
  const silentInputs: Record<number, number> = {};
  for (const batch of options.batches) {
    const order = drawBatches(samples, batch, options.steps);
    write(`batches-${batch}.i32`, order);
    silentInputs[batch] = shareOfSilentInputs(features, order.subarray(0, 4 * batch), batch);
  }
  let active = 0;
  for (const value of features) if (value !== 0) active++;
  const source = real
    ? `mixed7 of ${samples} images of horses-or-humans`
    : `synthetic features of ${samples} samples (../shared/data is not there)`;
  return { source, samples, density: active / features.length, silentInputs };
}

interface Features {
  readonly features: Float32Array;
  readonly labels: Float32Array;
}

/** As many images of either class, spread over the files, through the weights that nsfwjs brings. */
async function realFeatures(): Promise<Features> {
  const chosen: Sample[] = readdirSync(IMAGES)
    .sort()
    .flatMap((name, label, { length: classes }) => {
      const files = readdirSync(join(IMAGES, name)).sort(compareNaturally);
      const wanted = SAMPLES / classes;
      return Array.from({ length: wanted }, (_, i) => ({
        file: join(IMAGES, name, files[Math.floor((i * files.length) / wanted)]!),
        label,
      }));
    });
  const model = inceptionV3({ inputShape: [SIZE_PX, SIZE_PX, 3] });
  loadWeights(model, await readNsfwjsInception());
  const wanted = model.getLayer('mixed7').output;
  const graph = imageGraph(model, wanted, { preprocessing: MINUS_ONE_TO_ONE, output: 'features' });
  const session = await createSession(graph);
  const features = new Float32Array(SAMPLES * INPUTS);
  let done = 0;
  for await (const batch of decodeBatches(chosen, { width: SIZE_PX, height: SIZE_PX, batchSize: BATCH })) {
    const image = tensor('uint8', [batch.samples.length, SIZE_PX, SIZE_PX, 3], batch.pixels);
    const results = await session.run({ image });
    features.set(results['features']!.data as Float32Array, done * INPUTS);
    done += batch.samples.length;
  }
  await session.dispose();
  if (done < chosen.length) throw new Error(`only ${done} of ${chosen.length} images could be read`);
  return { features, labels: Float32Array.from(chosen, ({ label }) => label) };
}

/** As sparse as the real ones, 15%, and inputs differ in how often they are non-zero, as channels of a ReLU do. */
function syntheticFeatures(): Features {
  const random = createRandom(5);
  const density = Float32Array.from({ length: INPUTS }, () => 0.51 * random.uniform() ** 2.4);
  const features = new Float32Array(SAMPLES * INPUTS);
  for (let i = 0; i < features.length; i++) {
    if (random.uniform() < density[i % INPUTS]!) features[i] = random.uniform();
  }
  return { features, labels: Float32Array.from({ length: SAMPLES }, (_, i) => i % 2) };
}

/** Epoch after epoch in a new order; what is left at an epoch's end is dropped. */
function drawBatches(samples: number, batch: number, steps: number): Int32Array {
  const random = createRandom(3);
  const order = Int32Array.from({ length: samples }, (_, i) => i);
  const batches = new Int32Array(steps * batch);
  const whole = Math.floor(samples / batch);
  for (let step = 0; step < steps; step++) {
    const start = (step % whole) * batch;
    if (start === 0) random.shuffle(order);
    batches.set(order.subarray(start, start + batch), step * batch);
  }
  return batches;
}

function shareOfSilentInputs(features: Float32Array, order: Int32Array, batch: number): number {
  let silent = 0;
  for (let start = 0; start < order.length; start += batch) {
    const samples = order.subarray(start, start + batch);
    for (let input = 0; input < INPUTS; input++) {
      if (samples.every((sample) => features[sample * INPUTS + input] === 0)) silent++;
    }
  }
  return silent / (INPUTS * (order.length / batch));
}
