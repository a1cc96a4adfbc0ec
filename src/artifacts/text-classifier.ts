/** @file A trained classifier of texts in use: all that it needs of a machine is a session. */

import { GraftError } from '../core/errors/graft-error.ts';
import type { RuntimeOptions } from '../core/runtime/runtime.ts';
import type { Session } from '../core/runtime/session.ts';
import { type Prediction, type Task, taskNamed } from '../recipe/task.ts';
import { padIds } from '../text/modality/pad-ids.ts';
import type { TextExample } from '../text/modality/text-example.ts';
import { TextModality } from '../text/modality/text-modality.ts';
import { TextTokens } from '../text/modality/text-tokens.ts';
import { createTokenizer, type TextTokenizer } from '../text/tokenizers/tokenizer.ts';
import { decodeAnyModelFile, isTextModel, type ModelFile, type TextModelFile } from './decode-model-file.ts';
import { modelFileError } from './model-info.ts';
import { type ModelOutputs, readOutputs } from './model-outputs.ts';
import { CHANGED_ADVICE, openModelSession } from './model-session.ts';
import {
  createPrediction,
  type PredictionConfidence,
  type PredictionOptions,
  requireConfidence,
} from './prediction.ts';

/** How a model of texts is loaded. */
export interface TextClassifierLoadOptions extends RuntimeOptions {
  /** Processor threads of one run, >= 1. Default: as many as the machine offers. */
  readonly threads?: number | undefined;
  /** What messages call the file. Default `model.onnx`. */
  readonly name?: string | undefined;
}

/** What one may say of a prediction. */
export interface PredictTextOptions extends PredictionOptions {
  readonly signal?: AbortSignal | undefined;
  /** Texts that are done. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** Texts that go through the network at once. */
const BATCH_SIZE = 32;

/** A model of texts in use. Any number of calls may run at once. Dispose of it to free its memory at once. */
export class TextClassifier {
  readonly file: TextModelFile;
  readonly #session: Session;
  readonly #tokenizer: TextTokenizer;
  readonly #options: RuntimeOptions;

  private constructor(
    file: TextModelFile,
    session: Session,
    tokenizer: TextTokenizer,
    options: RuntimeOptions,
  ) {
    this.file = file;
    this.#session = session;
    this.#tokenizer = tokenizer;
    this.#options = options;
  }

  /** Loads a model from the bytes of its file. @throws {GraftError} `model-file`, also if it is not of texts. */
  static async load(
    bytes: Uint8Array,
    { name = 'model.onnx', ...options }: TextClassifierLoadOptions = {},
  ): Promise<TextClassifier> {
    return TextClassifier.of(decodeAnyModelFile(bytes, name), options);
  }

  /**
   * Loads a model from a file that was decoded before.
   *
   * @throws {GraftError} `model-file`, if it is not of texts, or its tokenizer is another model's.
   */
  static async of(
    file: ModelFile | TextModelFile,
    { threads, runtime }: Omit<TextClassifierLoadOptions, 'name'> = {},
  ): Promise<TextClassifier> {
    if (!isTextModel(file)) {
      throw modelFileError(
        file.path,
        'a model of texts',
        'one of images',
        'Open it with Classifier.open(path).',
      );
    }
    const tokenizer = await createTokenizer(file.tokenizer, `tokenizer of model "${file.path}"`);
    const session = await openModelSession(file, { threads, runtime });
    try {
      await requireIdsKnown(file, session, tokenizer);
    } catch (error) {
      await session.dispose();
      throw error;
    }
    return new TextClassifier(file, session, tokenizer, { runtime });
  }

  /** Names of classes, labels or values. */
  get classNames(): readonly string[] {
    return this.file.info.classNames;
  }

  /** What the model tells of a text: one class, any number of labels, or values. */
  get task(): Task {
    return taskNamed<Task>(this.file.info.task).name;
  }

