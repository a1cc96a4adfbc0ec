/** @file What a sweep will do: its combinations, and the feature layers in the backbone that their heads grow from. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { FEATURE_MEMORY_BYTES } from '../../core/features/feature-table.ts';
import { FEATURE_BYTES, rowNumbers } from '../../core/features/row-layout.ts';
import type { Functional } from '../../core/layers/functional.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';
import { listSlots } from '../../core/optimizers/optimizer.ts';
import { platform } from '../../core/runtime/platform.ts';
import type { RuntimeOptions } from '../../core/runtime/runtime.ts';
import { boundarySpecs, splitAtFreezeBoundary } from '../../core/steps/freeze-boundary.ts';
import { requireKernelMemory, requireMemory, USABLE_MEMORY } from '../../core/steps/memory.ts';
import { createBatchMixing } from '../../recipe/batch-mixing.ts';
import type { Recipe, RecipeRequest } from '../../recipe/recipe.ts';
import { createOptimizer } from '../../recipe/recipe-optimizer.ts';
import { checkTask, DEFAULT_TASK } from '../../recipe/task.ts';
import { createSplitOptions, resolveSchedule } from '../phase-trainer.ts';
import type { SweepFeatureLayer } from './sweep-feature-layer.ts';
import type { SweptModel, SweptNetworks } from './swept-networks.ts';

/** One combination. */
export interface SweepCell {
  readonly recipe: Recipe;
  /** Makes the classifier of this combination, or of one that differs from it in what is no part of the model. */
  readonly grow: (recipe: RecipeRequest) => SweptModel;
  readonly featureLayer: SweepFeatureLayer;
  readonly parameters: { readonly total: number; readonly trainable: number };
}

export interface SweepPlan {
  readonly featureLayers: readonly SweepFeatureLayer[];
  /** Those of one feature layer together, else in the order of the grid. */
  readonly cells: readonly SweepCell[];
  /** Remarks on the network, one sentence each. */
  readonly notes: readonly string[];
}

export interface SweepPlanOptions extends RuntimeOptions {
  readonly numClasses: number;
  /** What heads grow from. */
  readonly networks: SweptNetworks;
  /** All images whose features are needed. */
  readonly images: number;
  /** Those that each combination is trained on. */
  readonly trainingImages: number;
  /** Views of each of the images that are trained on; 0 without augmentation. */
  readonly views: number;
  /** Whether features may lie on disk. */
  readonly hasStores: boolean;
}

/**
 * Sees to it that all combinations can be trained, before anything long begins.
 *
 * @param requests - Of one backbone, see `sweepGrid`.
 * @throws {GraftError} `layer-not-found`, with the nearest names; `memory`, with the sum; `argument`, if a head does not fit.
 */
export function planSweep(requests: readonly RecipeRequest[], options: SweepPlanOptions): SweepPlan {
  const { numClasses, images, hasStores, networks } = options;
  const featureLayers = new Map<string, SweepFeatureLayer>();
  const cells = requests.map((request): SweepCell => {
    const grow = networks.at(request.cut);
    const { model, recipe, backbone, parameters, ...seen } = grow(request);
    checkTask({ ...recipe, task: DEFAULT_TASK }, numClasses);
    resolveSchedule(recipe, options.trainingImages);
    const part = splitAtFreezeBoundary(model, createSplitOptions(recipe));
    createBatchMixing(recipe, part);
    const name = part.boundary.map((tensor) => wayTo(tensor, backbone.model)).join(' + ');
    const width = rowNumbers(boundarySpecs(part));
    const slots = listSlots(createOptimizer(recipe));
    requireMemory({
      images,
      featureWidth: width,
      featureBytes: FEATURE_BYTES[recipe.features],
      mostFeatureBytes: hasStores ? FEATURE_MEMORY_BYTES : undefined,
      trainableWeights: parameters.trainable,
      slots: slots.length,
    });
    requireKernelMemory(part, slots.length, recipe.batchSize);
    const { boundary } = part;
    const featureLayer = featureLayers.get(name) ?? {
      name,
      recipe,
      backbone,
      preprocessing: 'preprocessing' in seen ? seen.preprocessing : undefined,
      model,
      boundary,
      width,
    };
    featureLayers.set(name, featureLayer);
    return { recipe, grow, featureLayer, parameters };
  });
  const order = [...featureLayers.values()];
  if (!hasStores) requireFeatureMemory(order, options);
  return {
    featureLayers: order,
    cells: order.flatMap((featureLayer) => cells.filter((cell) => cell.featureLayer === featureLayer)),
    notes: networks.notes,
  };
}

/** What leads from the backbone to a tensor: the same for the same features. */
function wayTo(tensor: SymbolicTensor, backbone: Functional): string {
  const { layer, inputs } = tensor;
  if (backbone.layers.includes(layer)) return layer.name;
  return `${layer.className}(${inputs.map((input) => wayTo(input, backbone)).join(', ')})`;
}

/** @throws {GraftError} `argument`, if a recipe trains more than a head, or needs new views in every epoch. */
export function requireSweepable(recipe: RecipeRequest): void {
  const refuse = (expected: string, received: string, advice: string): never => {
    throw new GraftError('argument', { where: 'sweep', expected, received, advice });
  };
  const unfrozen = recipe.unfreeze ?? recipe.phases.find(({ unfreeze }) => unfreeze != null)?.unfreeze;
  if (unfrozen != null) {
    refuse(
      'recipes that train the head alone',
      `one that trains the backbone from "${unfrozen}" on`,
      'Sweep the heads first; then train the best one further with graft train --then unfreeze=LAYER.',
    );
  }
  const rank = recipe.lora ?? recipe.phases.find(({ lora }) => lora != null)?.lora;
  if (rank != null) {
    refuse(
      'recipes that train the head alone',
      `one that trains adapters of rank ${rank}`,
      'Sweep the heads first; then train the best one further with graft train --then lora=RANK.',
    );
  }
  if (recipe.augmentation !== null && recipe.views === null) {
    refuse(
      'views that come again (--views 10)',
      'new views in every epoch (--views 0)',
      'All heads learn from the same views, which are computed once.',
    );
  }
}

/** Without a cache, the features of all feature layers lie in memory at once. */
function requireFeatureMemory(
  featureLayers: readonly SweepFeatureLayer[],
  { images, views, networks, runtime = platform }: SweepPlanOptions,
): void {
  const bytes = featureLayers.reduce(
    (sum, { width, recipe }) => sum + images * (1 + views) * width * FEATURE_BYTES[recipe.features],
    0,
  );
  const usable = runtime.totalBytes() * USABLE_MEMORY;
  if (bytes <= usable) return;
  const gigabytes = (amount: number): string => `${(amount / 1e9).toFixed(1)} GB`;
  const viewed = views > 0 ? ` and ${views} views of each` : '';
  throw new GraftError('memory', {
    where: 'sweep',
    expected: `features of at most ${gigabytes(usable)} (${USABLE_MEMORY * 100} % of this machine's memory)`,
    received: `${gigabytes(bytes)}: ${images.toLocaleString('en')} ${networks.several}${viewed}, at ${featureLayers.length} ${featureLayers.length === 1 ? 'feature layer' : 'feature layers'} of the network`,
    advice: 'Let the features lie in the cache (leave out --no-cache), or take fewer cuts.',
  });
}
