/** @file What of a trained classifier goes into its model file. */

import type { ClassificationReport } from '../core/evaluation/classification-report.ts';
import type { Graph } from '../core/graph/graph.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { ReportOf, Task } from '../recipe/task.ts';
import { classification } from '../recipe/tasks/classification.ts';
import { multiLabel } from '../recipe/tasks/multi-label.ts';
import { regression } from '../recipe/tasks/regression.ts';
import type { TrainedClassifier } from '../runs/grow-classifier.ts';
import type { TrainedPhases } from '../runs/train-phases.ts';
import { imageGraph } from '../vision/preprocessing/image-graph.ts';
import { describeWeightSource } from '../vision/pretrained/pretrained-configs.ts';
import { FORMAT_VERSION, type RecipeModelInfo } from './model-info.ts';
import { findOutput } from './model-output.ts';
import type { StoredClassificationReport } from './report-schema.ts';

/**
 * The whole classifier as one graph: input `image`, uint8 RGB `[N, size, size, 3]`; scaling, backbone and head
 * inside; output `probabilities`, or `predictions` of a regression, float32 `[N, classNames]`.
 */
export function classifierGraph(trained: TrainedClassifier<Task>): Graph {
  return imageGraph(trained.model, trained.model.output, {
    preprocessing: trained.preprocessing,
    ...findOutput(trained.recipe.task),
    frozen: trained.int8?.frozen,
  });
}

/** What the model file says of itself. */
export function classifierInfo(trained: TrainedClassifier<Task>, graftVersion: string): RecipeModelInfo {
  const { recipe } = trained;
  const { pretrainedConfig } = trained.backbone;
  return withMetrics(trained, {
    formatVersion: FORMAT_VERSION,
    graftVersion,
    classNames: [...trained.classNames],
    input: {
      widthPx: recipe.sizePx,
      heightPx: recipe.sizePx,
      resize: 'squash' as const,
      interpolation: 'bilinear' as const,
    },
    recipe,
    backbone: {
      name: pretrainedConfig.id,
      source: describeWeightSource(pretrainedConfig),
      license: pretrainedConfig.license,
    },
  });
}

/** Facts of a model with how good it is, by its task. */
export function withMetrics<F extends { readonly recipe: Pick<Recipe, 'task'> }>(
  trained: Measured<Task>,
  facts: F,
): F & WithMetrics {
  const { task } = facts.recipe;
  const epochs = { bestEpoch: trained.bestEpoch, epochs: trained.history.epochs.length };
  switch (task) {
    case classification.name:
      return { ...facts, ...setsOf(trained as Measured<typeof classification.name>, briefly), ...epochs };
    case multiLabel.name: {
      const sets = setsOf(trained as Measured<typeof multiLabel.name>, (metrics) => metrics);
      const { threshold } = sets.validation;
      return { ...facts, task, threshold, ...sets, ...epochs };
    }
    case regression.name: {
      const sets = setsOf(trained as Measured<typeof regression.name>, (metrics) => metrics);
      return { ...facts, task, ...sets, ...epochs };
    }
  }
}

type Measured<T extends Task> = Pick<
  TrainedPhases<T>,
  'train' | 'validation' | 'test' | 'bestEpoch' | 'history'
>;

type MetricsOf<I> = I extends unknown
  ? Pick<I, Extract<keyof I, 'task' | 'threshold' | 'train' | 'validation' | 'test' | 'bestEpoch' | 'epochs'>>
  : never;
type WithMetrics = MetricsOf<RecipeModelInfo>;

function setsOf<T extends Task, F>(
  { train, validation, test }: Measured<T>,
  metrics: (all: ReportOf[T]) => F,
): { readonly train: F; readonly validation: F; readonly test?: F | undefined } {
  return { train: metrics(train), validation: metrics(validation), test: test && metrics(test) };
}

function briefly(metrics: ClassificationReport): StoredClassificationReport {
  const { examples, loss, accuracy, interval, balancedAccuracy, macroF1, baseline } = metrics;
  return {
    examples,
    loss,
    accuracy,
    interval: [interval[0], interval[1]],
    balancedAccuracy,
    macroF1,
    baseline,
  };
}
