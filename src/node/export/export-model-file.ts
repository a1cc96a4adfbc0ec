/** @file Takes a trained model to Keras, TensorFlow.js, TensorFlow Lite, or another ONNX Runtime. */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isTextModel, type ModelFile } from '../../artifacts/decode-model-file.ts';
import { huggingFaceClassifier } from '../../artifacts/hugging-face-classifier.ts';
import { imageFormOf } from '../../artifacts/image-form.ts';
import { baseName } from '../../core/errors/base-name.ts';
import { GraftError } from '../../core/errors/graft-error.ts';
import { createSession } from '../../core/runtime/create-session.ts';
import { exportClassifier } from '../../export/export-classifier.ts';
import { KERAS_FORMATS, LAYER_FORMATS } from '../../export/export-formats.ts';
import { type Task, taskNamed } from '../../recipe/task.ts';
import { createTokenizer } from '../../text/tokenizers/tokenizer.ts';
import { readAnyModelFile, readModelFile } from '../files/model-file.ts';
import { folderFor, writeWhole } from '../files/write-file.ts';
import { calibrationImages } from './calibration-images.ts';
import { ADAPTER_FORMATS, type AdapterFormat, exportAdapters, isAdapterFormat } from './export-adapters.ts';
import { writeExportFolder } from './export-folder.ts';
import { putExport, requireEnding, requireFree } from './export-functional.ts';
import type { ExportFormat, ExportModelOptions, ExportReport } from './export-report.ts';
import { pretrainedClassifier } from './pretrained-classifier.ts';
import { webPageFiles } from './web-page.ts';

const ADAPTERS: readonly AdapterFormat[] = Object.keys(ADAPTER_FORMATS) as AdapterFormat[];

export const EXPORT_FORMATS: readonly ExportFormat[] = [
  ...KERAS_FORMATS,
  ...ADAPTERS,
  'web',
  'backbone',
  'hf',
  'onnx',
];

/** For help: `keras (.keras of Keras 3), ..., or onnx`. */
export function describeExportFormats(): string {
  const described = { ...LAYER_FORMATS, ...ADAPTER_FORMATS };
  const each = [...KERAS_FORMATS, ...ADAPTERS].map((name) => `${name} (${described[name].description})`);
  const others = [
    'web (folder with a page that runs the model)',
    'backbone (.safetensors of a network up to its cut, for training in pages)',
  ];
  return `${[...each, ...others].join(', ')}, hf (folder of models of texts for transformers.js and Optimum), or onnx`;
}

/** `model.keras`, `model.h5`, the folders `tfjs`, `tflite`, `web` and `peft`, `adapters.safetensors`, or `model-copy.onnx`, beside the model. */
export function defaultExportPath(model: string, format: ExportFormat): string {
  const stem = model.replace(/\.onnx$/i, '');
  if (format === 'hf') return `${stem}-hf`;
  if (format === 'web') return join(dirname(model), 'web');
  if (format === 'backbone') return `${baseName(model).replace(/\.[^.]+$/, '')}.safetensors`;
  if (format === 'onnx') return `${stem}-copy.onnx`;
  if (isAdapterFormat(format)) return join(dirname(model), ADAPTER_FORMATS[format].name);
  const { folder, endings } = LAYER_FORMATS[format];
  return folder === undefined ? `${stem}${endings[0]}` : join(dirname(model), folder);
}

/**
 * Exports a model file. What Keras, TensorFlow.js and TensorFlow Lite get takes float32 RGB pixels in [0, 255],
 * `[N, height, width, 3]` of the size in the file's metadata, and gives what the head gives: of two classes the
 * probability of the second one, `[N, 1]` (TensorFlow Lite of both); of more, of labels and of values, `[N, classes]`. Of a model of texts, `peft` and `safetensors` get the
 * adapters and the head.
 *
 * @throws {GraftError} what `readModelFile`, `rebuildClassifier` and `exportFunctional` throw.
 */
