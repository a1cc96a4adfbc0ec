/** @file A classifier of texts from a network that is there: n-grams beside it, and the head on both. */

import { GraftError } from '../core/errors/graft-error.ts';
import { Functional } from '../core/layers/functional.ts';
import { applyHead } from '../recipe/head-spec.ts';
import { freezeUpTo } from '../recipe/phases.ts';
import { type RecipeRequest, shownRecipe, type TextRecipe, textRecipeSchema } from '../recipe/recipe.ts';
import type { DefaultTask, Task } from '../recipe/task.ts';
import type { TextBackbone } from '../text/encoders/text-backbone.ts';
import { addNgrams, countNgrams } from '../text/modality/ngrams.ts';
import type { TextExample } from '../text/modality/text-example.ts';
import { TextTokens } from '../text/modality/text-tokens.ts';
import type { TrainableModel } from './classifier-options.ts';
import type { ExampleSets } from './example-sets.ts';
import type { TrainedPhases } from './train-phases.ts';

/** A network of texts with a head, ready to be trained. */
export interface TextClassifierModel extends TrainableModel {
  readonly backbone: Pick<TrainableModel['backbone'], 'model' | 'cut'> &
    Pick<TextBackbone, 'facts' | 'notes' | 'tokenizer'>;
  /** How texts become ids. */
  readonly tokens: TextTokens;
  /** Complete: with the cut and the most tokens that were used. */
  readonly recipe: TextRecipe;
}

/** A classifier of texts with what its training came to. */
export type TrainedTextClassifier<T extends Task = DefaultTask> = TextClassifierModel &
  TrainedPhases<T> & {
    /** Names of classes, labels or values. */
    readonly classNames: readonly string[];
  };

/** Texts as a training has them. */
export interface TextExampleSets<T extends Task = Task> extends ExampleSets<T> {
  readonly train: readonly TextExample[];
  readonly validation: readonly TextExample[];
}

/**
 * Puts a recipe's head on a network of texts, with n-grams of the training texts where the recipe wants them.
 *
 * @throws {GraftError} `layer-not-found`; `argument`, if the cut gives no vector for each text, or there are fewer tokens than stand
 *   around every text.
 */
export function growTextClassifier(
  backbone: TextBackbone,
  request: RecipeRequest,
  { train, classNames }: Pick<TextExampleSets, 'train' | 'classNames'>,
): TextClassifierModel {
  const { tokenizer, facts, notes } = backbone;
  const cut = request.cut ?? backbone.model.output.layer.name;
  const { output } = backbone.model.getLayer(cut);
  if (output.shape.length !== 2) throw noVector(facts.id, cut);
  const maxTokens = fittingTokens(backbone, request.maxTokens);
  const { long = 'head', ngrams = null } = request;
  const recipe = textRecipeSchema.parse({ ...shownRecipe(request), cut, maxTokens, long, ngrams });
  const tokens = new TextTokens({ tokenizer, maxTokens, long });
  const encoder = new Functional({
    inputs: backbone.model.inputs,
    outputs: output,
    name: backbone.model.name,
  });
  freezeUpTo(encoder, recipe.unfreeze);
  const pool =
    ngrams === null
      ? undefined
      : countNgrams(
          train.map(({ text }) => tokens.of(text)),
          { length: ngrams },
        );
  const network = pool === undefined ? encoder : addNgrams(encoder, pool);
  const model = new Functional({
    inputs: network.inputs,
    outputs: applyHead(network.output, recipe.head, classNames.length, recipe.task),
    name: 'classifier',
  });
  model.initialize({ seed: recipe.seed });
  const { total, trainable } = model.countParams();
  return {
    model,
    backbone: { model: encoder, cut, facts, notes, tokenizer },
    tokens,
    recipe,
    parameters: { total, trainable },
  };
}

function fittingTokens({ maxTokens, tokenizer, facts }: TextBackbone, asked: number | undefined): number {
  const around = tokenizer.prefix.length + tokenizer.suffix.length;
  if (asked === undefined || (asked > around && asked <= maxTokens)) return asked ?? maxTokens;
  throw new GraftError('argument', {
    where: `backbone "${facts.id}"`,
    expected: `from ${around + 1} to ${maxTokens} tokens (--max-tokens)`,
    received: String(asked),
    advice:
      asked > maxTokens ? 'Longer texts are read at their beginning, or by --long head+tail.' : 'Give more.',
  });
}

function noVector(id: string, cut: string): GraftError {
  return new GraftError('argument', {
    where: `backbone "${id}"`,
    expected: 'a layer that gives one vector for each text (--cut)',
    received: `"${cut}"`,
    advice: 'Leave out --cut for the one that suits best.',
  });
}
