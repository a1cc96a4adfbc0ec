/** @file Ours, in a process that stays: `MODEL IMAGES`. Every line on stdin is answered with a time for each image. */

import { Classifier } from '../src/node/artifacts/classifier.ts';
import { answerRequests } from './contender.ts';
import type { LatencyAnswer } from './latency.ts';

const [model = '', ...images] = process.argv.slice(2);
const classifier = await Classifier.open(model);

await answerRequests(async (): Promise<LatencyAnswer> => {
  const times: number[] = [];
  let probability = Number.NaN;
  for (const file of images) {
    const started = performance.now();
    for await (const { probabilities } of classifier.predictFiles([{ file, label: 0 }])) {
      times.push(performance.now() - started);
      if (file === images[0]) probability = probabilities[1]!;
    }
  }
  return { times, probability };
});
