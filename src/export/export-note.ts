/** @file What goes along with an exported model, for people and programs: classes, and what goes in and comes out. */

import type { Functional } from '../core/layers/functional.ts';
import { type Task, taskNamed } from '../recipe/task.ts';
import type { ResizeMode } from '../vision/images/resize-mode.ts';

export interface ExportNote {
  readonly generatedBy: string;
  /** Names of the classes, where they are known. */
  readonly labels?: readonly string[] | undefined;
  /** In [0, 255] or the range that the format's reader gives, where the model has its preprocessing inside; else the model's own. */
  readonly input: {
    readonly dtype: 'float32' | 'uint8';
    /** `[height, width, channels]` of an image. */
    readonly shape: readonly (number | null)[];
    readonly channels?: 'rgb' | undefined;
    readonly range?: readonly [number, number] | undefined;
    /** What becomes of an image of another aspect, where it is not squashed. */
    readonly resize?: ResizeMode | undefined;
  };
  /** What the numbers that come out are. */
  readonly output: string;
}

export interface NoteOptions {
  readonly generatedBy: string;
  readonly labels?: readonly string[] | undefined;
  /** What the labels are. Default: names of classes. */
  readonly task?: Task | undefined;
  /** What becomes of an image of another aspect. Default `squash`. */
  readonly resize?: ResizeMode | undefined;
  /** That of the pixels that go in, where preprocessing is inside. */
  readonly range: readonly [low: number, high: number] | undefined;
}

export function exportNote(model: Functional, options: NoteOptions): ExportNote {
  const { generatedBy, labels, range, resize = 'squash' } = options;
  return {
    generatedBy,
    labels,
    input: {
      dtype: 'float32',
      shape: model.input.shape.slice(1),
      channels: range === undefined ? undefined : 'rgb',
      range,
      resize: resize === 'squash' ? undefined : resize,
    },
    output: outputOf(model, options),
  };
}

function outputOf(model: Functional, { labels, task }: NoteOptions): string {
  if (labels === undefined) return `layer "${model.output.layer.name}"`;
  return taskNamed<Task>(task).words.exported(labels, model.output.shape.at(-1) ?? labels.length);
}
