/** @file Writes a model in one of the formats that have layers: as bytes, wherever they go then. */

import { GraftError } from '../core/errors/graft-error.ts';
import type { Functional } from '../core/layers/functional.ts';
import { type Task, taskNamed } from '../recipe/task.ts';
import type { ResizeMode } from '../vision/images/resize-mode.ts';
import type { Preprocessing } from '../vision/preprocessing/preprocessing.ts';
import type { Int8Calibration, LayerFormat } from './export-format.ts';
import { type KerasFormat, LAYER_FORMATS } from './export-formats.ts';
import { exportNote } from './export-note.ts';
import { portableModel } from './portable-model.ts';

/** The bytes of a file, or the files of a folder by name. */
export type WrittenLayers = Uint8Array | ReadonlyMap<string, string | Uint8Array>;

/** What is to be known beside the model. */
export interface WriteLayersOptions {
  readonly format: KerasFormat;
  /**
   * Becomes the model's first layer, so that the exported model takes float32 RGB pixels in [0, 255], or in the range that
   * the format's reader gives. Without it, the exported model takes what the model takes.
   */
  readonly preprocessing?: Preprocessing;
  /** Names of the classes, which go along with the model. */
  readonly labels?: readonly string[];
  /** What the labels are, if not names of classes. */
  readonly task?: Task;
  /** What becomes of an image of another aspect, for whoever prepares images. Default `squash`. */
  readonly resize?: ResizeMode;
  /** Makes it a model of integers of 8 bits, where the format has such. Default: float32. */
  readonly calibration?: Int8Calibration | undefined;
  /** Named in the file. Default `graft`. */
  readonly generatedBy?: string;
  /** Written into the file. Default now. */
  readonly date?: Date;
}

/** @throws {GraftError} `graph`, naming the layer that the format cannot hold; `argument`, if it needs names of classes. */
export async function writeLayers(model: Functional, options: WriteLayersOptions): Promise<WrittenLayers> {
  const { preprocessing, labels, task, resize, generatedBy = 'graft', date = new Date() } = options;
  const format = LAYER_FORMATS[options.format];
  requireNames(format, options);
  if (options.calibration !== undefined) requireInt8(format, options);
  const eachClass = format.namesOutputs !== undefined && labels?.length === 2;
  const portable = portableModel(model, options.format, { preprocessing, eachClass });
  const range = preprocessing === undefined ? undefined : (format.pixels?.range ?? PIXEL_RANGE);
  const note = exportNote(portable, { generatedBy, range, labels, task, resize });
  const givesProbabilities = labels !== undefined && taskNamed<Task>(task).output.isProbability;
  return format.write(portable, note, date, { calibration: options.calibration, givesProbabilities });
}

const PIXEL_RANGE = [0, 255] as const;

function requireInt8({ hasInt8 }: LayerFormat, { format, preprocessing }: WriteLayersOptions): void {
  const refuse = (expected: string, received: string, advice: string): never => {
    throw new GraftError('argument', { where: `export to ${format}`, expected, received, advice });
  };
  if (hasInt8 !== true) {
    refuse('float32', 'images for integers of 8 bits', 'Leave calibration out, or export to tflite.');
  }
  if (preprocessing === undefined) {
    refuse('preprocessing, so that the model takes pixels', 'none', 'Give it, or leave calibration out.');
  }
}

function requireNames({ reader, namesOutputs, instead }: LayerFormat, options: WriteLayersOptions): void {
  const { isProbability } = taskNamed<Task>(options.task).output;
  if (namesOutputs !== 'always' || (options.labels !== undefined && isProbability)) return;
  throw new GraftError('argument', {
    where: `export to ${options.format}`,
    expected: `a model of classes or labels, with their names, which ${reader} shows`,
    received: isProbability ? 'one without names' : 'one of values',
    advice: `Export to ${instead} instead.`,
  });
}
