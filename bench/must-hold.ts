/** @file What the project promises of its speed, beside what a run reached. */

import type { FeaturesComparison } from './features.ts';
import { meanOf, median, table } from './figures.ts';
import type { FineTuneComparison } from './fine-tune.ts';
import type { HeadStepComparison } from './head-step.ts';
import type { Int8Accuracy } from './int8-accuracy.ts';
import type { LargeImagesRow } from './large-images.ts';
import type { LatencyComparison } from './latency.ts';
import type { MemoryRow } from './memory-bound.ts';
import type { Augmentation, RecipeComparison, RecipeRow } from './recipe.ts';
import type { SecondRunRow } from './second-run.ts';
import type { SweepComparison } from './sweep-comparison.ts';

/** What a run measured: the cases that were asked for. */
export interface Results {
  features?: FeaturesComparison;
  headStep?: HeadStepComparison;
  recipe?: RecipeComparison;
  latency?: LatencyComparison;
  secondRun?: readonly SecondRunRow[];
  memory?: readonly MemoryRow[];
  largeImages?: LargeImagesRow;
  int8Accuracy?: Int8Accuracy;
  sweep?: SweepComparison;
  fineTune?: FineTuneComparison;
}

interface Promised {
  readonly what: string;
  readonly wanted: string;
  /** Undefined if it was not measured. */
  readonly reached: string | undefined;
  readonly held: boolean;
}

/** Empty if nothing of it was measured. */
export function showMustHold(results: Results): string {
  const rows = [
    featuresRow(results, 'float32', 1.2),
    featuresRow(results, 'int8', 2.5),
    accuracyRow(results),
    headRow(results),
    recipeRow(results, 'none', 20),
    recipeRow(results, 'book', 3),
    sweepRow(results),
    memoryRow(results),
    largeImagesRow(results),
    secondRow(results),
    ...boundRows(results),
    ...fineTuneRows(results),
  ].filter(({ reached }) => reached !== undefined);
  if (rows.length === 0) return '';
  return table(
    ['case', 'at least', 'reached', 'held'],
    rows.map(({ what, wanted, reached, held }) => [what, wanted, reached!, held ? 'yes' : 'no']),
    4,
  );
}

/** Of every network and batch the fastest peer's time over ours. */
function featuresRow({ features }: Results, precision: string, wanted: number): Promised {
  const rows = features?.rows ?? [];
  const ratios = rows
    .filter(({ contender }) => contender === `Graft ${precision}`)
    .flatMap((ours) => {
      const peers = rows.filter(
        (row) =>
          row.network === ours.network && row.batch === ours.batch && !row.contender.startsWith('Graft'),
      );
      if (peers.length === 0) return [];
      const best = peers.reduce((a, b) => (b.figures.medianMs < a.figures.medianMs ? b : a));
      const ratio = best.figures.medianMs / ours.figures.medianMs;
      return [{ ratio, where: `${ours.network}, batch ${ours.batch}, against ${best.contender}` }];
    })
    .sort((a, b) => a.ratio - b.ratio);
  const [least] = ratios;
  return {
    what: `features a second, ${precision}, against the best peer's float32`,
    wanted: `${wanted} x`,
    reached:
      least &&
      `${times(least.ratio)} (${least.where}) to ${times(ratios.at(-1)!.ratio)}; ${ratios.filter(({ ratio }) => ratio >= wanted).length} of ${ratios.length} cases`,
    held: least !== undefined && least.ratio >= wanted,
  };
}

function accuracyRow({ int8Accuracy }: Results): Promised {
  const lost = int8Accuracy?.rows.map(({ accuracy }) => (accuracy.float32 - accuracy.int8) * 100) ?? [];
  const { mean, error } = meanOf(lost);
  return {
    what: 'int8: accuracy lost on cats-vs-dogs',
    wanted: 'at most 0.3 points',
    reached:
      lost.length === 0
        ? undefined
        : `${mean.toFixed(2)} points, the mean of ${lost.length} splits, standard error ${error.toFixed(2)}`,
    held: mean <= 0.3,
  };
}

function headRow({ headStep }: Results): Promised {
  const peers = (headStep?.rows ?? []).filter(
    (row) => row.batch === 20 && !row.contender.startsWith('Graft'),
  );
  const best = peers.sort((a, b) => a.ratio!.median - b.ratio!.median)[0];
  return {
    what: "the head's training step, RMSprop, batch 20",
    wanted: '5 x',
    reached: best && `${times(best.ratio!.median)} against ${best.contender}`,
    held: best !== undefined && best.ratio!.median >= 5,
  };
}

