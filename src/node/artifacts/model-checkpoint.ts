/** @file Saves a model, or its weights, at the end of epochs while it is trained. */

import { dirname } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { Callback } from '../../core/fit/callbacks/callback.ts';
import { Monitor, type MonitorOptions } from '../../core/fit/callbacks/monitor.ts';
import type { Functional } from '../../core/layers/functional.ts';
import type { StepState } from '../../core/steps/training-step.ts';
import { type Tensor, tensor } from '../../core/tensor/tensor.ts';
import { writeSafetensors } from '../../core/weights/safetensors.ts';
import { folderFor, writeWhole } from '../files/write-file.ts';
import { parseFileTemplate } from './file-template.ts';
import { type SaveModelOptions, savedClassifier, writeClassifier } from './save-model.ts';

/** When `modelCheckpoint` writes a file, and which. */
export interface ModelCheckpointOptions extends SaveModelOptions, Pick<MonitorOptions, 'monitor' | 'mode'> {
  /** The model that is trained. */
  readonly model: Functional;
  /** Saves an epoch only if its monitored metric is better than that of all before. Default false, as in Keras. */
  readonly saveBestOnly?: boolean;
  /** Weights alone, as safetensors, all of the model's. Default false: the whole model, as `saveModel` writes it. */
  readonly saveWeightsOnly?: boolean;
  /** With `saveBestOnly`: what the first epoch has to beat. Default nothing. */
  readonly initialValueThreshold?: number;
}

const WHERE = 'model checkpoint';

/**
 * Keras' ModelCheckpoint, at the end of epochs. A file is written whole or not at all; one of the same name is replaced.
 * What is best goes on counting in a second `fit`, as in Keras. Unlike Keras, a metric that is missing is an error, and
 * one that is not a number is never the best.
 *
 * Weights come back by `loadWeights(model, await readWeights(file))`, a whole model by `Classifier.open(file)`.
 *
 * @param filepath - Ends in `.onnx`, or in `.safetensors` with `saveWeightsOnly`. `{epoch}`, from 1, and every metric of
 *   the epoch may stand in it, with a format as in Python: `{epoch:02d}-{val_loss:.2f}.onnx`. Its folder is made.
 * @throws {GraftError} `argument`: another ending, a field that cannot be read, or a model that `saveModel` refuses;
 *   in training, `argument` for a metric that there is none of, and `file-write`.
 * @see https://keras.io/api/callbacks/model_checkpoint/
 */
export function modelCheckpoint(filepath: string, options: ModelCheckpointOptions): Callback {
  const { model, saveBestOnly = false, saveWeightsOnly = false } = options;
  requireEnding(filepath, saveWeightsOnly);
  const fileOf = parseFileTemplate(filepath, WHERE);
  const monitor = new Monitor(WHERE, options, options.initialValueThreshold);
  const classifier = saveWeightsOnly ? undefined : savedClassifier(model, options);
  return {
    state: () => ({ values: { best: monitor.best } }),
    restore({ values }) {
      monitor.best = values['best']!;
    },
    async onEpochEnd(record, control) {
      if (saveBestOnly && !monitor.improves(record)) return;
      const file = fileOf({ epoch: record.epoch, ...record.logs });
      const state = await control.readWeights();
      try {
        if (classifier === undefined) await writeWeights(file, model, state);
        else {
          takeWeights(model, state);
          await writeClassifier(file, classifier);
        }
      } catch (cause) {
        throw checkpointError(file, cause);
      }
    },
  };
}

async function writeWeights(file: string, model: Functional, { weights }: StepState): Promise<void> {
  const tensors = new Map<string, Tensor<'float32'>>();
  for (const { name, weight } of model.weights) {
    tensors.set(name, tensor('float32', weight.spec.shape, weights.get(name) ?? weight.value));
  }
  await folderFor(dirname(file));
  await writeWhole(file, writeSafetensors(tensors));
}

/** The layers' own numbers are out of use while a step trains; at the end they are set anew. */
function takeWeights(model: Functional, { weights }: StepState): void {
  for (const { name, weight } of model.weights) {
    const trained = weights.get(name);
    if (trained !== undefined) weight.value = trained;
  }
}

function requireEnding(filepath: string, saveWeightsOnly: boolean): void {
  const ending = saveWeightsOnly ? '.safetensors' : '.onnx';
  if (filepath.toLowerCase().endsWith(ending)) return;
  throw new GraftError('argument', {
    where: WHERE,
    expected: `a file path that ends in ${ending}, with saveWeightsOnly: ${saveWeightsOnly}`,
    received: `"${filepath}"`,
    advice: 'Whole models are .onnx files, weights alone are .safetensors files.',
  });
}

/** A place that cannot be written ends the training. */
function checkpointError(file: string, cause: unknown): unknown {
  if (!(cause instanceof GraftError) || cause.code !== 'file-write') return cause;
  const { expected, received } = cause.parts;
  return new GraftError(
    'file-write',
    {
      where: `${WHERE} "${file}"`,
      expected,
      received,
      advice: 'The training ended there: make room, or choose another filepath.',
    },
    { cause },
  );
}
