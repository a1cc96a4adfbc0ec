/** @file Takes a trained model to Keras, TensorFlow.js, or another ONNX Runtime. */

import { dirname, join } from 'node:path';
import type { ModelFile } from '../../artifacts/decode-model-file.ts';
import { createSession } from '../../core/runtime/create-session.ts';
import { type Task, taskNamed } from '../../recipe/task.ts';
import { readModelFile } from '../files/model-file.ts';
import { folderFor, writeWhole } from '../files/write-file.ts';
import { ADAPTER_FORMATS, type AdapterFormat, exportAdapters, isAdapterFormat } from './export-adapters.ts';
import { KERAS_FORMATS, type KerasFormat, LAYER_FORMATS } from './export-formats.ts';
import { exportFunctional, requireEnding, requireFree } from './export-functional.ts';
import { rebuildClassifier } from './rebuilt-classifier.ts';

/** `onnx` is a checked copy. */
export type ExportFormat = KerasFormat | AdapterFormat | 'onnx';

const ADAPTERS: readonly AdapterFormat[] = Object.keys(ADAPTER_FORMATS) as AdapterFormat[];

export const EXPORT_FORMATS: readonly ExportFormat[] = [...KERAS_FORMATS, ...ADAPTERS, 'onnx'];

/** For help: `keras (.keras of Keras 3), ..., or onnx`. */
export function describeExportFormats(): string {
  const described = { ...LAYER_FORMATS, ...ADAPTER_FORMATS };
  const each = [...KERAS_FORMATS, ...ADAPTERS].map((name) => `${name} (${described[name].description})`);
  return `${each.join(', ')}, or onnx`;
}

/** What `exportModelFile` needs to know beside the file. */
export interface ExportModelOptions {
  readonly format: ExportFormat;
  /** The file to write; for `tfjs` the folder. Default: see {@link defaultExportPath}. */
  readonly out?: string;
  /** A weights file instead of the recipe's backbone, where that one has moved. */
  readonly backbone?: string;
}

/** What an export wrote, and how far its outputs are from the model file's. */
export interface ExportReport {
  readonly out: string;
  readonly files: readonly string[];
  readonly labels: readonly string[];
  /** What the labels are. */
  readonly task: Task;
  /**
   * Between the probabilities of the layers written and those of the model file, on images of noise; of values, as a
   * fraction of the largest; null for a copy.
   */
  readonly largestDifference: number | null;
}

/** `model.keras`, `model.h5`, the folders `tfjs` and `peft`, `adapters.safetensors`, or `model-copy.onnx`, beside the model. */
export function defaultExportPath(model: string, format: ExportFormat): string {
  const stem = model.replace(/\.onnx$/i, '');
  if (format === 'onnx') return `${stem}-copy.onnx`;
  if (isAdapterFormat(format)) return join(dirname(model), ADAPTER_FORMATS[format].name);
  const { folder, endings } = LAYER_FORMATS[format];
  return folder === undefined ? `${stem}${endings[0]}` : join(dirname(model), folder);
}

/**
 * Exports a model file. What Keras and TensorFlow.js get takes float32 RGB pixels in [0, 255], `[N, height, width, 3]`
 * of the size in the file's metadata, and gives what the head gives: of two classes the probability of the second
 * one, `[N, 1]`; of more, of labels and of values, `[N, classes]`. Of a model of texts, `peft` and `safetensors` get the
 * adapters and the head.
 *
 * @throws {GraftError} what `readModelFile`, `rebuildClassifier` and `exportFunctional` throw.
 */
export async function exportModelFile(path: string, options: ExportModelOptions): Promise<ExportReport> {
  const { format, out = defaultExportPath(path, format) } = options;
  if (isAdapterFormat(format)) {
    await requireFree(out);
    const { file, files } = await exportAdapters(path, { format, out, backbone: options.backbone });
    const { name: task } = taskNamed<Task>(file.info.task);
    return { out, files, labels: file.info.classNames, task, largestDifference: null };
  }
  if (format !== 'onnx') requireEnding(format, out);
  const file = await readModelFile(path);
  const { classNames: labels } = file.info;
  const { name: task } = taskNamed<Task>(file.info.task);
  await requireFree(out);
  if (format === 'onnx') {
    await writeCopy(file, out);
    return { out, files: [out], labels, task, largestDifference: null };
  }
  const { model, preprocessing, largestDifference } = await rebuildClassifier(file, options.backbone);
  const generatedBy = `graft ${file.info.graftVersion}`;
  const files = await exportFunctional(model, { format, out, preprocessing, labels, task, generatedBy });
  return { out, files, labels, task, largestDifference };
}

/** The bytes as they are, once ONNX Runtime has taken them. */
async function writeCopy(file: ModelFile, out: string): Promise<void> {
  const session = await createSession(file.bytes);
  await session.dispose();
  await folderFor(dirname(out));
  await writeWhole(out, file.bytes, { replace: false });
}
