/** @file What of a trained classifier goes into its model file. */

import type { ClassificationFigures } from '../evaluation/classification-figures.ts';
import type { Graph } from '../graph/graph.ts';
import { weightSourceOf } from '../models/backbone-cards.ts';
import { pictureGraph } from '../models/picture-graph.ts';
import type { TrainedClassifier } from '../training/train-classifier.ts';
import { type Figures, FORMAT_VERSION, type ModelInfo } from './model-info.ts';

/**
 * The whole classifier as one graph: input `image`, uint8 RGB `[N, size, size, 3]`; scaling, backbone and head
 * inside; output `probabilities`, float32 `[N, classes]`.
 */
export function classifierGraph(trained: TrainedClassifier): Graph {
  return pictureGraph(trained.model, trained.model.output, {
    preprocessing: trained.preprocessing,
    output: 'probabilities',
  });
}

/** What the model file says of itself. */
export function classifierInfo(trained: TrainedClassifier, graftVersion: string): ModelInfo {
  const { recipe } = trained;
  const { card } = trained.backbone;
  return {
    formatVersion: FORMAT_VERSION,
    graftVersion,
    classes: [...trained.classes],
    input: { widthPx: recipe.sizePx, heightPx: recipe.sizePx, resize: 'squash' },
    recipe,
    backbone: { name: card.id, source: weightSourceOf(card), licence: card.licence },
    train: figuresOf(trained.train),
    validation: figuresOf(trained.validation),
    ...(trained.test && { test: figuresOf(trained.test) }),
    bestEpoch: trained.bestEpoch,
    epochs: trained.history.epochs.length,
  };
}

function figuresOf({ images, loss, accuracy, interval }: ClassificationFigures): Figures {
  return { images, loss, accuracy, interval: [interval[0], interval[1]] };
}
