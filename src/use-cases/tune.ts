/** @file Trains a language model on one's own texts, and writes it as a folder that `graft generate` and transformers read. */

import { basename, extname } from 'node:path';
import { RUNS_FOLDER } from '../node/artifacts/run-folder.ts';
import { requireEmptyFolder, saveCausalLm } from '../node/artifacts/save-causal-lm.ts';
import { loadCausalLm } from '../node/text/load-causal-lm.ts';
import { readTexts } from '../node/text/read-texts.ts';
import {
  type LanguageMetrics,
  type TuneOptions as TrainingOptions,
  type TuneEpoch,
  type TuneProgress,
  tuneCausalLm,
} from '../text/training/tune-causal-lm.ts';
import { nextFreeFolder } from './next-free-folder.ts';

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
  | ({ readonly type: 'step' } & TuneProgress)
  | ({ readonly type: 'epoch'; readonly epochs: number } & TuneEpoch);

/** What one may say of a tuning. */
export interface TuneOptions
  extends Pick<
    TrainingOptions,
    | 'epochs'
    | 'batchSize'
    | 'sequenceLength'
    | 'learningRate'
    | 'validationFraction'
    | 'seed'
    | 'threads'
    | 'signal'
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
  readonly onEvent?: ((event: TuneEvent) => void) | undefined;
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
  const { backbone, tokenizer, lora, loraTargets, loraFrom, onEvent, epochs = 3, ...training } = options;
  const name = basename(notes, extname(notes)) || 'notes';
  const out = options.out ?? nextFreeFolder(RUNS_FOLDER, name);
  await requireEmptyFolder(out);
  const { texts, files } = await readTexts(notes);
  const lm = await loadCausalLm(backbone, { tokenizer, threads: options.threads });
  try {
    if (lora !== undefined) lm.network.enableLora(lora, { targets: loraTargets, from: loraFrom });
    const { total, trainable } = lm.network.countParams();
    onEvent?.({ type: 'model', parameters: total, trainable });
    const {
      before,
      after,
      bestEpoch,
      epochs: history,
      ended,
      ...cut
    } = await tuneCausalLm(lm, texts, {
      ...training,
      epochs,
      onStart: ({ before: metrics, ...start }) => {
        onEvent?.({ type: 'texts', files, texts: texts.length, ...start });
        onEvent?.({ type: 'before', metrics });
      },
      onStep: (progress) => onEvent?.({ type: 'step', ...progress }),
      onEpoch: (epoch) => onEvent?.({ type: 'epoch', epochs, ...epoch }),
    });
    // It has learned to go on with texts, not to answer.
    await saveCausalLm(lm, out, { chatTemplate: false });
    return {
      out,
      backbone,
      parameters: total,
      trainable,
      ...cut,
      before,
      after,
      bestEpoch,
      epochs: history,
      ended,
    };
  } finally {
    await lm.dispose();
  }
}
