/**
 * @file TensorFlow.js by WebAssembly in Node: `TFJS_FOLDER MODEL_FOLDER IMAGES`. With one image its answer is printed;
 * with several, every line on stdin is answered with a time for each. Images are decoded by sharp, as ours are.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tensor } from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { answerRequests } from './contender.ts';
import type { LatencyAnswer } from './latency.ts';
import { startTfjs } from './tfjs-backend.ts';

const SIZE_PX = 150;

const [tfjsFolder = '', modelFolder = '', ...images] = process.argv.slice(2);
const { tf, layers } = await startTfjs(tfjsFolder);
const { modelTopology, weightsManifest } = JSON.parse(
  readFileSync(join(modelFolder, 'model.json'), 'utf8'),
) as {
  modelTopology: object;
  weightsManifest: { paths: string[]; weights: never[] }[];
};
const shards = weightsManifest.flatMap(({ paths }) =>
  paths.map((path) => readFileSync(join(modelFolder, path))),
);
const weightData = new Uint8Array(Buffer.concat(shards)).buffer;
const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
const model = await layers.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));

if (images.length === 1) process.stdout.write(`${JSON.stringify(await answerAll())}\n`);
else await answerRequests(answerAll);

async function answerAll(): Promise<LatencyAnswer> {
  const times: number[] = [];
  let probability = Number.NaN;
  for (const file of images) {
    const started = performance.now();
    const pixels = await sharp(file).resize(SIZE_PX, SIZE_PX, { fit: 'fill' }).removeAlpha().raw().toBuffer();
    const output = tf.tidy(() => {
      const image = tf.tensor4d(pixels, [1, SIZE_PX, SIZE_PX, 3], 'int32');
      return model.predict(tf.cast(image, 'float32') as never) as Tensor;
    });
    const [value] = await output.data();
    output.dispose();
    times.push(performance.now() - started);
    if (file === images[0]) probability = value!;
  }
  return { times, probability };
}
