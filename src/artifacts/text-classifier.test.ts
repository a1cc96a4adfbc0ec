/** @file A model file of texts answers by its own tokenizer, and is refused with another model's. */

import { describe, expect, it } from 'vitest';
import { withMessage } from '../../tests/support/saying.ts';
import type { Graph } from '../core/graph/graph.ts';
import { Functional } from '../core/layers/functional.ts';
import { input } from '../core/layers/input-layer.ts';
import { layers } from '../core/layers/layers.ts';
import { createSession } from '../core/runtime/create-session.ts';
import { softmax } from '../core/tensor/probabilities.ts';
import { integers } from '../core/tensor/tensor.ts';
import { textRecipeSchema } from '../recipe/recipe.ts';
import type { ClassPrediction } from '../recipe/tasks/classification.ts';
import { readTextRecipe } from '../recipe/text-defaults.ts';
import type { TrainedTextClassifier } from '../runs/grow-text-classifier.ts';
import { sentenceEncoder } from '../text/encoders/sentence-encoder.ts';
import { createTokenizer } from '../text/tokenizers/tokenizer.ts';
import { unigramJson } from '../text/tokenizers/unigram-json.ts';
import { decodeAnyModelFile, decodeModelFile, type TextModelFile } from './decode-model-file.ts';
import { encodeModelFile } from './encode-model-file.ts';
import { huggingFaceClassifier } from './hugging-face-classifier.ts';
import { FORMAT_VERSION, type TextModelInfo } from './model-info.ts';
import { TextClassifier } from './text-classifier.ts';
import { textClassifierGraph } from './text-classifier-file.ts';

const TOKENIZER = unigramJson(
  [
    ['?', 0],
    ['▁a', -1],
    ['▁b', -1],
  ],
  0,
);
const RECIPE = textRecipeSchema.parse({
  ...readTextRecipe({}, 100),
  cut: 'pooling',
  task: 'classification',
  maxTokens: 8,
  long: 'head',
  ngrams: null,
});
const METRICS = { examples: 1, loss: 0.1, accuracy: 1, interval: [0.2, 1] } as const;
const INFO: TextModelInfo = {
  formatVersion: FORMAT_VERSION,
  graftVersion: '0.0.0',
  modality: 'text',
  classNames: ['first', 'second'],
  input: { maxTokens: 8, long: 'head' },
  recipe: RECIPE,
  backbone: { name: 'none', source: 'a test', license: 'unknown' },
  train: METRICS,
  validation: METRICS,
  bestEpoch: 1,
  epochs: 1,
};

/** Texts of `a` are of the first class, of `b` of the second: by a sigmoid of the mean of -1 and 1. */
function graph(rows: number): Graph {
  const ids = input({ shape: [null], dtype: 'int64', name: 'ids' });
  const mask = layers.paddingMask({ name: 'padding_mask' }).apply(ids);
  const embedding = layers.embedding({ inputDim: rows, outputDim: 1 });
  const tokens = layers.multiply({ name: 'rows' }).apply([embedding.apply(ids), embedding.output]);
  const pooled = sentenceEncoder(new Functional({ inputs: ids, outputs: [tokens, mask] }), {
    pooling: 'mean',
  });
  const dense = layers.dense({ units: 1, activation: 'sigmoid', name: 'predictions' });
  const model = new Functional({ inputs: ids, outputs: dense.apply(pooled.output), name: 'classifier' });
  model.initialize({ seed: 1 });
  embedding.weight('embeddings').value = Float32Array.from({ length: rows }, (_, id) => id);
  dense.weight('kernel').value = Float32Array.of(1);
  dense.weight('bias').value = Float32Array.of(-2.5);
  return textClassifierGraph({ model, recipe: RECIPE } as unknown as TrainedTextClassifier);
}

function file(rows: number, tokenizer: string | undefined = TOKENIZER): Uint8Array {
  return new Uint8Array(Buffer.concat(encodeModelFile('m.onnx', graph(rows), INFO, { tokenizer })));
}

