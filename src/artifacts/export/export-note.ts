/** @file What goes along with an exported model, for people and programs: classes, and what goes in and comes out. */

import type { Functional } from '../../layers/functional.ts';

export interface ExportNote {
  readonly generatedBy: string;
  /** Names of the classes, where they are known. */
  readonly labels?: readonly string[];
  /** In [0, 255] where the model has its preprocessing inside; else the model's own range. */
  readonly input: {
    readonly dtype: 'float32';
    /** `[height, width, channels]` of a picture. */
    readonly shape: readonly (number | null)[];
    readonly channels?: 'rgb';
    readonly range?: readonly [number, number];
  };
  /** What the numbers that come out are. */
  readonly output: string;
}

export interface NoteOptions {
  readonly generatedBy: string;
  readonly labels?: readonly string[];
  /** Whether preprocessing is inside. */
  readonly takesPixels: boolean;
}

export function exportNote(model: Functional, { generatedBy, labels, takesPixels }: NoteOptions): ExportNote {
  return {
    generatedBy,
    ...(labels && { labels }),
    input: {
      dtype: 'float32',
      shape: model.input.shape.slice(1),
      ...(takesPixels && { channels: 'rgb', range: [0, 255] }),
    },
    output: outputOf(model, labels),
  };
}

function outputOf(model: Functional, labels: readonly string[] | undefined): string {
  if (labels === undefined) return `layer "${model.output.layer.name}"`;
  if (model.output.shape.at(-1) === 1)
    return `probability of "${labels[1]}"; the rest is that of "${labels[0]}"`;
  return 'probabilities, in the order of labels';
}
