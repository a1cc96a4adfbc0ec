/** @file Networks of KerasHub give what KerasHub computes; written by tools/oracle/keras_hub_backbones.py. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Functional } from '../../../src/core/layers/functional.ts';
import { modelGraph } from '../../../src/core/layers/lower-model.ts';
import { evaluateGraph } from '../../../src/core/runtime/create-session.ts';
import { floats } from '../../../src/core/tensor/tensor.ts';
import { loadTextBackbone } from '../../../src/node/text/load-text-backbone.ts';
import { openLanguageModel } from '../../../src/node/text/open-language-model.ts';
import { padIds } from '../../../src/text/modality/pad-ids.ts';
import { createTokenizer } from '../../../src/text/tokenizers/tokenizer.ts';
import { byteLevelJson } from '../../../src/text/tokenizers/vocabulary-json.ts';
import { kerasHubLanguageModel } from '../../../src/text/weights/keras-hub-language-model.ts';
import { KerasHubFile } from '../../../src/text/architectures/keras-hub-file.ts';
import { buildLanguageModel } from '../../../src/text/weights/build-language-model.ts';
import { readWeights } from '../../../src/node/weights/read-weights.ts';
import { withMessage } from '../../support/saying.ts';

const FOLDER = 'tests/golden/text/keras-hub';
const TOLERANCE = { atol: 1e-4, rtol: 1e-4 };

interface Numbers {
  readonly shape: number[];
  readonly data: number[];
}
interface Expected {
  readonly ids: number[][];
  readonly bert: Numbers[];
  readonly gpt2: Numbers[];
  readonly llama: Numbers[];
  readonly tokens: { readonly text: string; readonly ids: number[] }[];
}
const expected = JSON.parse(readFileSync(`${FOLDER}/expected.json`, 'utf8')) as Expected;
const preset = (name: string): unknown => JSON.parse(readFileSync(`${FOLDER}/${name}/config.json`, 'utf8'));
const weightsOf = (name: string): string => `${FOLDER}/${name}/model.weights.h5`;

async function hidden(network: Functional, wanted: readonly Numbers[]): Promise<void> {
  const graph = modelGraph(network);
  for (const [index, ids] of expected.ids.entries()) {
    const feeds = { [graph.inputs[0]!.name]: padIds([ids]) };
    const result = (await evaluateGraph(graph, feeds))[graph.outputs[0]!.name];
    const { shape, data } = wanted[index]!;
    expect(result).toBeAllClose(floats(shape, data), TOLERANCE);
  }
}

describe('a network of KerasHub', () => {
  it('has its hidden states: BERT', async () => {
    const { model, tokenizer, facts, maxTokens, pooling } = await loadTextBackbone(`${FOLDER}/bert`);
    expect([maxTokens, pooling]).toEqual([9, 'mean']);
    expect(facts).toEqual({ id: 'bert', title: 'bert, a BERT of KerasHub', architecture: 'bert', license: 'unknown' });
    const tokens = new Functional({
      inputs: model.inputs,
      outputs: model.getLayer('transformer_layer_1').output,
      name: 'bert',
    });
    await hidden(tokens, expected.bert);
    for (const { text, ids } of expected.tokens) expect(tokenizer.encode(text)).toEqual(ids);
  });

  it.each(['gpt2', 'llama'] as const)('has its hidden states: %s', async (name) => {
    const hub = new KerasHubFile(await readWeights(weightsOf(name)));
    expect(hub.family).toBe(name);
    const network = await buildLanguageModel(kerasHubLanguageModel(hub, preset(name)));
    const [last] = network.output.inputs;
    await hidden(new Functional({ inputs: network.inputs, outputs: last!, name }), expected[name]);
  });

  it('is opened as a language model, with the vocabulary of its preset', async () => {
    const file = await openLanguageModel(`${FOLDER}/gpt2`);
    expect([file.format, file.beginId, file.endIds]).toEqual(['KerasHub', undefined, [25]]);
    expect(await file.contentHash()).toMatch(/^[0-9a-f]{64}$/);
    const tokenizer = await createTokenizer(file.tokenizer.json, file.tokenizer.where);
    expect(tokenizer.decode(tokenizer.encode('other the thef'))).toBe('other the thef');
    expect(tokenizer.encode(' the')).toEqual([23]);
    await file.close();
  });

  it('as a BERT writes no texts', async () => {
    await expect(openLanguageModel(`${FOLDER}/bert`)).rejects.toThrow(
      withMessage(
        'weights "model.weights.h5": expected a language model, GPT-2 or Llama, received a BERT, which writes no texts. Use it as the backbone of a classifier: graft train TEXTS --backbone FOLDER.',
      ),
    );
  });

  it('as a Llama needs its configuration', async () => {
    const file = await readWeights(weightsOf('llama'));
    expect(() => kerasHubLanguageModel(new KerasHubFile(file), undefined)).toThrow(
      withMessage(
        'weights "model.weights.h5": expected the config.json of its preset beside it, received none. Give the folder that backbone.save_to_preset("FOLDER") writes.',
      ),
    );
  });

  it('needs its tokenizer', async () => {
    await expect(loadTextBackbone(`${FOLDER}/llama`)).rejects.toThrow(
      withMessage(
        'weights "model.weights.h5": expected its tokenizer beside it: tokenizer.json, vocabulary.txt, or vocabulary.json and merges.txt, received none. Copy the tokenizer.json of the same model from Hugging Face.',
      ),
    );
  });

  it('is one of the three that Graft has', async () => {
    const file = await readWeights(weightsOf('bert'));
    const layers = (file.layers ?? []).filter(({ path }) => path !== 'layers/embedding');
    expect(() => new KerasHubFile({ ...file, layers })).toThrow(
      withMessage(
        'weights "model.weights.h5": expected a BertBackbone, GPT2Backbone or LlamaBackbone of KerasHub, received another network. Write one with backbone.save_to_preset("FOLDER") or backbone.save_weights("NAME.weights.h5").',
      ),
    );
  });

  it('has a tokenizer that keeps a vocabulary of any names', () => {
    const { model } = JSON.parse(byteLevelJson({ constructor: 0, a: 1 }, [])) as { model: { vocab: object } };
    expect(model.vocab).toEqual({ constructor: 0, a: 1 });
  });
});
