/** @file Choices of a recipe that are wasteful for sure, each with a better one. */

import { wilsonInterval } from '../../core/evaluation/wilson-interval.ts';
import type { Modality } from '../../core/examples/modality.ts';
import { SOLVER_NAME } from '../../core/optimizers/optimizers.ts';
import type { HeadLayer } from '../../recipe/head-layers.ts';
import { formatHead } from '../../recipe/head-spec.ts';
import { learningRateRange } from '../../recipe/learning-rate-range.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import { createHeadOutput, hasClasses, type Task, taskNamed } from '../../recipe/task.ts';
import type { TrainableModel } from '../classifier-options.ts';
import type { ExampleSets } from '../example-sets.ts';
import type { PhaseForecast, Warning } from './estimate-report.ts';

export interface Choices {
  readonly classifier: Pick<TrainableModel, 'backbone' | 'recipe'>;
  /** What the examples are called. */
  readonly words: Modality['words'];
  readonly images: Pick<ExampleSets<Task>, 'classNames' | 'train' | 'validation'>;
  readonly phases: readonly Recipe[];
  /** One for each phase. */
  readonly forecasts: readonly Pick<PhaseForecast, 'seconds'>[];
}

/** Such a head takes 1.6 GB with Adam, for nothing: pooled features do as well. */
const LARGE_FLATTEN = 100_000_000;
const MAX_PARAMETERS_PER_IMAGE = 10_000;
const FEW_VIEWS = 2;
const SLOW_SECONDS = 3600;
/** Largest class against the smallest. */
const UNEQUAL = 4;
/** Smallest and largest size, as parts of the backbone's own. */
const SIZES = [0.4, 2] as const;
const SMALL_VALIDATION = 30;

/** In the order in which they matter. */
export function collectWarnings(choices: Choices): Warning[] {
  return [
    ...headWarnings(choices),
    ...rateWarnings(choices),
    ...batchWarnings(choices),
    ...viewWarnings(choices),
    ...slowWarnings(choices),
    ...classWarnings(choices),
    ...sizeWarnings(choices),
    ...validationWarnings(choices),
  ];
}

function headWarnings({ classifier, images, words }: Choices): Warning[] {
  const { backbone, recipe } = classifier;
  const { head } = recipe;
  const shape = backbone.model
    .getLayer(backbone.cut)
    .output.shape.slice(1)
    .map((size) => size ?? 1);
  const outputs = createHeadOutput(recipe.task, images.classNames.length).units;
  const parameters = headParameters(head, shape, outputs);
  const flattens = head[0]?.type === 'flatten' && shape.length > 1 && shape[0]! * shape[1]! > 1;
  const pooled: HeadLayer[] = flattens ? [{ type: 'gap' }, ...head.slice(1)] : [...head];
  const better = `--head ${formatHead(pooled)} has ${count(headParameters(pooled, shape, outputs))}`;
  if (flattens && parameters >= LARGE_FLATTEN) {
    const numbers = shape.reduce((product, size) => product * size, 1);
    return [
      {
        code: 'large-flatten',
        text: `Flatten makes ${count(numbers)} numbers of an image, and so a head of ${count(parameters)} parameters: ${better}.`,
      },
    ];
  }
  const each = Math.round(parameters / images.train.length);
  if (each < MAX_PARAMETERS_PER_IMAGE) return [];
  return [
    {
      code: 'large-head',
      text: `The head has ${count(parameters)} parameters, ${count(each)} for each ${words.one} to train on: it can learn them by heart. ${flattens ? `${better}.` : 'Fewer units do as well.'}`,
    },
  ];
}

function headParameters(head: readonly HeadLayer[], shape: readonly number[], outputs: number): number {
  const flattens = head[0]?.type === 'flatten';
  let width = flattens ? shape.reduce((product, size) => product * size, 1) : shape.at(-1)!;
  let parameters = 0;
  for (const layer of head) {
    if (layer.type !== 'dense') continue;
    parameters += (width + 1) * layer.units;
    width = layer.units;
  }
  return parameters + (width + 1) * outputs;
}

