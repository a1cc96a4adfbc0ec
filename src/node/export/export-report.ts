/** @file What may be said of an export, and what it tells. */

import type { KerasFormat } from '../../export/export-formats.ts';
import type { Task } from '../../recipe/task.ts';
import type { AdapterFormat } from './export-adapters.ts';

/**
 * `web`: a folder with a page that runs the model. `backbone`: a network up to its cut, for training in pages. `hf`: a folder for transformers.js and Optimum, of texts. `peft` and `safetensors`: the adapters alone. `onnx`: a checked copy; of a
 * language model one graph.
 */
export type ExportFormat = KerasFormat | AdapterFormat | 'web' | 'backbone' | 'hf' | 'onnx';

/** What `exportModelFile` needs to know beside the file. */
export interface ExportModelOptions {
  readonly format: ExportFormat;
  /** The file to write; for `tfjs`, `tflite`, `web` and `hf` the folder. Default: see `defaultExportPath`. */
  readonly out?: string;
  /** A folder of images, for `tflite` in integers of 8 bits. Default: float32. */
  readonly quantize?: string | undefined;
  /** Hears how many of these images the model has run on. */
  readonly onCalibrated?: ((done: number, total: number) => void) | undefined;
  /** A weights file instead of the recipe's backbone, where that one has moved. */
  readonly backbone?: string;
}

/** What an export wrote, and how far its outputs are from the model file's. */
export interface ExportReport {
  readonly out: string;
  readonly files: readonly string[];
  /** Of a language model none. */
  readonly labels: readonly string[];
  /** What the labels are; of a language model undefined. */
  readonly task?: Task | undefined;
  /** What the reader of the format does otherwise. */
  readonly notes?: readonly string[] | undefined;
  /**
   * Between the probabilities of the layers written and those of the model file, on images of noise; of values, as a
   * fraction of the largest; null for a copy, and for models of texts.
   */
  readonly largestDifference: number | null;
}