  /**
   * What the model says of a text, or of several.
   *
   * @returns Of classes `{ label, probability, probabilities }`; of labels `{ labels, probabilities }`; of regression
   *   `{ values }`. For an array, one for each, in its order.
   * @throws {GraftError} `argument`, if something else than text was given. And the signal's reason.
   */
  predict(text: string, options?: PredictTextOptions): Promise<Prediction<Task> & PredictionConfidence>;
  predict(
    texts: readonly string[],
    options?: PredictTextOptions,
  ): Promise<(Prediction<Task> & PredictionConfidence)[]>;
  async predict(
    given: string | readonly string[],
    options: PredictTextOptions = {},
  ): Promise<(Prediction<Task> & PredictionConfidence) | (Prediction<Task> & PredictionConfidence)[]> {
    const texts = requireTexts(given);
    requireConfidence(this.file.path, this.file.info, options.confidence);
    const { outputs, similarities } = await this.runTexts(texts, options);
    const width = this.classNames.length;
    const predictions = texts.map((_, row) => {
      const own = outputs.subarray(row * width, (row + 1) * width);
      return createPrediction(this.file.info, own, options, similarities?.[row]);
    });
    return typeof given === 'string' ? predictions[0]! : predictions;
  }

  /** Probabilities of texts, or values. @returns `[texts, classes]`, row-major, in the order of the texts. */
  async predictTexts(
    texts: readonly string[],
    options: Pick<PredictTextOptions, 'signal' | 'onProgress'> = {},
  ): Promise<Float32Array> {
    return (await this.runTexts(texts, options)).outputs;
  }

  /** The same, with the similarity of each text to the training texts, where the file tells. */
  async runTexts(
    texts: readonly string[],
    { signal, onProgress }: Pick<PredictTextOptions, 'signal' | 'onProgress'> = {},
  ): Promise<ModelOutputs> {
    const { input, classNames } = this.file.info;
    const tokens = new TextTokens({ tokenizer: this.#tokenizer, ...input });
    const modality = new TextModality(tokens, this.#options);
    const examples = texts.map((text, label): TextExample => ({ text, label, place: `text ${label + 1}` }));
    const width = classNames.length;
    const results = new Float32Array(texts.length * width);
    const similarities = new Float32Array(texts.length);
    const knowsUnknown = this.file.info.confidence?.unknown !== undefined;
    for await (const batch of modality.batches(examples, { batchSize: BATCH_SIZE, signal })) {
      const given = await this.#run(batch.feeds, batch.examples.length);
      batch.examples.forEach(({ label: row }, index) => {
        results.set(given.outputs.subarray(index * width, (index + 1) * width), row * width);
        if (knowsUnknown) similarities[row] = given.similarities![index]!;
      });
      onProgress?.(batch.done);
    }
    return { outputs: results, similarities: knowsUnknown ? similarities : undefined };
  }

  async dispose(): Promise<void> {
    await this.#session.dispose();
  }

  async #run(feeds: Parameters<Session['run']>[0], count: number): Promise<ModelOutputs> {
    return readOutputs(this.file, await this.#session.run(feeds), count, 'texts');
  }
}

function requireTexts(given: unknown): readonly string[] {
  const texts: readonly unknown[] = Array.isArray(given) ? given : [given];
  const other = texts.find((text) => typeof text !== 'string');
  if (other === undefined) return texts as readonly string[];
  throw new GraftError('argument', {
    where: 'TextClassifier.predict',
    expected: 'a text, or an array of texts',
    received: Array.isArray(given) ? `an array with ${typeof other}` : typeof other,
    advice: 'Read files first, with readTexts or of yours.',
  });
}

/** The network looks its largest id up: what has no row for it stops there. */
async function requireIdsKnown(
  { path }: TextModelFile,
  session: Session,
  { vocabularySize }: TextTokenizer,
): Promise<void> {
  try {
    await session.run({ ids: padIds([[vocabularySize - 1]]) });
  } catch (cause) {
    throw modelFileError(
      path,
      `a network for the ${vocabularySize.toLocaleString('en')} ids of its tokenizer`,
      'one for fewer',
      CHANGED_ADVICE,
      cause,
    );
  }
}
