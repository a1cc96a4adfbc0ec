/** @file What of a trained classifier goes into its model file. */

import type { ClassificationReport } from '../core/evaluation/classification-report.ts';
import type { Graph } from '../core/graph/graph.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { ReportOf, Task } from '../recipe/task.ts';
import { classification } from '../recipe/tasks/classification.ts';
import { multiLabel } from '../recipe/tasks/multi-label.ts';
import { regression } from '../recipe/tasks/regression.ts';
import type { TrainableModel } from '../runs/classifier-options.ts';
import type { Confidence, ConfidenceFacts } from '../runs/confidence/confidence.ts';
import { emitEmbedding } from '../runs/confidence/embedding.ts';
import { emitSimilarity } from '../runs/confidence/gallery.ts';
import type { TrainedClassifier } from '../runs/grow-classifier.ts';
import type { TrainedPhases } from '../runs/train-phases.ts';
import { type BesideOutput, imageGraph } from '../vision/preprocessing/image-graph.ts';
import { describeWeightSource } from '../vision/pretrained/pretrained-configs.ts';
import { FORMAT_VERSION, type RecipeModelInfo } from './model-info.ts';
import { findOutput, SIMILARITY_OUTPUT } from './model-output.ts';
import type { StoredClassificationReport } from './report-schema.ts';

/**
 * The whole classifier as one graph: input `image`, uint8 RGB `[N, size, size, 3]`; scaling, backbone and head
 * inside; output `probabilities`, or `predictions` of a regression, float32 `[N, classNames]`; with a gallery of training examples
 * `similarity`, too, float32 `[N, 1]`.
 */
export function classifierGraph(trained: TrainedClassifier<Task>): Graph {
  return imageGraph(trained.model, trained.model.output, {
    preprocessing: trained.preprocessing,
    ...findOutput(trained.recipe.task),
    frozen: trained.int8?.frozen,
    temperature: trained.confidence?.calibration?.temperature,
    beside: similarityOutput(trained),
  });
}

/** The similarity to training examples, where the model knows what is unknown to it. */
export function similarityOutput({
  model,
  confidence,
}: Pick<TrainedClassifier<Task>, 'confidence'> & Pick<TrainableModel, 'model'>): BesideOutput | undefined {
  const gallery = confidence?.gallery;
  if (gallery === undefined) return undefined;
  const tensor = model.tensors[gallery.tensor]!;
  return {
    tensor,
    name: SIMILARITY_OUTPUT,
    emit: (builder, value) => emitSimilarity(builder, emitEmbedding(builder, tensor, value), gallery),
  };
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
      resize: recipe.resize,
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
  const confidence = confidenceFacts(trained.confidence);
  const epochs = {
    bestEpoch: trained.bestEpoch,
    epochs: trained.history.epochs.length,
    ...(confidence === undefined ? {} : { confidence }),
  };
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
  'train' | 'validation' | 'test' | 'bestEpoch' | 'history' | 'confidence'
>;

type MetricsOf<I> = I extends unknown
  ? Pick<
      I,
      Extract<
        keyof I,
        'task' | 'threshold' | 'train' | 'validation' | 'test' | 'bestEpoch' | 'epochs' | 'confidence'
      >
    >
  : never;
type WithMetrics = MetricsOf<RecipeModelInfo>;

/** What of it people and programs read; undefined where there is nothing. */
export function confidenceFacts(confidence: Confidence | undefined): ConfidenceFacts | undefined {
  if (confidence === undefined) return undefined;
  const { gallery: _, notes: __, ...facts } = confidence;
  const known = Object.entries(facts).filter(([, value]) => value !== undefined);
  return known.length === 0 ? undefined : Object.fromEntries(known);
}

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
