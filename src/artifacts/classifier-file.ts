/** @file What of a trained classifier goes into its model file. */

import type { ClassificationReport } from '../core/evaluation/classification-report.ts';
import type { Graph } from '../core/graph/graph.ts';
import type { ReportOf, Task } from '../recipe/task.ts';
import { classification } from '../recipe/tasks/classification.ts';
import { multiLabel } from '../recipe/tasks/multi-label.ts';
import { regression } from '../recipe/tasks/regression.ts';
import type { TrainedClassifier } from '../runs/grow-classifier.ts';
import { imageGraph } from '../vision/preprocessing/image-graph.ts';
import { weightSourceOf } from '../vision/pretrained/pretrained-configs.ts';
import { FORMAT_VERSION, type RecipeModelInfo } from './model-info.ts';
import { outputOf } from './model-output.ts';
import type { StoredClassificationReport } from './report-schema.ts';

/**
 * The whole classifier as one graph: input `image`, uint8 RGB `[N, size, size, 3]`; scaling, backbone and head
 * inside; output `probabilities`, or `numbers`, float32 `[N, classes]`.
 */
export function classifierGraph(trained: TrainedClassifier<Task>): Graph {
  return imageGraph(trained.model, trained.model.output, {
    preprocessing: trained.preprocessing,
    ...outputOf(trained.recipe.task),
    ...(trained.int8 && { frozen: trained.int8.frozen }),
  });
}

/** What the model file says of itself. */
export function classifierInfo(trained: TrainedClassifier<Task>, graftVersion: string): RecipeModelInfo {
  const { recipe } = trained;
  const { pretrainedConfig } = trained.backbone;
  const facts = {
    formatVersion: FORMAT_VERSION,
    graftVersion,
    classes: [...trained.classes],
    input: {
      widthPx: recipe.sizePx,
      heightPx: recipe.sizePx,
      resize: 'squash' as const,
      interpolation: 'bilinear' as const,
    },
    recipe,
    backbone: {
      name: pretrainedConfig.id,
      source: weightSourceOf(pretrainedConfig),
      license: pretrainedConfig.license,
    },
  };
  const epochs = { bestEpoch: trained.bestEpoch, epochs: trained.history.epochs.length };
  switch (recipe.task) {
    case classification.name:
      return { ...facts, ...setsOf(trained as TrainedClassifier, briefly), ...epochs };
    case multiLabel.name: {
      const sets = setsOf(trained as TrainedClassifier<typeof multiLabel.name>, (metrics) => metrics);
      const { threshold } = sets.validation;
      return { ...facts, task: recipe.task, threshold, ...sets, ...epochs };
    }
    case regression.name: {
      const sets = setsOf(trained as TrainedClassifier<typeof regression.name>, (metrics) => metrics);
      return { ...facts, task: recipe.task, ...sets, ...epochs };
    }
  }
}

function setsOf<T extends Task, F>(
  { train, validation, test }: TrainedClassifier<T>,
  metrics: (all: ReportOf[T]) => F,
): { readonly train: F; readonly validation: F; readonly test?: F } {
  return { train: metrics(train), validation: metrics(validation), ...(test && { test: metrics(test) }) };
}

function briefly(metrics: ClassificationReport): StoredClassificationReport {
  const { images, loss, accuracy, interval, balancedAccuracy, macroF1, baseline } = metrics;
  return {
    images,
    loss,
    accuracy,
    interval: [interval[0], interval[1]],
    balancedAccuracy,
    macroF1,
    baseline,
  };
}
