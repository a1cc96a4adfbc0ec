/** @file A classifier from a backbone that is there: the head on it, and whether all its training can be done. */

import { GraftError } from '../core/errors/graft-error.ts';
import { Functional } from '../core/layers/functional.ts';
import { applyHead } from '../recipe/head-spec.ts';
import { checkPhases, freezeUpTo, listPhases } from '../recipe/phases.ts';
import { type RecipeInput, recipeSchema, shownRecipe } from '../recipe/recipe.ts';
import { readRecipe } from '../recipe/recipe-input.ts';
import type { DefaultTask, Task } from '../recipe/task.ts';
import type { Backbone } from '../vision/backbone/backbone.ts';
import { requireImageMemory } from '../vision/modality/image-memory.ts';
import { resolvePreprocessing } from '../vision/preprocessing/preprocessing-choice.ts';
import type { ClassifierModel, TrainingOptions } from './classifier-options.ts';
import type { ExampleSets } from './example-sets.ts';
import { phaseTrainer } from './phase-trainer.ts';
import type { TrainedPhases } from './train-phases.ts';

/** A classifier with what its training came to. */
export type TrainedClassifier<T extends Task = DefaultTask> = ClassifierModel &
  TrainedPhases<T> & {
    /** Names of classes, labels or values. */
    readonly classNames: readonly string[];
  };

/**
 * Puts a recipe's head on a backbone that is there already, at the backbone's own cut. Several classifiers may grow from
 * one backbone: they share its layers and weights.
 *
 * @throws {GraftError} As {@link buildClassifier}.
 */
export function growClassifier(backbone: Backbone, input: RecipeInput, numClasses: number): ClassifierModel {
  // In the order of the schema: the same recipe makes the same bytes in a model file, however it was written.
  const recipe = recipeSchema.parse({
    ...shownRecipe(readRecipe(input)),
    cut: backbone.cut,
    sizePx: backbone.model.input.shape[1] ?? 0,
  });
  freezeUpTo(backbone.model, recipe.unfreeze);
  const features = backbone.model.getLayer(backbone.cut).output;
  // Layers are named, and so their first weights drawn, as if this head were the only one.
  const giveNamesBack = features.scope.mark();
  const model = new Functional({
    inputs: backbone.model.inputs,
    outputs: applyHead(features, recipe.head, numClasses, recipe.task),
    name: 'classifier',
  });
  giveNamesBack();
  requireImageMemory(backbone);
  model.initialize({ seed: recipe.seed });
  const { total, trainable } = model.countParams();
  const preprocessing = resolvePreprocessing(recipe.preprocessing) ?? backbone.preprocessing;
  return { model, backbone, preprocessing, recipe, parameters: { total, trainable } };
}

/**
 * Looks at all phases of a training before the long work: a mistake in a later phase, or one too large for the memory, must
 * not wait for its turn.
 *
 * @throws {GraftError} What the phases' trainers throw.
 */
export async function checkTraining(
  classifier: ClassifierModel,
  images: ExampleSets<Task>,
  options: TrainingOptions,
): Promise<void> {
  const phases = listPhases(classifier.recipe);
  checkPhases(classifier.backbone.model, phases);
  for (const phase of phases) await phaseTrainer(classifier, phase, images, options).dispose();
}

/** Refuses what a file may say: a recipe has one side alone. @throws {GraftError} `argument`. */
export function requireSquare({ model, pretrainedConfig }: Backbone): void {
  const [, height, width] = model.input.shape;
  if (height === width) return;
  throw new GraftError('argument', {
    where: `backbone "${pretrainedConfig.id}"`,
    expected: 'a network for square images',
    received: `a file that was built for ${height} x ${width} px`,
    advice: 'Give the size to train at: --size (sizePx).',
  });
}
