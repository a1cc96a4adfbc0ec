/** @file A classifier of texts from a network that is there: n-grams beside it, and the head on both. */

import { GraftError } from '../core/errors/graft-error.ts';
import { Functional } from '../core/layers/functional.ts';
import type { SymbolicTensor } from '../core/layers/symbolic-tensor.ts';
import { applyHead } from '../recipe/head-spec.ts';
import { adaptedLayers, adaptToPhase, type LayerAdapter } from '../recipe/phase-adapters.ts';
import { freezeUpTo } from '../recipe/phases.ts';
import { type RecipeRequest, shownRecipe, type TextRecipe, textRecipeSchema } from '../recipe/recipe.ts';
import type { DefaultTask, Task } from '../recipe/task.ts';
import { sentenceEncoder, type TextPooling } from '../text/encoders/sentence-encoder.ts';
import type { TextBackbone } from '../text/encoders/text-backbone.ts';
import { addNgrams } from '../text/modality/ngrams.ts';
import type { TextExample } from '../text/modality/text-example.ts';
import type { TextTokens } from '../text/modality/text-tokens.ts';
import { inWindows } from '../text/modality/text-windows.ts';
import type { TrainableModel } from './classifier-options.ts';
import type { ExampleSets } from './example-sets.ts';
import type { PreparedTexts } from './prepare-texts.ts';
import type { TrainedPhases } from './train-phases.ts';

/** A network of texts with a head, ready to be trained. */
export interface TextClassifierModel extends TrainableModel {
  readonly backbone: Pick<TrainableModel['backbone'], 'model' | 'cut'> &
    Pick<TextBackbone, 'facts' | 'notes' | 'tokenizer'>;
  /** How texts become ids. */
  readonly tokens: TextTokens;
  /** How many of the run's texts have more tokens than are read of them. */
  readonly longTexts: number;
  /** Complete: with the cut and the most tokens that were used. */
  readonly recipe: TextRecipe;
}

/** A classifier of texts with what its training came to. */
export type TrainedTextClassifier<T extends Task = DefaultTask> = TextClassifierModel &
  TrainedPhases<T> & {
    /** Names of classes, labels or values. */
    readonly classNames: readonly string[];
    /** What adapters have learned; the network's kernels have it, too. */
    readonly adapters: readonly LayerAdapter[];
  };

/** Texts as a training has them. */
export interface TextExampleSets<T extends Task = Task> extends ExampleSets<T> {
  readonly train: readonly TextExample[];
  readonly validation: readonly TextExample[];
  readonly test: readonly TextExample[] | undefined;
}

/**
 * Puts a recipe's head on a network of texts, with n-grams of the training texts where the recipe wants them.
 *
 * Several classifiers may grow from one network: they share its layers and weights.
 *
 * @param prepared - See `prepareTexts`, of the same network and recipe.
 * @throws {GraftError} `layer-not-found`; `argument`, if the cut gives no vector for each text.
 */
export function growTextClassifier(
  backbone: TextBackbone,
  request: RecipeRequest,
  { classNames }: Pick<TextExampleSets, 'classNames'>,
  prepared: PreparedTexts,
): TextClassifierModel {
  const { tokenizer, facts, notes } = backbone;
  const cut = request.cut ?? backbone.model.output.layer.name;
  const output = vectorAt(backbone, cut, request.pooling ?? undefined);
  const { tokens, networkTokens: maxTokens, longTexts } = prepared;
  const { long = 'head', ngrams = null } = request;
  const recipe = textRecipeSchema.parse({ ...shownRecipe(request), cut, maxTokens, long, ngrams });
  // Layers are named, and so their first weights drawn, as if this head were the only one.
  const giveNamesBack = output.scope.mark();
  const encoder = new Functional({
    inputs: backbone.model.inputs,
    outputs: output,
    name: backbone.model.name,
  });
  freezeUpTo(encoder, recipe.unfreeze);
  adaptToPhase(encoder, recipe);
  for (const layer of adaptedLayers(encoder)) layer.trainable = true;
  const { prefix, suffix } = tokenizer;
  const whole =
    long === 'windows' ? inWindows(encoder, { windowTokens: maxTokens, prefix, suffix }) : encoder;
  const network = prepared.ngrams === undefined ? whole : addNgrams(whole, prepared.ngrams);
  const model = new Functional({
    inputs: network.inputs,
    outputs: applyHead(network.output, recipe.head, classNames.length, recipe.task),
    name: 'classifier',
  });
  giveNamesBack();
  model.initialize({ seed: recipe.seed });
  const { total, trainable } = model.countParams();
  return {
    model,
    backbone: { model: encoder, cut, facts, notes, tokenizer },
    tokens,
    longTexts,
    recipe,
    parameters: { total, trainable },
  };
}

/** What a layer gives of a text as one vector: where it gives one for each token, they are pooled. */
function vectorAt(backbone: TextBackbone, cut: string, asked: TextPooling | undefined): SymbolicTensor {
  const { model, facts, pooling } = backbone;
  const { output } = model.getLayer(cut);
  const isOfTokens = output.shape.length === 3 && output.shape[2] !== null;
  if (isOfTokens) {
    const tokens = new Functional({ inputs: model.inputs, outputs: output, name: model.name });
    return sentenceEncoder(tokens, { pooling: asked ?? pooling ?? 'mean' }).output;
  }
  if (output.shape.length !== 2) throw noVector(facts.id, cut);
  if (asked === undefined || asked === pooling) return output;
  throw new GraftError('argument', {
    where: `backbone "${facts.id}"`,
    expected: `a layer that gives a vector for each token (--cut), to be pooled as "${asked}"`,
    received: `"${cut}", which gives one for each text`,
    advice: 'Leave out --pooling, or cut at a layer before the pooling: graft summary lists them.',
  });
}

function noVector(id: string, cut: string): GraftError {
  return new GraftError('argument', {
    where: `backbone "${id}"`,
    expected: 'a layer that gives one vector for each text, or for each token (--cut)',
    received: `"${cut}"`,
    advice: 'Leave out --cut for the one that suits best.',
  });
}
