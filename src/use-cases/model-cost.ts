/** @file What a model costs: its size, and the time that it takes for one example. */

import { countWeights } from '../artifacts/count-weights.ts';
import type { Sample } from '../core/examples/sample.ts';
import type { ModelCost } from './compare-report.ts';
import { type AnyClassifier, isOfTexts } from './open-model.ts';

/** Runs of which the shortest is told, after some that warm up: whatever else the machine does makes a run longer. */
const [WARM_UP, TIMED] = [3, 15];

/** @param samples - Of texts, where one is taken from; images are all alike. */
export async function measureCost(classifier: AnyClassifier, samples: readonly Sample[]): Promise<ModelCost> {
  const { graph, bytes } = classifier.file;
  return {
    parameters: countWeights(graph),
    bytes: bytes.length,
    millisecondsPerExample: await leastTime(classifier, samples),
  };
}

async function leastTime(classifier: AnyClassifier, samples: readonly Sample[]): Promise<number> {
  const once = oneExample(classifier, samples);
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < WARM_UP + TIMED; round++) {
    const started = performance.now();
    await once();
    if (round >= WARM_UP) least = Math.min(least, performance.now() - started);
  }
  return least;
}

function oneExample(classifier: AnyClassifier, samples: readonly Sample[]): () => Promise<unknown> {
  if (isOfTexts(classifier)) {
    const text = samples
      .map((sample) => ('text' in sample ? String(sample.text) : ''))
      .find((each) => each !== '');
    return () => classifier.predictTexts([text ?? 'a text']);
  }
  const { widthPx, heightPx } = classifier.file.info.input;
  const pixels = new Uint8Array(widthPx * heightPx * 3).fill(127);
  return () => classifier.predictPixels(pixels, 1);
}
