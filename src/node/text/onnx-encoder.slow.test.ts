/** @file Encoders of texts in ONNX files with what lies beside them. */

import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { GraphBuilder } from '../../core/graph/builder.ts';
import type { Shape } from '../../core/graph/graph.ts';
import { encodeModel } from '../../core/onnx/encoder.ts';
import type { DType } from '../../core/tensor/dtype.ts';
import { loadTextBackbone } from './load-text-backbone.ts';

const GOLDEN = 'tests/golden/text/onnx';
const root = mkdtempSync(join(tmpdir(), 'graft-onnx-encoder-'));
afterAll(() => rmSync(root, { recursive: true }));

let folder: string;
let count = 0;
beforeEach(() => {
  folder = join(root, `encoder-${count++}`);
  mkdirSync(folder);
});

function put(from: string, to: string): string {
  copyFileSync(join(GOLDEN, from), join(folder, to));
  return join(folder, to);
}

const write = (name: string, value: unknown): void =>
  writeFileSync(join(folder, name), JSON.stringify(value));

/** A file of a network that does nothing, with these inputs. */
function putGraph(inputs: readonly (readonly [string, DType, Shape])[]): string {
  put('tokenizer.json', 'tokenizer.json');
  const builder = new GraphBuilder('net');
  const sums = inputs.map(([name, dtype, shape]) =>
    builder.cast(builder.input(name, dtype, shape), 'float32'),
  );
  const all = sums.map((value) =>
    builder.unsqueeze(builder.sum(value, [...value.shape.keys()].slice(1), 0), [1]),
  );
  builder.output(all.length === 1 ? all[0]! : builder.concat(all, 1), 'sentence_embedding');
  const path = join(folder, 'net.onnx');
  writeFileSync(path, encodeModel(builder.build()));
  return path;
}

