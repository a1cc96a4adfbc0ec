/** @file What of a trained classifier goes into its model file. */

import type { ClassificationFigures } from '../evaluation/classification-figures.ts';
import type { Graph } from '../graph/graph.ts';
import { weightSourceOf } from '../models/backbone-cards.ts';
import { type PictureGraphOptions, pictureGraph } from '../models/picture-graph.ts';
import type { FiguresOf, Task } from '../training/task.ts';
import type { TrainedClassifier } from '../training/train-classifier.ts';
import type { StoredClassFigures } from './figures-schema.ts';
import { FORMAT_VERSION, type RecipeModelInfo } from './model-info.ts';

/**
 * What a model file's output means, and what it is called: `probabilities` of classes (of both, where one sigmoid
 * tells two apart) or of labels; `numbers`.
 */
export function outputOf(task: Task): Pick<PictureGraphOptions, 'output'> & { readonly outputName: string } {
  if (task === 'single-label') return { output: 'probabilities', outputName: 'probabilities' };
  return { output: 'features', outputName: task === 'multi-label' ? 'probabilities' : 'numbers' };
}

/**
 * The whole classifier as one graph: input `image`, uint8 RGB `[N, size, size, 3]`; scaling, backbone and head
 * inside; output `probabilities`, or `numbers`, float32 `[N, classes]`.
 */
export function classifierGraph(trained: TrainedClassifier<Task>): Graph {
  return pictureGraph(trained.model, trained.model.output, {
    preprocessing: trained.preprocessing,
    ...outputOf(trained.recipe.task),
    ...(trained.int8 && { frozen: trained.int8.frozen }),
  });
}

/** What the model file says of itself. */
export function classifierInfo(trained: TrainedClassifier<Task>, graftVersion: string): RecipeModelInfo {
  const { recipe } = trained;
  const { card } = trained.backbone;
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
    backbone: { name: card.id, source: weightSourceOf(card), licence: card.licence },
  };
  const epochs = { bestEpoch: trained.bestEpoch, epochs: trained.history.epochs.length };
  switch (recipe.task) {
    case 'single-label':
      return { ...facts, ...setsOf(trained as TrainedClassifier, briefly), ...epochs };
    case 'multi-label': {
      const sets = setsOf(trained as TrainedClassifier<'multi-label'>, (figures) => figures);
      const { threshold } = sets.validation;
      return { ...facts, task: recipe.task, threshold, ...sets, ...epochs };
    }
    case 'regression': {
      const sets = setsOf(trained as TrainedClassifier<'regression'>, (figures) => figures);
      return { ...facts, task: recipe.task, ...sets, ...epochs };
    }
  }
}

function setsOf<T extends Task, F>(
  { train, validation, test }: TrainedClassifier<T>,
  figures: (all: FiguresOf[T]) => F,
): { readonly train: F; readonly validation: F; readonly test?: F } {
  return { train: figures(train), validation: figures(validation), ...(test && { test: figures(test) }) };
}

function briefly(figures: ClassificationFigures): StoredClassFigures {
  const { images, loss, accuracy, interval, balancedAccuracy, macroF1, baseline } = figures;
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