describe('TextClassifier', () => {
  it('tells the class of a text, and of several, whatever stands beside them', async () => {
    const classifier = await TextClassifier.load(file(3));
    const one = await classifier.predict('a');
    // 1 / (1 + exp(-(1 - 2.5)))
    expect(one).toMatchObject({ label: 'first', probability: expect.closeTo(1 / (1 + Math.exp(-1.5)), 5) });
    const [first, second] = await classifier.predict(['b b b', 'a']);
    expect(first).toMatchObject({ label: 'second' });
    expect(second).toEqual(one);
    expect(await classifier.predict([])).toEqual([]);
    await classifier.dispose();
  });

  it('refuses what is no text', async () => {
    const classifier = await TextClassifier.load(file(3));
    await expect(classifier.predict([1] as never)).rejects.toThrow(
      withMessage(
        'TextClassifier.predict: expected a text, or an array of texts, received an array with number. ' +
          'Read files first, with readTexts or of yours.',
      ),
    );
    await classifier.dispose();
  });

  it('refuses a tokenizer of another model, and a file without one', async () => {
    await expect(TextClassifier.load(file(2), { name: 'm.onnx' })).rejects.toThrow(
      withMessage(
        'model "m.onnx": expected a network for the 3 ids of its tokenizer, received one for fewer. ' +
          'The file was changed after it was written: train again, or use another copy.',
      ),
    );
    const without = new Uint8Array(Buffer.concat(encodeModelFile('m.onnx', graph(3), INFO)));
    await expect(TextClassifier.load(without, { name: 'm.onnx' })).rejects.toThrow(
      withMessage(
        `model "m.onnx": expected a tokenizer (metadata entry 'tokenizer.json'), received none. ` +
          'The file was changed after it was written: train again, or use another copy.',
      ),
    );
  });

  it('gives transformers.js and Optimum logits of the same probabilities', async () => {
    const model = decodeAnyModelFile(file(3), 'm.onnx') as TextModelFile;
    const { files, notes } = huggingFaceClassifier(model, await createTokenizer(TOKENIZER, 'tokenizer'));
    expect([[...files.keys()], notes]).toEqual([
      ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'onnx/model.onnx'],
      [],
    ]);
    expect(JSON.parse(files.get('config.json') as string)).toEqual({
      architectures: ['BertForSequenceClassification'],
      model_type: 'bert',
      problem_type: 'single_label_classification',
      id2label: { 0: 'first', 1: 'second' },
      label2id: { first: 0, second: 1 },
      vocab_size: 3,
      max_position_embeddings: 8,
      pad_token_id: 0,
      'transformers.js_config': { dtype: 'fp32' },
      graft_version: '0.0.0',
    });
    expect(JSON.parse(files.get('tokenizer_config.json') as string)).toMatchObject({
      model_max_length: 8,
      pad_token: '?',
      padding_side: 'right',
    });
    const session = await createSession(files.get('onnx/model.onnx') as Uint8Array);
    const { logits } = await session.run({
      input_ids: integers([1, 0, 0, 2, 2, 2], [2, 3]),
      attention_mask: integers([1, 0, 0, 1, 1, 1], [2, 3]),
    });
    await session.dispose();
    const classifier = await TextClassifier.load(file(3));
    const expected = await classifier.predict(['a', 'b b b']);
    await classifier.dispose();
    const probabilities = softmax(logits!.data as Float32Array, 2);
    expected.forEach((prediction, row) => {
      expect(probabilities[2 * row]).toBeCloseTo((prediction as ClassPrediction).probabilities['first']!, 6);
    });
  });

  it('is no model of images', () => {
    expect(() => decodeModelFile(file(3), 'm.onnx')).toThrow(
      withMessage(
        'model "m.onnx": expected a model of images, received one of texts. ' +
          'Open it with openTextClassifier(path), or use graft predict.',
      ),
    );
  });
});
