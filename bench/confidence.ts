/**
 * @file How far a model's sureness is to be trusted: calibration error, coverage of prediction sets over 50 draws, strangers told from good
 * images, and what that costs in time.
 *
 *     npx tsx bench/confidence.ts CATS-AND-DOGS STRANGERS
 *
 * The first is a folder with train/ and val/, the second one of images that are nothing of it.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { computeCalibration } from '../src/core/evaluation/calibration.ts';
import { chooseTemperature } from '../src/core/evaluation/choose-temperature.ts';
import { conformalScores, conformalThreshold, predictionSet } from '../src/core/evaluation/conformal.ts';
import { fitTemperature, rowLosses, withTemperature } from '../src/core/evaluation/temperature.ts';
import { computeProbabilities } from '../src/core/fit/targets.ts';
import { areaUnderRoc } from '../src/core/metrics/auc.ts';
import { createRandom } from '../src/core/tensor/random.ts';
import { Classifier } from '../src/node/artifacts/classifier.ts';
import { gatherImages } from '../src/node/training/image-sets.ts';
import { predict } from '../src/use-cases/predict.ts';
import type { FilePrediction } from '../src/use-cases/predict-report.ts';
import { type TrainResult, train } from '../src/use-cases/train.ts';

const DRAWS = 50;
const SEEDS = [1, 2, 3];
const CONFIDENCES = [0.8, 0.9, 0.95];
const ROUNDS = 200;

const [data, strangers] = process.argv.slice(2);
if (data === undefined || strangers === undefined)
  throw new Error('usage: bench/confidence.ts DATA STRANGERS');
const folder = await mkdtemp(join(tmpdir(), 'graft-confidence-'));
try {
  const known = await train(data, { out: join(folder, 'known') });
  const plain = await train(data, { out: join(folder, 'plain'), recipe: { unknown: null } });
  tellCalibration(known);
  await tellChoice();
  const good = await predictions(known.report.model, join(data, 'val'));
  const other = await predictions(known.report.model, strangers);
  const [inside, outside] = [good, other].map((all) => all.map(({ similarity }) => similarity!));
  console.log(
    `strangers: AUROC ${areaUnderRoc(inside!, outside!)?.toFixed(4)}, ${rejected(other)}; good: ${rejected(good)}`,
  );
  tellCoverage(good, known.report.classNames);
  const [withIt = 0, without = 0] = await latencies([known.report.model, plain.report.model]);
  console.log(
    `one image through the network: ${withIt.toFixed(2)} ms, without similarity ${without.toFixed(2)} ms`,
  );
} finally {
  await rm(folder, { recursive: true });
}

function tellCalibration({ report }: TrainResult): void {
  const { temperature, validation } = report.confidence!.calibration!;
  const { before, after } = validation;
  const texts = [before, after].map(
    ({ error, loss }) => `ECE ${(100 * error).toFixed(2)}%, loss ${loss.toFixed(4)}`,
  );
  console.log(`temperature ${temperature.toFixed(3)}: ${texts.join(' -> ')}`);
}

/** Half of the validation images to fit a temperature on, the other half to judge it by. */
async function tellChoice(): Promise<void> {
  const rows = { never: [0, 0], always: [0, 0], 'if it proves itself': [0, 0] };
  for (const seed of SEEDS) {
    const recipe = { seed, calibration: 'none', unknown: null } as const;
    const { trained } = await train(data!, { out: join(folder, `seed-${seed}`), recipe, report: false });
    const images = await gatherImages(data!, { validation: null, group: null, seed });
    const skipped = new Set(trained.skipped.map(({ file }) => file));
    const labels = images.validation.flatMap(({ file, label }) => (skipped.has(file) ? [] : label));
    // Logarithms of probabilities are logits, but for a number that all have in common.
    const logits = trained.heldOut!.values.map((value) => Math.log(Math.max(value, Number.MIN_VALUE)));
    const width = logits.length / labels.length;
    for (let draw = 0; draw < DRAWS; draw++) {
      const order = createRandom(draw + 1).shuffle([...labels.keys()]);
      const [fitted, judged] = [order.slice(0, order.length >> 1), order.slice(order.length >> 1)].map(
        (part) => ({
          logits: Float32Array.from(
            part.flatMap((row) => [...logits.subarray(row * width, (row + 1) * width)]),
          ),
          labels: part.map((row) => labels[row]!),
        }),
      );
      for (const [how, temperature] of [
        ['never', 1],
        ['always', fitTemperature(fitted!.logits, fitted!.labels).temperature],
        ['if it proves itself', chooseTemperature(fitted!.logits, fitted!.labels)],
      ] as const) {
        const scaled = withTemperature(judged!.logits, temperature);
        const { error } = computeCalibration(computeProbabilities(scaled, width), judged!.labels);
        const losses = rowLosses(judged!.logits, judged!.labels, temperature);
        rows[how][0]! += error / DRAWS / SEEDS.length;
        rows[how][1]! += losses.reduce((sum, loss) => sum + loss, 0) / losses.length / DRAWS / SEEDS.length;
      }
    }
  }
  for (const [how, [error, loss]] of Object.entries(rows)) {
    console.log(
      `a temperature ${how}: ECE ${(100 * error!).toFixed(2)}%, loss ${loss!.toFixed(4)}, on the other half`,
    );
  }
}