function rateWarnings({ phases }: Choices): Warning[] {
  return phases.flatMap((phase): Warning[] => {
    const { learningRate, optimizer, unfreeze } = phase;
    if (optimizer === SOLVER_NAME) return [];
    const { min, max } = learningRateRange(phase);
    if (learningRate >= min && learningRate <= max) return [];
    const what = unfreeze === null ? 'a new head' : 'pretrained layers';
    const harm = learningRate > max ? 'is more than' : 'is less than';
    const bear = learningRate > max ? 'bear' : 'learn from';
    return [
      {
        code: 'learning-rate',
        text: `A learning rate of ${learningRate} ${harm} ${what} can ${bear} with ${optimizer}. graft lr-find looks for a good one.`,
      },
    ];
  });
}

function batchWarnings({ phases, images, words }: Choices): Warning[] {
  const size = images.train.length;
  const batch = Math.max(
    ...phases.map(({ optimizer, batchSize }) => (optimizer === SOLVER_NAME ? 0 : batchSize)),
  );
  if (batch <= size) return [];
  const better = 2 ** Math.floor(Math.log2(Math.max(1, size / 4)));
  return [
    {
      code: 'batch',
      text: `A batch of ${batch} is more than the ${size} ${words.several} to train on: every epoch is one step. --batch ${better} makes ${Math.ceil(size / better)} of it.`,
    },
  ];
}

function viewWarnings({ classifier: { recipe }, phases, words: { one } }: Choices): Warning[] {
  const epochs = Math.max(...phases.map((phase) => phase.epochs));
  const { augmentation, views } = recipe;
  if (augmentation === null || views === null || views > FEW_VIEWS || epochs <= views) return [];
  const seen = views === 1 ? `the same view of every ${one}` : `${views} views of every ${one} in turn`;
  return [
    {
      code: 'views',
      text: `With --views ${views}, ${epochs} epochs see ${seen}, which augments little. --views 10 shows 10 of each.`,
    },
  ];
}

function slowWarnings({ phases, forecasts }: Choices): Warning[] {
  return phases.flatMap(({ unfreeze, epochs }, index): Warning[] => {
    const { epoch, training } = forecasts[index]!.seconds;
    if (unfreeze === null || training < SLOW_SECONDS) return [];
    return [
      {
        code: 'slow-unfreeze',
        text: `Training from ${unfreeze} on takes about ${Math.round(epoch / 60)} min an epoch, and there may be ${epochs}. A later --unfreeze is faster.`,
      },
    ];
  });
}

function classWarnings({ classifier, images, words }: Choices): Warning[] {
  const { balance, task } = classifier.recipe;
  if (balance !== 'none' || !taskNamed(task).accepts.balance) return [];
  const counts = images.classNames.map((name, label) => ({
    name,
    size: images.train.filter((sample) => sample.label === label).length,
  }));
  const [min] = counts.toSorted((a, b) => a.size - b.size);
  const max = counts.toSorted((a, b) => b.size - a.size)[0];
  if (min === undefined || max === undefined || max.size < UNEQUAL * min.size) return [];
  return [
    {
      code: 'unequal-classes',
      text: `There are ${count(max.size)} ${words.several} of ${max.name}, but ${count(min.size)} of ${min.name}. --balance weights makes the classes count alike.`,
    },
  ];
}

function sizeWarnings({ classifier: { backbone, recipe } }: Choices): Warning[] {
  const { pretrainedConfig } = backbone;
  const { sizePx } = recipe;
  // What is no image has no size.
  if (pretrainedConfig === undefined || sizePx === undefined) return [];
  const own = pretrainedConfig.defaultSizePx;
  const [min, max] = SIZES;
  if (sizePx >= own * min && sizePx <= own * max) return [];
  return [
    {
      code: 'size',
      text: `${sizePx} px is far from the ${own} px that ${pretrainedConfig.id} was trained with. --size ${own} suits it.`,
    },
  ];
}

function validationWarnings({ classifier, images, words }: Choices): Warning[] {
  const size = images.validation.length;
  if (size >= SMALL_VALIDATION) return [];
  const right = Math.round(size * 0.9);
  const [low, high] = wilsonInterval(right, size).map((fraction) => `${Math.round(fraction * 100)}%`);
  const example = hasClasses(classifier.recipe.task)
    ? `: with ${right} of them right, the accuracy is ${low} to ${high}`
    : '';
  return [
    {
      code: 'small-validation',
      text: `${size === 1 ? `1 validation ${words.one} tells` : `${size} validation ${words.several} tell`} little${example}. Give more with --validation.`,
    },
  ];
}

function count(value: number): string {
  return value.toLocaleString('en');
}
