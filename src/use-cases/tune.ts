/** @file Trains a language model on one's own texts, and writes it as a folder that `graft generate` and transformers read. */

import { basename, extname } from 'node:path';
import { runCheckpoints } from '../node/artifacts/run-checkpoints.ts';
import {
  type ClaimOptions,
  claimRunFolder,
  type RunFolder,
  resumeRunFolder,
} from '../node/artifacts/run-folder.ts';
import { saveIntoRun } from '../node/artifacts/save-causal-lm.ts';
import { readTuneStart, type TuneStart, tuneStart } from '../node/artifacts/tune-start.ts';
import { loadHashedCausalLm } from '../node/text/load-causal-lm.ts';
import { readTexts } from '../node/text/read-texts.ts';
import {
  type LanguageMetrics,
  type TuneOptions as TrainingOptions,
  type TuneEpoch,
  type TuneProgress,
  tuneCausalLm,
} from '../text/training/tune-causal-lm.ts';
import { passedOver } from './passed-over.ts';

/** What happens while a model is tuned. */
export type TuneEvent =
  | {
      readonly type: 'texts';
      readonly files: number;
      readonly texts: number;
      readonly tokens: number;
      readonly trainingSequences: number;
      readonly validationSequences: number;
      readonly sequenceLength: number;
    }
  | { readonly type: 'model'; readonly parameters: number; readonly trainable: number }
  | { readonly type: 'before'; readonly metrics: LanguageMetrics }
  | {
      readonly type: 'resume';
      /** The epoch that is trained next, from 1. */
      readonly epoch: number;
      /** Steps of it that are done. */
      readonly step: number;
    }
  | { readonly type: 'note'; readonly text: string }
  | ({ readonly type: 'step' } & TuneProgress)
  | ({ readonly type: 'epoch'; readonly epochs: number } & TuneEpoch);

/** What one may say of a tuning, of a new one and of one that is resumed. */
export interface ResumeTuningOptions extends Pick<TrainingOptions, 'threads' | 'signal'> {
  /** Between checkpoints in the middle of an epoch; 0 writes one after every step. Default 300. */
  readonly checkpointSeconds?: number | undefined;
  readonly onEvent?: ((event: TuneEvent) => void) | undefined;
}

/** What one may say of a new tuning. */
export interface TuneOptions
  extends ResumeTuningOptions,
    Pick<
      TrainingOptions,
      'epochs' | 'batchSize' | 'sequenceLength' | 'learningRate' | 'validationFraction' | 'seed'
    > {
  /** The model to begin with: a folder of transformers, a GGUF file, or a `.bin` of llama2.c. */
  readonly backbone: string;
  /** The tokenizer of a model of llama2.c. Default: the one beside it. */
  readonly tokenizer?: string | undefined;
  /** Rank of low-rank adapters; without, all weights are trained. */
  readonly lora?: number | undefined;
  /** Which projections get adapters. Default `query` and `value`. */
  readonly loraTargets?: readonly string[] | undefined;
  /** The first layer with adapters. Default all have some. */
  readonly loraFrom?: string | undefined;
  /** Default: the next free `graft-runs/NAME-N`. */
  readonly out?: string | undefined;
}

/** What a tuning came to; plain data. */
export interface TuneReport {
  /** The folder that was written. */
  readonly out: string;
  readonly backbone: string;
  readonly parameters: number;
  readonly trainable: number;
  readonly tokens: number;
  readonly trainingSequences: number;
  readonly validationSequences: number;
  readonly sequenceLength: number;
  /** Held out, before training. */
  readonly before: LanguageMetrics;
  /** Held out, with the weights that were written. */
  readonly after: LanguageMetrics;
  /** 0 if no epoch was better than the model as it came. */
  readonly bestEpoch: number;
  readonly epochs: readonly TuneEpoch[];
  readonly ended: 'epochs' | 'interrupted';
}

/**
 * Trains a language model on a file of text or a folder of some. As `graft tune`.
 *
 * @throws {GraftError} `file-not-found`, `file-exists`, `weights`, `dataset`, `argument`, `not-a-number`, `interrupted`.
 */
