/** @file What a training will need, as plain data. */

import type { DuplicateReport } from '../node/training/duplicate-report.ts';
import type { ModalityName } from '../node/training/image-sets.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { Task } from '../recipe/task.ts';
import type { PhaseForecast, Preflight } from '../runs/estimate/estimate-report.ts';

/** What one phase of a training will do. */
export interface PhasePlan {
  /** The backbone's layer that training begins at; null for the head alone. */
  readonly unfreeze: string | null;
  /** The rank of the adapters that are trained, if some are. */
  readonly lora?: number | undefined;
  /** Trainable parameters. */
  readonly trainable: number;
  /** Length of one example's features. */
  readonly featuresPerExample: number;
  readonly features: FeatureCounts;
  /** At most. */
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly seconds: PhaseForecast['seconds'];
}

/** Examples whose features are needed; with augmentation every view of an image counts. */
export interface FeatureCounts {
  readonly total: number;
  /** Those that are in the cache. */
  readonly cached: number;
}

/** What a training will do, and what that needs. */
export interface PlanReport {
  readonly examples: { readonly train: number; readonly validation: number; readonly test: number };
  readonly phases: readonly PhasePlan[];
  /** Of all phases. */
  readonly features: FeatureCounts;
  /** At most: training may stop early. */
  readonly seconds: Preflight['seconds'];
  readonly memoryBytes: Preflight['memoryBytes'];
  readonly diskBytes: Preflight['diskBytes'];
  /** Choices that are wasteful for sure. */
  readonly warnings: Preflight['warnings'];
}

/** The document of `graft train --dry-run --json`. */
export interface EstimateReport extends PlanReport {
  readonly data: string;
  readonly modality: ModalityName;
  readonly task: Task;
  readonly classNames: readonly string[];
  /** Complete: with the cut and size that would be used. */
  readonly recipe: Recipe;
  readonly parameters: { readonly total: number; readonly trainable: number };
  readonly duplicates: DuplicateReport;
}

/** Names what was looked ahead as programs read it. */
export function planReport(estimate: Preflight): PlanReport {
  const { images, phases, features, seconds, memoryBytes, diskBytes, warnings } = estimate;
  return {
    examples: images,
    phases: phases.map(planOfPhase),
    features: countsOf(features),
    seconds,
    memoryBytes,
    diskBytes,
    warnings,
  };
}

function planOfPhase(forecast: PhaseForecast): PhasePlan {
  const { unfreeze, lora, trainable, featureNumbers, features, epochs, stepsPerEpoch, seconds } = forecast;
  return {
    unfreeze,
    lora,
    trainable,
    featuresPerExample: featureNumbers,
    features: countsOf(features),
    epochs,
    stepsPerEpoch,
    seconds,
  };
}

function countsOf({ total, known }: Preflight['features']): FeatureCounts {
  return { total, cached: known };
}