function recipeRow(results: Results, augmentation: Augmentation, wanted: number): Promised {
  const { ours, keras } = recipesOf(results, augmentation);
  const scaled = keras !== undefined && keras.measuredEpochs < keras.epochs;
  const ratio = keras?.ratio?.median ?? 0;
  return {
    what: `the recipe end to end, ${ours?.epochs ?? 40} epochs, augmentation ${augmentation}, against Keras`,
    wanted: `${wanted} x`,
    reached:
      ours &&
      keras &&
      `${times(ratio)}: ${median(ours.seconds).toFixed(0)} s against ${median(keras.seconds).toFixed(0)} s${scaled ? ` (scaled from ${keras.measuredEpochs} epochs)` : ''}`,
    held: ratio >= wanted,
  };
}

function sweepRow({ sweep }: Results): Promised {
  const best = sweep?.rows.find(({ contender }) => contender === 'one sweep');
  const singles = sweep?.rows.find(({ contender }) => contender === 'single runs, without cache');
  const ratio = singles?.ratio?.median ?? 0;
  return {
    what: 'a sweep of 12 heads against 12 single runs',
    wanted: '6 x',
    reached: best && singles && times(ratio),
    held: ratio >= 6,
  };
}

/** The one without augmentation if there is one. */
function memoryRow(results: Results): Promised {
  const { ours, keras } = ['none', 'book']
    .map((augmentation) => recipesOf(results, augmentation as Augmentation))
    .find((pair) => pair.keras !== undefined) ?? { ours: undefined, keras: undefined };
  const share = ours && keras ? ours.peakBytes / keras.peakBytes : 1;
  const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
  return {
    what: 'peak memory of the recipe against Keras',
    wanted: 'at most half',
    reached:
      ours &&
      keras &&
      `${share.toFixed(2)}: ${mebibytes(ours.peakBytes)} MiB against ${mebibytes(keras.peakBytes)}`,
    held: share <= 0.5,
  };
}

function secondRow({ secondRun }: Results): Promised {
  const ratios = secondRun?.map(({ ratio }) => ratio.median) ?? [];
  const named = secondRun?.map(({ data, ratio }) => `${times(ratio.median)} on ${data}`);
  return {
    what: 'second run on the same images, whole command, defaults',
    wanted: '5 x',
    reached: named?.length ? named.join(', ') : undefined,
    held: ratios.length > 0 && Math.min(...ratios) >= 5,
  };
}

function largeImagesRow({ largeImages }: Results): Promised {
  return {
    what: 'peak memory of a training on 1,000 images, ten of them made to take much',
    wanted: 'at most 1.2 GB',
    reached: largeImages && `${(largeImages.peakBytes / 1e9).toFixed(2)} GB`,
    held: largeImages !== undefined && largeImages.peakBytes <= 1.2e9,
  };
}

function boundRows({ memory = [] }: Results): Promised[] {
  const networks = [...new Set(memory.map(({ network }) => network))];
  return networks.map((network) => {
    const rows = memory.filter((row) => row.network === network);
    const [few, many] = [rows[0]!, rows.at(-1)!];
    const growth = many.peakBytes / few.peakBytes;
    const anonymous = many.peakAnonymousBytes / few.peakAnonymousBytes;
    return {
      what: `peak memory of many images over that of few, ${network}`,
      wanted: 'at most 1.1 x',
      reached:
        few === many
          ? undefined
          : `${times(growth)} from ${few.images} to ${many.images} images (without mapped files ${times(anonymous)})`,
      held: growth <= 1.1,
    };
  });
}

/** Of every network, against the faster layout of PyTorch eager. */
function fineTuneRows({ fineTune }: Results): Promised[] {
  const eager = (fineTune?.rows ?? []).filter(({ contender }) => contender.startsWith('PyTorch, eager'));
  return [...new Set(eager.map(({ network }) => network))].map((network) => {
    const best = eager
      .filter((row) => row.network === network)
      .reduce((a, b) => (b.figures.medianMs < a.figures.medianMs ? b : a));
    const share = 1 / best.ratio!.median;
    return {
      what: `a fine-tuning step, ${network}, batch ${best.batch}, against PyTorch eager`,
      wanted: 'at most 1.3 x its time',
      reached: `${times(share)} that of ${best.contender}; processor time ${times(1 / best.processorRatio!.median)}`,
      held: share <= 1.3,
    };
  });
}

function recipesOf(
  { recipe }: Results,
  augmentation: Augmentation,
): { readonly ours: RecipeRow | undefined; readonly keras: RecipeRow | undefined } {
  const rows = (recipe?.rows ?? []).filter((row) => row.augmentation === augmentation);
  return {
    ours: rows.find(({ contender }) => contender === 'Graft, empty cache'),
    keras: rows.find(({ contender }) => contender.startsWith('Keras')),
  };
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)} x`;
}