export async function exportModelFile(path: string, options: ExportModelOptions): Promise<ExportReport> {
  if (options.quantize !== undefined) requireInt8(options.format);
  if (options.format === 'backbone') {
    // Commands that know no other network start without it.
    const { exportBackbone } = await import('./export-backbone.ts');
    return exportBackbone(path, options.out ?? defaultExportPath(path, 'backbone'), options);
  }
  if (!path.endsWith('.onnx') && existsSync(path) && !isTrainedRun(path)) {
    // Commands that know no language model start without it.
    const { exportLanguageModel } = await import('./export-language-model.ts');
    return exportLanguageModel(path, options);
  }
  const { format, out = defaultExportPath(path, format), quantize } = options;
  if (isAdapterFormat(format)) {
    await requireFree(out);
    const { file, files } = await exportAdapters(path, { format, out, backbone: options.backbone });
    const { name: task } = taskNamed<Task>(file.info.task);
    return { out, files, labels: file.info.classNames, task, largestDifference: null };
  }
  if (format === 'hf') return exportTexts(path, out);
  if (format === 'web') return exportPage(path, out);
  if (format !== 'onnx') requireEnding(format, out);
  const file = format === 'onnx' ? await readAnyModelFile(path) : await readModelFile(path);
  const { classNames: labels } = file.info;
  const { name: task } = taskNamed<Task>(file.info.task);
  await requireFree(out);
  if (format === 'onnx') {
    await writeCopy(file.bytes, out);
    return { out, files: [out], labels, task, largestDifference: null };
  }
  const build = pretrainedClassifier(path, options.backbone);
  const form = imageFormOf((file as ModelFile).info);
  const images = quantize === undefined ? undefined : calibrationImages(quantize, form, options.onCalibrated);
  const { content, largestDifference } = await exportClassifier(file as ModelFile, { format, build, images });
  const files = await putExport(out, content);
  const notes = quantize === undefined ? undefined : [INT8_NOTE];
  return { out, files, labels, task, notes, largestDifference };
}

const INT8_NOTE =
  'In integers of 8 bits, whose rounding is not in this difference: try it on images before you rely on it.';

/** @throws {GraftError} `argument`, if the format has no integers of 8 bits. */
function requireInt8(format: ExportFormat): void {
  const formats: readonly string[] = KERAS_FORMATS.filter((each) => LAYER_FORMATS[each].hasInt8 === true);
  if (formats.includes(format)) return;
  throw new GraftError('argument', {
    where: '--quantize',
    expected: `--to ${formats.join(' or ')}, which has integers of 8 bits`,
    received: `--to ${format}`,
    advice: 'Leave it out, or choose that format.',
  });
}

async function exportPage(path: string, out: string): Promise<ExportReport> {
  const file = await readAnyModelFile(path);
  await requireFree(out);
  // What no ONNX Runtime takes is no page.
  await (await createSession(file.bytes)).dispose();
  const files = await writeExportFolder(out, await webPageFiles(file));
  const { name: task } = taskNamed<Task>(file.info.task);
  const notes = [
    `Any web server serves it: npx http-server ${out}. README.md in it tells of pages of your own.`,
  ];
  return { out, files, labels: file.info.classNames, task, notes, largestDifference: null };
}

/** @throws {GraftError} `argument`, if the model is of images. */
async function exportTexts(path: string, out: string): Promise<ExportReport> {
  const file = await readAnyModelFile(path);
  if (!isTextModel(file)) {
    throw new GraftError('argument', {
      where: `model "${path}"`,
      expected: 'a model of texts, for --to hf',
      received: 'one of images',
      advice: 'Export it to keras, tfjs or onnx.',
    });
  }
  await requireFree(out);
  const { tokenizer: json, info } = file;
  const tokenizer = await createTokenizer(json, `tokenizer of "${path}"`);
  const { files, notes } = huggingFaceClassifier(file, tokenizer);
  const written = await writeExportFolder(out, files);
  const { name: task } = taskNamed<Task>(info.task);
  return { out, files: written, labels: info.classNames, task, notes, largestDifference: null };
}

/** The bytes as they are, once ONNX Runtime has taken them. */
async function writeCopy(bytes: Uint8Array, out: string): Promise<void> {
  const session = await createSession(bytes);
  await session.dispose();
  await folderFor(dirname(out));
  await writeWhole(out, bytes, { replace: false });
}

/** Whether a folder is one of `graft train`, whose model is a file in it. */
function isTrainedRun(path: string): boolean {
  return ['model.onnx', 'recipe.json'].every((name) => existsSync(join(path, name)));
}
