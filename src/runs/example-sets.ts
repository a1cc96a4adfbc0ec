/** @file The examples of a run, of whatever kind: which are trained on, which validate, which test. */

import type { ContentHashes } from '../core/examples/content-hashes.ts';
import type { Example, SkippedExample } from '../core/examples/example.ts';
import type { SetName } from '../core/features/sample-sets.ts';
import type { DefaultTask, Task } from '../recipe/task.ts';

/** Kinds of examples, as reports and model files call one. */
export type ModalityName = 'image' | 'text';

/** What a training needs to know of its examples; images have more, see `ImageSets`. */
export interface ExampleSets<T extends Task = DefaultTask> {
  /** What is learned of them. For all but one class, every example has a target. */
  readonly task: T;
  /** Names of classes, labels or values. */
  readonly classNames: readonly string[];
  readonly train: readonly Example[];
  readonly validation: readonly Example[];
  /** Examples that no decision of the run looks at. */
  readonly test: readonly Example[] | undefined;
  readonly skipped: readonly SkippedExample[];
  /** What they come from, for messages. Default: the image folder of the training's options. */
  readonly where?: string | undefined;
  /** Hashes that are there already. Default: none. */
  readonly known?: { readonly hashes: ReadonlyMap<SetName, ContentHashes> } | undefined;
}
