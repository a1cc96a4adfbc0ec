/** @file What of a trained classifier of texts goes into its model file. */

import { GraphBuilder } from '../core/graph/builder.ts';
import type { Graph } from '../core/graph/graph.ts';
import { simplify } from '../core/graph/passes/simplify.ts';
import { asPlain } from '../core/layers/layout.ts';
import { inferenceLowering, lowerTensors } from '../core/layers/lower-model.ts';
import { withSmallNumbers, withTemperature } from '../core/losses/logits.ts';
import type { Task } from '../recipe/task.ts';
import type { TrainedTextClassifier } from '../runs/grow-text-classifier.ts';
import { lowerIds } from '../text/modality/text-modality.ts';
import { similarityOutput, withMetrics } from './classifier-file.ts';
import { FORMAT_VERSION, type TextModelInfo } from './model-info.ts';
import { findOutput } from './model-output.ts';
import { encodeAdapters } from './stored-adapters.ts';

/**
 * The whole classifier as one graph: input `ids`, int64 `[N, S]`, padded with -1 at the end; network, n-grams and head inside; output
 * `probabilities`, or `predictions` of a regression, float32 `[N, classNames]`.
 */
export function textClassifierGraph(trained: TrainedTextClassifier<Task>): Graph {
  const { model, recipe, confidence } = trained;
  const { output, outputName } = findOutput(recipe.task);
  const builder = new GraphBuilder(model.name);
  const beside = similarityOutput(trained);
  const wanted = beside === undefined ? [model.output] : [model.output, beside.tensor];
  const [lowered, further] = lowerTensors(wanted, inferenceLowering(builder), lowerIds(builder, model));
  const value = asPlain(builder, lowered!);
  const temperature = confidence?.calibration?.temperature ?? 1;
  const result =
    output === 'probabilities'
      ? withTemperature(builder, value, temperature)
      : withSmallNumbers(builder, value, temperature);
  builder.output(result, outputName);
  if (beside !== undefined) builder.output(beside.emit(builder, asPlain(builder, further!)), beside.name);
  return simplify(builder.build());
}

/** The adapters beside it, see `encodeAdapters`; undefined if there are none. */
export function textClassifierAdapters({
  model,
  backbone,
  adapters,
}: TrainedTextClassifier<Task>): string | undefined {
  if (adapters.length === 0) return undefined;
  const network = new Set(backbone.model.layers);
  const head = model.layers.filter((layer) => layer.weights.length > 0 && !network.has(layer));
  const { architecture } = backbone.facts;
  return encodeAdapters({ architecture, head: head.map(({ name }) => name), adapters });
}

/** What the model file says of itself. */
export function textClassifierInfo(
  trained: TrainedTextClassifier<Task>,
  graftVersion: string,
): TextModelInfo {
  const { recipe, backbone, tokens } = trained;
  const { title, license } = backbone.facts;
  return withMetrics(trained, {
    formatVersion: FORMAT_VERSION,
    graftVersion,
    modality: 'text' as const,
    classNames: [...trained.classNames],
    input: { maxTokens: tokens.maxTokens, long: recipe.long },
    recipe,
    backbone: { name: recipe.backbone, source: title, license },
  });
}