describe('an encoder in ONNX', () => {
  it('is read from its folder, with what the files beside it say', async () => {
    put('bert.onnx', 'model.onnx');
    put('tokenizer.json', 'tokenizer.json');
    write('tokenizer_config.json', { model_max_length: 12, pad_token: '[PAD]' });
    write('modules.json', [
      { type: 'sentence_transformers.models.Pooling', path: '1_Pooling' },
      { type: 'sentence_transformers.models.Normalize', path: '2_Normalize' },
    ]);
    mkdirSync(join(folder, '1_Pooling'));
    write('1_Pooling/config.json', { pooling_mode_cls_token: true });
    const { model, facts, maxTokens, pooling, notes, tokenizer } = await loadTextBackbone(folder);
    const id = folder.slice(root.length + 1);
    expect(facts).toEqual({
      id,
      title: `${id}, an encoder in ONNX`,
      architecture: 'onnx',
      license: 'unknown',
    });
    expect([maxTokens, pooling, notes]).toEqual([12, 'first', []]);
    expect(model.layers.map(({ name }) => name)).toEqual([
      'ids',
      'last_hidden_state',
      'padding_mask',
      'pooling',
      'unit_normalization',
    ]);
    expect(tokenizer.encode('a good film')).toHaveLength(5);
  });

  it('is read from a file of its folder "onnx", with the tokenizer above', async () => {
    mkdirSync(join(folder, 'onnx'));
    put('sentence.onnx', 'onnx/model.onnx');
    put('tokenizer.json', 'tokenizer.json');
    write('config.json', { model_type: 'distilbert', max_position_embeddings: 16 });
    const ofFile = await loadTextBackbone(join(folder, 'onnx', 'model.onnx'));
    const ofFolder = await loadTextBackbone(folder);
    for (const { model, maxTokens, pooling } of [ofFile, ofFolder]) {
      expect(model.output.layer.name).toBe('sentence_embedding');
      expect([maxTokens, pooling]).toEqual([16, undefined]);
    }
    const pooled = await loadTextBackbone(folder, { pooling: 'first' });
    expect(pooled.model.layers.map(({ name }) => name)).toContain('token_embeddings');
    expect(pooled.pooling).toBe('first');
  });

  it('says that the mean is taken where no file tells', async () => {
    put('bert.onnx', 'bert.onnx');
    put('tokenizer.json', 'tokenizer.json');
    const { notes, maxTokens } = await loadTextBackbone(join(folder, 'bert.onnx'));
    expect(notes).toEqual(['No modules.json says how a vector is made of the tokens: their mean is taken.']);
    expect(maxTokens).toBe(16);
  });

  it('is refused without its tokenizer', async () => {
    const path = put('bert.onnx', 'bert.onnx');
    await expect(loadTextBackbone(path)).rejects.toThrow(
      withMessage(
        'model "bert.onnx": expected its tokenizer beside it, tokenizer.json, received none. Copy it from where the model is from: tokenizer.save_pretrained writes it.',
      ),
    );
  });

  it('is refused with the tokenizer of another model', async () => {
    const path = put('bert.onnx', 'bert.onnx');
    put('tokenizer.json', 'tokenizer.json');
    const json = JSON.parse(readFileSync(join(folder, 'tokenizer.json'), 'utf8')) as {
      model: { vocab: Record<string, number> };
    };
    json.model.vocab['word'] = 29;
    write('tokenizer.json', json);
    await expect(loadTextBackbone(path)).rejects.toThrow(
      withMessage(
        'model "bert.onnx": expected a tokenizer of at most 26 ids, as the network has, received one of 30. The tokenizer is of another model: fetch tokenizer.json again.',
      ),
    );
  });

  it('is refused where the files beside it claim longer texts than it can take', async () => {
    const path = put('bert.onnx', 'bert.onnx');
    put('tokenizer.json', 'tokenizer.json');
    write('tokenizer_config.json', { model_max_length: 64 });
    await expect(loadTextBackbone(path)).rejects.toThrow(
      withMessage(
        'model "bert.onnx": expected Add "/model/embeddings/Add_1_output_0" to work on texts of 64 tokens, with shapes that broadcast, received [N, 64, 12] and [1, 16, 12]. The files beside it say how long texts may be: fetch them, and the network, again.',
      ),
    );
  });

  it.each([
    [
      'of images',
      [['pixel_values', 'float32', ['N', 3, 'H', 'W']]],
      'inputs of tokens alone, whole numbers [N, S]: "input_ids", "attention_mask", "token_type_ids", received "pixel_values" float32 [N, 3, H, W]. Give an encoder of texts, exported for feature extraction.',
    ],
    [
      'that continues texts',
      [
        ['input_ids', 'int64', ['N', 'S']],
        ['past_key', 'float32', ['N', 2, 'P', 4]],
      ],
      'inputs of tokens alone, whole numbers [N, S]: "input_ids", "attention_mask", "token_type_ids", received "input_ids" int64 [N, S], "past_key" float32 [N, 2, P, 4]. Give an encoder of texts, exported for feature extraction.',
    ],
    [
      'for one length',
      [['input_ids', 'int64', ['N', 128]]],
      '"input_ids" for batches and texts of any length, [N, S], received [N, 128]. Export the network with dynamic axes.',
    ],
  ] as const)('is refused as a network %s', async (_, inputs, message) => {
    await expect(loadTextBackbone(putGraph(inputs))).rejects.toThrow(
      withMessage(`model "net.onnx": expected ${message}`),
    );
  });

  it('is refused where a value would take gigabytes', async () => {
    put('tokenizer.json', 'tokenizer.json');
    const builder = new GraphBuilder('net');
    const ids = builder.cast(builder.input('input_ids', 'int64', ['N', 'S']), 'float32');
    const wide = builder.expand(builder.unsqueeze(ids, [2]), builder.integers([1, 1, 2 ** 30]));
    builder.output(wide, 'last_hidden_state');
    const path = join(folder, 'net.onnx');
    writeFileSync(path, encodeModel(builder.build()));
    await expect(loadTextBackbone(path)).rejects.toThrow(
      withMessage(
        'model "net.onnx": expected values of at most 67.1 MB for a text of this length, received 4.3 GB with "Expand". Use shorter texts: say how long they may be in sentence_bert_config.json, or cut the network before this value.',
      ),
    );
  });

  it('takes ids of 32 bits by any name, and says that it has no mask', async () => {
    const { notes, model } = await loadTextBackbone(putGraph([['x', 'int32', ['N', 'S']]]));
    expect(model.output.shape).toEqual([null, 1]);
    expect(notes).toEqual(['The network takes no mask: padding is the id 0, which it has to know itself.']);
  });

  it('is cut at a value of its own, and at no other', async () => {
    const path = put('bert.onnx', 'bert.onnx');
    put('tokenizer.json', 'tokenizer.json');
    const { model } = await loadTextBackbone(path, { cut: 'pooler_output' });
    expect(model.output.layer.name).toBe('pooler_output');
    await expect(loadTextBackbone(path, { cut: 'block_3' })).rejects.toThrow(
      withMessage(
        'model "bert.onnx": expected the name of a value to cut at, received "block_3". Its outputs are "last_hidden_state", "pooler_output".',
      ),
    );
  });
});
