/** @file The classifier of a model file before its training: its backbone's weights are read again. */

import { modelFileError } from '../../artifacts/model-info.ts';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { BuildClassifier } from '../../export/rebuilt-classifier.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import { buildClassifier } from '../training/train-classifier.ts';

/**
 * Builds what a model file's recipe says.
 *
 * @param path - Of the model file, for messages.
 * @param backbone - A weights file instead of the recipe's backbone, where that one has moved.
 */
export function pretrainedClassifier(path: string, backbone: string | undefined): BuildClassifier {
  return async (recipe, numClasses) => {
    const moved = withBackbone(recipe, backbone);
    try {
      return await buildClassifier(moved, numClasses);
    } catch (cause) {
      if (!(cause instanceof GraftError)) throw cause;
      const { where, received } = cause.parts;
      throw modelFileError(
        path,
        `its backbone "${moved.weights ?? moved.backbone}" again, for the layers that the file holds only as operators`,
        `${received} (${where})`,
        "Give the backbone's weights file with --backbone, or export to onnx.",
        cause,
      );
    }
  };
}

/** Weights of a network that is named; a file that is a network by itself takes the place of the other. */
function withBackbone(recipe: Recipe, file: string | undefined): Recipe {
  if (file === undefined) return recipe;
  const isFile = /[/\\.]/.test(recipe.backbone) && recipe.weights === null;
  return isFile ? { ...recipe, backbone: file } : { ...recipe, weights: file };
}
