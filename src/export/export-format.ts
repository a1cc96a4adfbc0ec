/** @file What a format is that a model leaves in as layers, and how an export is refused. */

import { GraftError } from '../core/errors/graft-error.ts';
import type { ActivationName } from '../core/layers/activations.ts';
import type { Functional } from '../core/layers/functional.ts';
import type { Layer, SymbolicTensor } from '../core/layers/layer.ts';
import type { RuntimeOptions } from '../core/runtime/runtime.ts';
import type { ExportNote } from './export-note.ts';
import type { LayerWords } from './layer-words.ts';

/** The layer that makes of the probability of the second of two classes one of each. */
export const EACH_CLASS = 'each_class';

/** What reads a format, as messages name it. */
export interface FormatReader {
  /** `Keras 3` */
  readonly reader: string;
  /** Formats for what this one cannot hold: `keras or onnx`. */
  readonly instead: string;
}

/** A format. A new one is a file with its writer and this, and a row in `export-formats.ts`. */
export interface LayerFormat extends FormatReader {
  /** For help: `.keras of Keras 3`. */
  readonly description: string;
  /** By which the reader knows the format; none for a folder. The first is the usual one. */
  readonly endings: readonly string[];
  /** The folder's name beside the model, where it is one. */
  readonly folder?: string | undefined;
  /** Under Keras 3's names, with Keras 3's formulas. */
  readonly activations: readonly ActivationName[];
  /** Whether the reader's ReLU has a slope below 0. */
  readonly hasSlopedReLU: boolean;
  /** Whether the reader has the layers that came with Keras 3, and takes classes that a program brings. */
  readonly isKeras3: boolean;
  /** What the reader makes of pixels before the model gets them. Default: float32 in [0, 255]. */
  readonly pixels?: ReaderPixels | undefined;
  /**
   * Whether the reader shows an output for each name, so that two classes have two of them; and whether there must be names.
   * Default: two classes have one.
   */
  readonly namesOutputs?: 'always' | 'where-named' | undefined;
  /** Whether it can be written in integers of 8 bits. Default false. */
  readonly hasInt8?: boolean | undefined;
  /** What the reader has otherwise than Keras: the layer as other layers, or in other words. Default: nothing. */
  readonly rewrite?:
    | {
        readonly apply: (layer: Layer, x: SymbolicTensor) => SymbolicTensor | undefined;
        readonly words: (layer: Layer, x: SymbolicTensor) => LayerWords;
      }
    | undefined;
  /** The bytes of the file, or the files of a folder by name. @param model - Of layers that the reader has. */
  readonly write: (
    model: Functional,
    note: ExportNote,
    date: Date,
    options: WriteOptions,
  ) => Promise<Uint8Array | ReadonlyMap<string, string | Uint8Array>>;
}

/** What a writer is told beside the model and its note. */
export interface WriteOptions {
  /** For integers of 8 bits, from formats that have `hasInt8`. Default: float32. */
  readonly calibration?: Int8Calibration | undefined;
  /** Whether what comes out is a probability for each label. */
  readonly givesProbabilities: boolean;
}

/** What is measured for integers of 8 bits: between which numbers activations lie. */
export interface Int8Calibration extends RuntimeOptions {
  /** Pixels `[height, width, 3]` in [0, 255], of the size that the model takes. */
  readonly images: AsyncIterable<Uint8Array>;
}

/** Pixels as a reader gives them to a model: `scale` and `offset` make [0, 255] of them again. */
export interface ReaderPixels {
  readonly range: readonly [low: number, high: number];
  readonly scale: number;
  readonly offset: number;
}

/** The error of a layer that a format has no place for. */
export function cannotExport(
  layer: Pick<Layer, 'name'>,
  { reader, instead }: FormatReader,
  expected: string,
  received: string,
): GraftError {
  return new GraftError('graph', {
    where: `layer "${layer.name}"`,
    expected: `${expected} that ${reader} has`,
    received,
    advice: `Export to ${instead} instead.`,
  });
}
