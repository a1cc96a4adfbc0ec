/** @file What a sweep tries, as fields of the recipe's form: with any of them, a training becomes a sweep. */

import { OPTIMIZER_NAMES } from '../../recipe/recipe.ts';
import { RECIPE_FIELDS } from '../../recipe/recipe-fields.ts';
import type { SweepAxes } from '../../runs/sweep/sweep-grid.ts';
import type { FormField } from '../engine/run-state.ts';
import type { RecipeChoice } from '../engine/training-state.ts';

interface Axis {
  readonly flag: string;
  readonly label: string;
  readonly description: string;
  readonly separator: string;
  /** The field of the recipe that it takes the place of; it reads each value. */
  readonly of: 'head' | 'learningRate' | 'optimizer' | 'cut';
  readonly axis: keyof SweepAxes;
}

const AXES: ReadonlyMap<string, Axis> = new Map(
  Object.entries<Axis>({
    tryHeads: {
      flag: '--heads',
      label: 'Heads',
      description: 'heads, with semicolons between: linear;gap,dense:128:relu',
      separator: ';',
      of: 'head',
      axis: 'heads',
    },
    tryLearningRates: {
      flag: '--lrs',
      label: 'Learning rates',
      description: 'with commas between: 1e-2,1e-3,1e-4',
      separator: ',',
      of: 'learningRate',
      axis: 'learningRates',
    },
    tryOptimizers: {
      flag: '--optimizers',
      label: 'Optimizers',
      description: `among ${OPTIMIZER_NAMES.join(', ')}, with commas between`,
      separator: ',',
      of: 'optimizer',
      axis: 'optimizers',
    },
    tryCuts: {
      flag: '--cuts',
      label: 'Cuts',
      description: 'layers that heads grow from, with commas between',
      separator: ',',
      of: 'cut',
      axis: 'cuts',
    },
  }),
);

const GROUP = 'Try several: every combination becomes a row of a sweep';

export function sweepFields(): readonly FormField[] {
  return [...AXES].map(([key, { flag, label, description }]) => ({
    key,
    label,
    group: GROUP,
    flag,
    description,
    otherwise: 'only the one above',
    choices: null,
    isNumber: false,
  }));
}

/** A choice as what is tried, and as what all combinations share. */
export interface SweepChoice {
  /** Of `graft sweep`. Empty where nothing is tried: then it is a training. */
  readonly flags: readonly string[];
  /** The same as values. */
  readonly axes: SweepAxes;
  readonly shared: RecipeChoice;
}

/** @throws {GraftError} `argument`, if a value is none of its field. */
export function sweepChoice(choice: RecipeChoice): SweepChoice {
  const flags: string[] = [];
  const axes: Record<string, readonly unknown[]> = {};
  const shared: Record<string, string> = {};
  for (const [key, given] of Object.entries(choice)) {
    const tried = AXES.get(key);
    if (tried === undefined) shared[key] = given;
    else if (given.trim() !== '') {
      const values = given
        .split(tried.separator)
        .map((value) => value.trim())
        .filter((value) => value !== '');
      axes[tried.axis] = values.map((value) => RECIPE_FIELDS[tried.of].value.parse(value));
      flags.push(`${tried.flag}=${values.join(tried.separator)}`);
    }
  }
  return { flags, axes: axes as SweepAxes, shared };
}
