/** @file What is found out of a trained model's sureness, from examples that it was not trained on, before it is saved. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { computeCalibration } from '../../core/evaluation/calibration.ts';
import { chooseTemperature } from '../../core/evaluation/choose-temperature.ts';
import { conformalScores } from '../../core/evaluation/conformal.ts';
import {
  chooseThreshold,
  decisionRates,
  formatGoal,
  type ThresholdGoal,
} from '../../core/evaluation/decision-threshold.ts';
import { withTemperature } from '../../core/evaluation/temperature.ts';
import { type FeatureSet, someRows } from '../../core/features/feature-set.ts';
import { computeProbabilities, computeSigmoids } from '../../core/fit/targets.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import { hasClasses, taskNamed } from '../../recipe/task.ts';
import type { Trainer } from '../trainer.ts';
import type {
  BeforeAndAfter,
  ClassThreshold,
  Confidence,
  DecisionFacts,
  HeldOutOutputs,
  Reliability,
} from './confidence.ts';
import type { ConfidenceOptions } from './confidence-options.ts';
import { measureUnknown } from './measure-unknown.ts';

/** Fewer validation examples say too little of a temperature. */
export const MIN_CALIBRATION = 50;
/** Fewer allow for no set at a confidence of 0.95. */
export const MIN_CONFORMAL = 20;
/** Logits that are held at once, 64 MiB: of more examples an even part is looked at. */
const MAX_LOGITS = 2 ** 24;
/** Numbers that are handed on, 16 MiB. */
const MAX_HELD_OUT = 2 ** 22;

/** What outputs alone tell. */
export interface MeasuredOutputs
  extends Pick<Confidence, 'calibration' | 'conformal' | 'decision' | 'notes'> {
  /** What takes more examples than there are. */
  readonly missing: readonly string[];
  readonly validationExamples: number;
  /** Undefined where they are more than are kept. */
  readonly heldOut: Omit<HeldOutOutputs, 'similarities'> | undefined;
}

/** Measures the outputs of a model that has just been trained. Nothing of it changes. */
export async function measureOutputs(trainer: Trainer, options: ConfidenceOptions): Promise<MeasuredOutputs> {
  const missing: string[] = [];
  const notes: string[] = [];
  const validation = await outputsOf(trainer, 'validation');
  const test = options.hasTest ? await outputsOf(trainer, 'test') : undefined;
  const { targets } = taskNamed(options.recipe.task);
  const isClassification = targets === 'class';
  const calibration = targets === 'values' ? undefined : calibrate(validation, test, options, missing);
  const temperature = calibration?.temperature ?? 1;
  const decision = decide(validation, test, temperature, options, notes);
  return {
    calibration,
    conformal:
      isClassification && validation.set.size >= MIN_CONFORMAL
        ? conformalScores(probabilitiesOf(validation, temperature), validation.set.labels)
        : undefined,
    decision,
    notes,
    missing,
    validationExamples: validation.set.size,
    heldOut: heldOutOf(validation, test, temperature, options),
  };
}

/** Measures what is unlike the training examples, too: it takes longer, and keeps features of them. */
export async function completeConfidence(
  trainer: Trainer,
  { missing: before, validationExamples, notes, heldOut, ...measured }: MeasuredOutputs,
  options: ConfidenceOptions,
): Promise<{ readonly confidence: Confidence; readonly heldOut: HeldOutOutputs | undefined }> {
  const missing = [...before];
  const { similarities, ...unknown } = await measureUnknown(trainer, options, missing);
  const outputs = heldOut && { ...heldOut, similarities };
  if (missing.length === 0) return { confidence: { ...measured, ...unknown, notes }, heldOut: outputs };
  const { size } = await trainer.features.of('train', { signal: undefined });
  const few = `Too few examples, ${size} training and ${validationExamples} validation, to ${missing.join(', or to ')}.`;
  return { confidence: { ...measured, ...unknown, notes: [...notes, few] }, heldOut: outputs };
}

/** Before the long work. @throws {GraftError} `argument`, if the class of a threshold's goal is none of the model's. */
export function requireThresholdClass(recipe: Recipe, classNames: readonly string[]): void {
  if (recipe.threshold != null) decidedColumns(recipe.threshold, recipe, classNames);
}

/** Thresholds as evaluations take them. */
export function mapThresholds(decision: DecisionFacts | undefined): ReadonlyMap<string, number> | undefined {
  return decision && new Map(decision.thresholds.map(({ className, threshold }) => [className, threshold]));
}

/** What the model gives for examples, and what is right. */
interface Outputs {
  readonly set: FeatureSet;
  /** `[size, K]` */
  readonly logits: Float32Array;
}

async function outputsOf(trainer: Trainer, name: 'validation' | 'test'): Promise<Outputs> {
  const all = await trainer.features.of(name, { signal: undefined });
  const limit = Math.floor(MAX_LOGITS / trainer.options.classNames.length);
  const step = Math.ceil(all.size / limit);
  const set =
    step <= 1
      ? all
      : someRows(
          all,
          Uint32Array.from({ length: Math.floor(all.size / step) }, (_, index) => index * step),
        );
  return { set, logits: await trainer.logits(set) };
}

