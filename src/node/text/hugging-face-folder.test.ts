/** @file A folder of Hugging Face becomes an encoder, or says what is wrong with it. */

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { readSafetensors, writeSafetensors } from '../../core/weights/safetensors.ts';
import { isHuggingFaceFolder, readHuggingFaceFolder } from './hugging-face-folder.ts';

const FAMILY = 'Give a model of the BERT family: MiniLM, E5 and BGE are.';
const BERT = 'tests/golden/text/bert';
const TOKENIZER = {
  added_tokens: [],
  normalizer: { type: 'BertNormalizer', lowercase: true, clean_text: true, strip_accents: null },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: null,
  decoder: { type: 'WordPiece', prefix: '##', cleanup: false },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: { '[UNK]': 0, a: 1, b: 2, c: 3 },
  },
};

describe('a folder of Hugging Face', () => {
  let folder: string;
  let where: string;
  const write = (name: string, value: unknown): void =>
    writeFileSync(join(folder, name), JSON.stringify(value));
  const config = (changed: object): void =>
    write('config.json', {
      ...(JSON.parse(readFileSync(`${BERT}/config.json`, 'utf8')) as object),
      ...changed,
    });
  const refusal = (message: string) =>
    expect(readHuggingFaceFolder(folder)).rejects.toThrow(withMessage(message));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'graft-bert-'));
    where = `folder "${basename(folder)}"`;
    for (const name of ['config.json', 'model.safetensors']) {
      cpSync(join(BERT, name), join(folder, name));
    }
    write('tokenizer.json', TOKENIZER);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('takes the mean of the tokens, where it says nothing else', async () => {
    const { model, tokenizer, maxTokens, notes, facts } = await readHuggingFaceFolder(folder);
    expect(isHuggingFaceFolder(folder)).toBe(true);
    expect(model.output.shape).toEqual([null, 12]);
    expect(model.layers.map(({ name }) => name)).toEqual([
      'ids',
      'embeddings',
      'embeddings_layer_norm',
      'padding_mask',
      'transformer_layer_0',
      'transformer_layer_1',
      'pooling',
    ]);
    expect(tokenizer.encode('A b')).toEqual([1, 2]);
    expect(maxTokens).toBe(9);
    expect(notes).toEqual(['No modules.json says how a vector is made of the tokens: their mean is taken.']);
    expect(facts.architecture).toBe('bert');
  });

  it('takes what sentence-transformers says', async () => {
    write('modules.json', [
      { type: 'sentence_transformers.models.Transformer', path: '' },
      { type: 'sentence_transformers.models.Pooling', path: '1_Pooling' },
      { type: 'sentence_transformers.models.Normalize', path: '2_Normalize' },
    ]);
    mkdirSync(join(folder, '1_Pooling'));
    write('1_Pooling/config.json', { pooling_mode_cls_token: true, pooling_mode_mean_tokens: false });
    write('sentence_bert_config.json', { max_seq_length: 7, do_lower_case: false });
    const { model, maxTokens, notes } = await readHuggingFaceFolder(folder);
    expect(model.getLayer('pooling').getConfig()).toMatchObject({ token: 'first' });
    expect(model.output.layer.name).toBe('unit_normalization');
    expect(maxTokens).toBe(7);
    expect(notes).toEqual([]);
  });

  it('is refused without a tokenizer', async () => {
    rmSync(join(folder, 'tokenizer.json'));
    await refusal(
      `${where}: expected a file "tokenizer.json", received none. ` +
        'Give a folder as transformers writes it: model.save_pretrained and tokenizer.save_pretrained.',
    );
  });

  it('is refused with a tokenizer of another model', async () => {
    const vocab = Object.fromEntries(
      Array.from({ length: 30 }, (_, id) => [id === 0 ? '[UNK]' : `t${id}`, id]),
    );
    write('tokenizer.json', { ...TOKENIZER, model: { ...TOKENIZER.model, vocab } });
    await refusal(
      `${where}: expected a tokenizer of at most 23 ids, as the network has, received one of 30. ` +
        'The tokenizer is of another model: fetch tokenizer.json again.',
    );
  });

  it.each([
    [{ model_type: 'roberta' }, 'a "model_type" of "bert", received "roberta"', FAMILY],
    [
      { hidden_act: 'gelu_new' },
      'another "hidden_act", received Invalid option: expected one of "gelu"|"relu"|"silu"|"swish"',
      FAMILY,
    ],
    [
      { num_attention_heads: 5 },
      '"num_attention_heads" that divide the hidden size, 12, received 5',
      'The file is damaged: fetch it again.',
    ],
  ])('is refused with %j', async (changed, what, advice) => {
    config(changed);
    await refusal(`config "${basename(folder)}/config.json": expected ${what}. ${advice}`);
  });

  it('is refused with weights of another shape', async () => {
    config({ intermediate_size: 24 });
    await refusal(
      'weights "model.safetensors": expected "encoder.layer.0.intermediate.dense.weight" of shape [24, 12], ' +
        'received [20, 12]. The weights and config.json are of two models: fetch both again.',
    );
  });

  it('is refused with what is no number', async () => {
    const { tensors } = readSafetensors(readFileSync(join(BERT, 'model.safetensors')), 'weights');
    const changed = new Map(tensors);
    changed.get('embeddings.LayerNorm.bias')!.data[3] = Number.NaN;
    writeFileSync(join(folder, 'model.safetensors'), writeSafetensors(changed));
    await refusal(
      'weights "model.safetensors": expected numbers in "embeddings.LayerNorm.bias", received NaN at 3. ' +
        'Half precision has no room for numbers above 65,504: save the model in float32 or bfloat16.',
    );
  });
});
