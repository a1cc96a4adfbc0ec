/** @file What a model's outputs on a set are worth, by what is learned. */

import type { FeatureSet } from '../core/features/feature-set.ts';
import type { TrainingStep } from '../core/steps/training-step.ts';
import type { ReportOf, Task } from '../recipe/task.ts';
import { taskNamed } from '../recipe/task.ts';
import type { Evaluation, EvaluationContext } from '../recipe/tasks/task-definition.ts';

export type SetEvaluation<T extends Task = Task> = Evaluation<ReportOf[T]>;

export interface EvaluateOptions extends EvaluationContext {
  readonly task: Task;
}

/** Measures the present weights of a step on a set, dropout off. */
export function evaluate(
  step: TrainingStep,
  set: FeatureSet,
  { task, ...context }: EvaluateOptions,
): Promise<SetEvaluation> {
  return taskNamed(task).evaluate(step, set, context);
}