async function predictions(model: string, path: string): Promise<FilePrediction[]> {
  const report = await predict(model, [path]);
  return report.predictions.flatMap((prediction) => ('error' in prediction ? [] : [prediction]));
}

function rejected(all: readonly FilePrediction[]): string {
  return `${all.filter(({ unknown }) => unknown).length} of ${all.length} unknown`;
}

/** Half of the validation images give the scores, the other half is covered or not. */
function tellCoverage(all: readonly FilePrediction[], classNames: readonly string[]): void {
  const rows = all.map(({ file, ...said }) => ({
    label: classNames.findIndex((name) => file.split(/[/\\]/).includes(name)),
    probabilities: classNames.map((name) => ('probabilities' in said ? said.probabilities[name]! : 0)),
  }));
  for (const confidence of CONFIDENCES) {
    for (const atLeastOne of [false, true]) {
      const coverages = Array.from({ length: DRAWS }, (_, draw) => {
        const order = createRandom(draw + 1).shuffle([...rows]);
        const [scored, fresh] = [order.slice(0, order.length >> 1), order.slice(order.length >> 1)];
        const scores = conformalScores(
          Float32Array.from(scored.flatMap(({ probabilities }) => probabilities)),
          scored.map(({ label }) => label),
        );
        const threshold = conformalThreshold(scores, confidence);
        const covered = fresh.filter(({ probabilities, label }) =>
          predictionSet(probabilities, threshold, { atLeastOne }).includes(label),
        );
        return covered.length / fresh.length;
      });
      const mean = coverages.reduce((sum, each) => sum + each, 0) / DRAWS;
      const deviation = Math.sqrt(coverages.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (DRAWS - 1));
      const how = atLeastOne ? 'with the most probable class' : 'of the method alone';
      console.log(
        `sets at ${confidence} ${how}: coverage ${mean.toFixed(3)} +- ${deviation.toFixed(3)} over ${DRAWS} draws`,
      );
    }
  }
}

/** The least time of one image through each network, in turns: whatever else the machine does makes a run longer. */
async function latencies(models: readonly string[]): Promise<number[]> {
  const classifiers = await Promise.all(models.map((model) => Classifier.open(model, { threads: 1 })));
  const { widthPx, heightPx } = classifiers[0]!.file.info.input;
  const pixels = new Uint8Array(widthPx * heightPx * 3).fill(99);
  const least = models.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, classifier] of classifiers.entries()) {
      const started = performance.now();
      await classifier.predictPixels(pixels, 1);
      least[index] = Math.min(least[index]!, performance.now() - started);
    }
  }
  for (const classifier of classifiers) await classifier.dispose();
  return least;
}
