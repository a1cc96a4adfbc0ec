/** @file `graft export`: a trained model for Keras, TensorFlow.js, TensorFlow Lite, or another ONNX Runtime. */

import { Command, Option } from 'commander';
import { visible } from '../../core/errors/visible-text.ts';
import {
  describeExportFormats,
  EXPORT_FORMATS,
  exportModelFile,
} from '../../node/export/export-model-file.ts';
import type { ExportFormat, ExportReport } from '../../node/export/export-report.ts';
import { type Task, taskNamed } from '../../recipe/task.ts';
import { type StageProgress, startProgress } from '../stage-progress.ts';
import { printJson, say, styled } from '../terminal.ts';

interface Flags {
  readonly to: ExportFormat;
  readonly out?: string;
  readonly backbone?: string;
  readonly quantize?: string;
  readonly json?: boolean;
}

export function exportCommand(): Command {
  return new Command('export')
    .description(
      'Take a trained model to a web page, Keras, TensorFlow.js, TensorFlow Lite, transformers.js or ONNX, or its adapters to PEFT.',
    )
    .argument(
      '<model>',
      'model.onnx of a run; of language models a folder, GGUF file, or .bin of llama2.c; of a backbone its name or file',
    )
    .addOption(
      new Option('--to <format>', describeExportFormats()).choices(EXPORT_FORMATS).makeOptionMandatory(),
    )
    .option(
      '--out <path>',
      'file to write, for web, tfjs, tflite, hf and peft a folder (default: beside the model)',
    )
    .option('--backbone <path>', "the backbone's file or folder, if it is no longer where it was in training")
    .option(
      '--quantize <folder>',
      'for tflite: in integers of 8 bits, with ranges from images in this folder',
    )
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
What is exported of a model of images takes float32 RGB pixels from 0 to 255 and has its scaling inside. Of two classes it gives the
probability of the second one (for Teachable Machine and TensorFlow Lite, of both); of labels and of values one for each. The names
of the classes are in metadata.json.

Examples:
  $ graft export graft-runs/photos-1/model.onnx --to keras
  $ graft export model.onnx --to web --out site                 a page that runs the model, with nothing else to install
  $ graft export model.onnx --to tfjs --out site/model
  $ graft export model.onnx --to tflite --out app/model         model.tflite and labels.txt for an app
  $ graft export model.onnx --to tflite --quantize photos       the same in integers of 8 bits, a quarter of the size
  $ graft export graft-runs/questions-1/model.onnx --to hf
  $ graft export graft-runs/reviews-1/model.onnx --to peft      the adapters of a model of texts
  $ graft export graft-runs/notes-1 --to onnx
  $ graft export mobilenet_v2 --to backbone                     a network up to its cut, for training in pages`,
    )
    .action(exportModel);
}

async function exportModel(model: string, { to, json, ...flags }: Flags): Promise<void> {
  let calibration: StageProgress | undefined;
  let report: ExportReport;
  try {
    report = await exportModelFile(model, {
      format: to,
      ...flags,
      onCalibrated(done, total) {
        calibration ??= startProgress('calibration', total, 'images');
        calibration.update(done);
        if (done === total) calibration.stop();
      },
    });
  } catch (error) {
    calibration?.abandon();
    throw error;
  }
  if (json) {
    const { task: _, notes: __, ...document } = report;
    printJson({ format: to, ...document });
    return;
  }
  say(`${styled('green', 'written')} ${visible(report.out)}`);
  for (const note of report.notes ?? []) say(note);
  const { largestDifference, task } = report;
  if (largestDifference === null) return;
  const max = largestDifference.toPrecision(1);
  say(
    taskNamed<Task>(task).output.isProbability
      ? `Probabilities differ from those of ${model} by ${max} at most, on noise.`
      : `Numbers differ from those of ${model} by ${max} of the largest at most, on noise.`,
  );
}
