/** @file The tasks there are, by name, and what of a recipe they do not have. */

import { closest } from 'fastest-levenshtein';
import { GraftError } from '../core/errors/graft-error.ts';
import { formatGoal, type ThresholdGoal } from '../core/evaluation/decision-threshold.ts';
import type { TargetKind } from '../core/examples/labels/label-columns.ts';
import { type MetricOption, resolveMetric } from '../core/fit/metric-names.ts';
import type { Loss } from '../core/losses/loss.ts';
import { classification } from './tasks/classification.ts';
import { multiLabel } from './tasks/multi-label.ts';
import { regression } from './tasks/regression.ts';
import type { HeadOutput, LossSettings, TaskDefinition } from './tasks/task-definition.ts';

/** What may be learned of an image. A new task is a file in `tasks/` and a word here and in {@link ALL}. */
type AnyTask = typeof classification | typeof multiLabel | typeof regression;

const ALL: readonly AnyTask[] = [classification, multiLabel, regression];

/** The name of a task. */
export type Task = AnyTask['name'];

/** What is learned where nothing says otherwise, as in a folder of class folders. */
export type DefaultTask = (typeof classification)['name'];
export const DEFAULT_TASK: DefaultTask = classification.name;

/** What tells how good a model is. */
export type ReportOf = {
  readonly [D in AnyTask as D['name']]: D extends TaskDefinition<string, infer Metrics, unknown, infer _>
    ? Metrics
    : never;
};

/** What a model for a task says of one image. */
export type Prediction<T extends Task = DefaultTask> =
  Extract<AnyTask, { readonly name: T }> extends TaskDefinition<string, unknown, infer Said, infer _>
    ? Said
    : never;

/** What holds for any task. */
export type TaskOf<T extends Task = Task> = TaskDefinition<T, ReportOf[T], Prediction<T>, string>;

export const TASK_NAMES: readonly Task[] = ALL.map(({ name }) => name);

/** Former names, with those that have taken their place. */
export const TASK_ALIASES: Readonly<Record<string, Task>> = Object.fromEntries(
  ALL.flatMap(({ name, aliases }) => aliases.map((alias): [string, Task] => [alias, name])),
);

/** A loss that a recipe may choose, for those tasks that let it. */
export type TaskLoss = AnyTask['losses'][number];
export const TASK_LOSSES: readonly TaskLoss[] = ALL.flatMap((task): readonly TaskLoss[] => task.losses);

/** @param name - Default {@link DEFAULT_TASK}. */
export function taskNamed<T extends Task = DefaultTask>(name?: T): TaskOf<T> {
  const wanted = name ?? DEFAULT_TASK;
  const current = Object.hasOwn(TASK_ALIASES, wanted) ? TASK_ALIASES[wanted] : wanted;
  return ALL.find((task) => task.name === current) as unknown as TaskOf<T>;
}

/** Whether an example is of one class of several. @param task - Default {@link DEFAULT_TASK}. */
export function hasClasses(task?: Task): boolean {
  return taskNamed(task).targets === 'class';
}

/** The task whose ground truth is of a kind. */
export function taskFor(targets: TargetKind): Task {
  return ALL.find((task) => task.targets === targets)!.name;
}

/** How a head ends. @param names - How many classes, labels or values there are. */
export function createHeadOutput(task: Task, names: number): HeadOutput {
  return taskNamed(task).head(names);
}

/** @param names - How many classes, labels or values there are. */
export function createLoss(names: number, recipe: LossSettings & { readonly task?: Task | undefined }): Loss {
  return taskNamed(recipe.task).loss(names, recipe);
}

/** The metrics that are told of every epoch: the task's own, and those that the recipe asks for. */
export function listMetrics({ task, metrics }: Pick<TaskChoices, 'task' | 'metrics'>): MetricOption[] {
  return [...new Set([...taskNamed(task).metrics, ...(metrics as readonly MetricOption[])])];
}

/** What of a recipe a task decides on. */
export interface TaskChoices extends LossSettings {
  readonly task?: Task | undefined;
  readonly balance: string;
  readonly metrics: readonly string[];
  readonly monitor: string;
  /** See `ThresholdGoal`. Default none. */
  readonly threshold?: ThresholdGoal | null | undefined;
}

/**
 * Refuses what a recipe asks for and its task does not have.
 *
 * @param names - How many classes, labels or values there are.
 * @throws {GraftError} `argument`.
 */
export function checkTask(recipe: TaskChoices, names: number): void {
  const { balance, labelSmoothing, loss, threshold } = recipe;
  const { name: task, accepts, losses, targets, words } = taskNamed(recipe.task);
  const refuse = (where: string, expected: string, received: string, advice: string): never => {
    throw new GraftError('argument', { where, expected, received: `${received} for ${task}`, advice });
  };
  if (balance !== 'none' && !accepts.balance) {
    refuse('balance', 'images of one class each', `"${balance}"`, 'Leave it out: no class is rare here.');
  }
  if (labelSmoothing > 0 && !accepts.labelSmoothing) {
    refuse('label smoothing', 'classes or labels', `${labelSmoothing}`, 'Leave it out.');
  }
  if (threshold != null && !(accepts.threshold || (targets === 'class' && names === 2))) {
    const several = targets === 'class' ? `${names} classes` : words.several;
    refuse('threshold', 'labels, or 2 classes', `"${formatGoal(threshold)}" of ${several}`, 'Leave it out.');
  }
  if (loss !== null && !losses.includes(loss)) {
    refuse('loss', 'values to learn', `"${loss}"`, 'Leave it out: classes and labels have cross-entropy.');
  }
  const made = createLoss(names, recipe);
  const metrics = ['loss', ...listMetrics(recipe).map((metric) => resolveMetric(metric, made).name)];
  const known = [...metrics, ...metrics.map((name) => `val_${name}`)];
  if (known.includes(recipe.monitor)) return;
  throw new GraftError('argument', {
    where: 'monitor',
    expected: `one of ${known.join(', ')}`,
    received: `"${recipe.monitor}"`,
    advice: `Did you mean "${closest(recipe.monitor, known)}"? Other metrics come with --metrics.`,
  });
}