function calibrate(
  validation: Outputs,
  test: Outputs | undefined,
  { recipe }: ConfidenceOptions,
  missing: string[],
): Confidence['calibration'] {
  const { size: examples } = validation.set;
  if (recipe.calibration === 'none') return undefined;
  if (examples < MIN_CALIBRATION) {
    missing.push(`calibrate probabilities (${MIN_CALIBRATION} validation)`);
    return undefined;
  }
  const decisions = decisionsOf(validation);
  const temperature = chooseTemperature(decisions.logits, decisions.labels, decisions);
  return {
    temperature,
    examples,
    validation: beforeAndAfter(decisions, temperature),
    test: test && test.set.size > 0 ? beforeAndAfter(decisionsOf(test), temperature) : undefined,
  };
}

/**
 * What is calibrated: of classes each example, `[N, K]`; of labels each of them on each example is a yes or no, `[N * labels, 1]`, and all
 * have one temperature: one of its own for each label has too few examples of it to go by, and did no better for classes either
 * (vector scaling in Guo et al. 2017).
 */
interface Decisions {
  readonly logits: Float32Array;
  readonly labels: Uint32Array;
  readonly rowsPerExample: number;
}

function decisionsOf({ set, logits }: Outputs): Decisions {
  const { targets } = set;
  if (targets === undefined) return { logits, labels: set.labels, rowsPerExample: 1 };
  const labels = Uint32Array.from(targets.values, (value) => Number(value > 0.5));
  return { logits, labels, rowsPerExample: targets.width };
}

function beforeAndAfter(decisions: Decisions, temperature: number): BeforeAndAfter {
  return { before: reliabilityOf(decisions, 1), after: reliabilityOf(decisions, temperature) };
}

function reliabilityOf({ logits, labels }: Decisions, temperature: number): Reliability {
  const size = labels.length;
  const probabilities = computeProbabilities(withTemperature(logits, temperature), logits.length / size);
  const width = probabilities.length / size;
  let loss = 0;
  labels.forEach((label, row) => {
    loss -= Math.log(Math.max(probabilities[row * width + label]!, Number.MIN_VALUE));
  });
  return { loss: loss / size, ...computeCalibration(probabilities, labels) };
}

function probabilitiesOf({ set, logits }: Outputs, temperature: number): Float32Array {
  return computeProbabilities(withTemperature(logits, temperature), logits.length / set.size);
}

function heldOutOf(
  validation: Outputs,
  test: Outputs | undefined,
  temperature: number,
  { recipe, classNames }: ConfidenceOptions,
): MeasuredOutputs['heldOut'] {
  const held = test ?? validation;
  const { set, logits } = held;
  if (set.size * classNames.length > MAX_HELD_OUT) return undefined;
  const values = modelOutputs(logits, { examples: set.size, temperature, recipe });
  return { set: test === undefined ? 'validation' : 'test', values };
}

/** What the model file gives where the trained part gives these logits: probabilities, or the values themselves. */
export function modelOutputs(
  logits: Float32Array,
  about: { readonly examples: number; readonly temperature: number; readonly recipe: Recipe },
): Float32Array {
  const { examples, temperature, recipe } = about;
  return {
    class: () => computeProbabilities(withTemperature(logits, temperature), logits.length / examples),
    labels: () => computeSigmoids(logits, temperature),
    values: () => logits,
  }[taskNamed(recipe.task).targets]();
}

/** Thresholds by the recipe's goal. @throws {GraftError} `argument`, if its class is none of the model's. */
function decide(
  validation: Outputs,
  test: Outputs | undefined,
  temperature: number,
  { recipe, classNames }: ConfidenceOptions,
  notes: string[],
): DecisionFacts | undefined {
  const { threshold: goal } = recipe;
  if (goal == null) return undefined;
  const columns = decidedColumns(goal, recipe, classNames);
  const thresholds = columns.map((column): ClassThreshold => {
    const known = columnOf(validation, column, temperature, recipe);
    const { threshold, rates, isReached } = chooseThreshold(known.probabilities, known.truths, goal);
    const held = test && columnOf(test, column, temperature, recipe);
    return {
      className: classNames[column]!,
      threshold,
      isReached,
      validation: rates,
      test: held && decisionRates(held.probabilities, held.truths, threshold),
    };
  });
  const missed = thresholds.filter(({ isReached }) => !isReached).map(({ className }) => `"${className}"`);
  if (missed.length > 0) {
    notes.push(
      `No threshold reaches ${formatGoal(goal)} on the validation examples of ${missed.join(', ')}: the nearest was taken.`,
    );
  }
  return { goal: formatGoal(goal), thresholds };
}

function decidedColumns(
  { className }: ThresholdGoal,
  { task }: Recipe,
  classNames: readonly string[],
): number[] {
  const all = hasClasses(task) ? [classNames.length - 1] : [...classNames.keys()];
  if (className === undefined) return all;
  const column = classNames.indexOf(className);
  if (column >= 0) return [column];
  throw new GraftError('argument', {
    where: 'threshold',
    expected: `one of ${classNames.join(', ')} as its class`,
    received: `"${className}"`,
    advice: 'Leave out class=, or name one of these.',
  });
}

function columnOf(
  { set, logits }: Outputs,
  column: number,
  temperature: number,
  { task }: Recipe,
): { readonly probabilities: Float32Array; readonly truths: Uint8Array } {
  const isClass = hasClasses(task);
  const all = isClass ? probabilitiesOf({ set, logits }, temperature) : computeSigmoids(logits, temperature);
  const width = all.length / set.size;
  const rows = Array.from({ length: set.size }, (_, row) => row);
  return {
    probabilities: Float32Array.from(rows, (row) => all[row * width + column]!),
    truths: Uint8Array.from(rows, (row) =>
      isClass ? Number(set.labels[row] === column) : Number(set.targets!.values[row * width + column]! > 0.5),
    ),
  };
}