export async function tune(notes: string, options: TuneOptions): Promise<TuneReport> {
  const { backbone, tokenizer, lora, loraTargets, loraFrom, out, epochs = 3 } = options;
  const { batchSize, sequenceLength, learningRate, validationFraction, seed } = options;
  const start: TuneStart = {
    notes,
    backbone,
    tokenizer,
    lora,
    loraTargets,
    loraFrom,
    training: { epochs, batchSize, sequenceLength, learningRate, validationFraction, seed },
  };
  const name = basename(notes, extname(notes)) || 'notes';
  const folder = await claimRunFolder(out, name, false, { ...waiting(options), canOverwrite: false });
  return tuneInFolder(folder, start, options, false);
}

/**
 * Resumes a tuning that was killed or interrupted, exactly as if it had not been: its texts, model and settings are those
 * that it was begun with, and the weights are the same bit for bit. As `graft tune --resume`.
 *
 * @param run - The run's folder.
 * @throws {GraftError} `checkpoint`, if there is no such run, it has ended, or its texts or its model changed; and as {@link tune}.
 */
export async function resumeTuning(run: string, options: ResumeTuningOptions = {}): Promise<TuneReport> {
  const { folder, start } = await resumeRunFolder(run, readTuneStart, waiting(options));
  return tuneInFolder(folder, start, options, true);
}

function waiting({ onEvent, signal }: ResumeTuningOptions): ClaimOptions {
  return { signal, onWait: (text) => onEvent?.({ type: 'note', text }) };
}

async function tuneInFolder(
  folder: RunFolder,
  start: TuneStart,
  { threads, signal, checkpointSeconds, onEvent }: ResumeTuningOptions,
  isResumed: boolean,
): Promise<TuneReport> {
  const { notes, backbone, tokenizer, lora, loraTargets, loraFrom, training } = start;
  try {
    const { texts, files } = await readTexts(notes);
    const { lm, contentHash } = await loadHashedCausalLm(backbone, { tokenizer, threads });
    try {
      if (lora !== undefined) lm.network.enableLora(lora, { targets: loraTargets, from: loraFrom });
      const { total, trainable } = lm.network.countParams();
      onEvent?.({ type: 'model', parameters: total, trainable });
      await folder.requireRoomFor(total, trainable);
      if (!isResumed) await folder.begin(tuneStart(start));
      const { before, after, bestEpoch, epochs, ended, ...cut } = await tuneCausalLm(lm, texts, {
        ...training,
        threads,
        signal: signal === undefined ? folder.lost : AbortSignal.any([signal, folder.lost]),
        modelIdentity: contentHash,
        checkpoints: runCheckpoints(folder.path, {
          resume: isResumed,
          everySeconds: checkpointSeconds,
          beforeSave: () => folder.requireHeld(),
          onTorn: (file, passed) => onEvent?.({ type: 'note', text: passedOver(file, passed) }),
          onResume: (epoch, step) => onEvent?.({ type: 'resume', epoch, step }),
        }),
        onStart: ({ before: metrics, ...sequences }) => {
          onEvent?.({ type: 'texts', files, texts: texts.length, ...sequences });
          onEvent?.({ type: 'before', metrics });
        },
        onStep: (progress) => onEvent?.({ type: 'step', ...progress }),
        onEpoch: (epoch) => onEvent?.({ type: 'epoch', epochs: training.epochs, ...epoch }),
      });
      await folder.requireHeld();
      // It has learned to go on with texts, not to answer.
      await saveIntoRun(lm, folder.path, { chatTemplate: false });
      if (ended !== 'interrupted') await folder.end();
      return {
        out: folder.path,
        backbone,
        parameters: total,
        trainable,
        ...cut,
        before,
        after,
        bestEpoch,
        epochs,
        ended,
      };
    } finally {
      await lm.dispose();
    }
  } catch (error) {
    // Whoever has taken the folder over is the reason of whatever followed.
    if (folder.lost.aborted) await folder.requireHeld();
    throw error;
  } finally {
    await folder.release();
  }
}
