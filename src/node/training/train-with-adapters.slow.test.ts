/** @file Networks of texts learn by adapters, phase by phase, and their files answer as they do. */

import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copiedState } from '../../../tests/support/fit-state.ts';
import { needs } from '../../../tests/support/needs.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { SENTENCES } from '../../../tests/support/sentences.ts';
import { decodeAnyModelFile, type TextModelFile } from '../../artifacts/decode-model-file.ts';
import { encodeModelFile } from '../../artifacts/encode-model-file.ts';
import { decodeAdapters } from '../../artifacts/stored-adapters.ts';
import { TextClassifier } from '../../artifacts/text-classifier.ts';
import {
  textClassifierAdapters,
  textClassifierGraph,
  textClassifierInfo,
} from '../../artifacts/text-classifier-file.ts';
import type { Checkpoint } from '../../core/fit/run-checkpoints.ts';
import { modelGraph } from '../../core/layers/lower-model.ts';
import { evaluateGraph } from '../../core/runtime/create-session.ts';
import { joinBytes } from '../../core/tensor/join-bytes.ts';
import { floats, integers } from '../../core/tensor/tensor.ts';
import { readSafetensors } from '../../core/weights/safetensors.ts';
import type { RecipeInput } from '../../recipe/recipe.ts';
import { readTextRecipe } from '../../recipe/text-defaults.ts';
import {
  growTextClassifier,
  type TextExampleSets,
  type TrainedTextClassifier,
} from '../../runs/grow-text-classifier.ts';
import { beginPhase } from '../../runs/phase-trainer.ts';
import { exportModelFile } from '../export/export-model-file.ts';
import { loadTextBackbone } from '../text/load-text-backbone.ts';
import {
  estimateTextTraining,
  type TextClassifierOptions,
  trainTextClassifier,
} from './train-text-classifier.ts';

const golden = (path: string): string =>
  fileURLToPath(new URL(`../../../tests/golden/${path}`, import.meta.url));
const GPT2 = golden('language/gpt2');
const LLAMA = golden('language/llama');

const NAMES = ['animals', 'food', 'money'];
const EXAMPLES = SENTENCES.map(({ text, label }, index) => ({
  text,
  label: NAMES.indexOf(label),
  place: `line ${index + 2}`,
  file: `line ${index + 2}`,
}));
const SETS: TextExampleSets<'classification'> = {
  train: EXAMPLES.slice(0, 60),
  validation: EXAMPLES.slice(60, 90),
  test: undefined,
  classNames: NAMES,
  task: 'classification',
  skipped: [],
};
const FAST = { epochs: 2, learningRate: 1e-2, batchSize: 16 } as const;
const ADAPTERS = { ...FAST, lora: 2, loraTargets: ['query', 'value'] };

let folder: string;
/** A BERT with a tokenizer: letters. */
let bert: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graft-adapters-'));
  bert = join(folder, 'bert');
  await cp(golden('text/bert'), bert, { recursive: true });
  const pieces = ['[UNK]', 'the', 'is', 'a', 'my', 'she', ...'abcdefghijklmnop'];
  const vocab = Object.fromEntries(pieces.map((piece, id) => [piece, id]));
  const tokenizer = {
    normalizer: { type: 'Lowercase' },
    pre_tokenizer: { type: 'Whitespace' },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab,
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    post_processor: null,
    added_tokens: [],
  };
  await writeFile(join(bert, 'tokenizer.json'), JSON.stringify(tokenizer));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const train = (
  backbone: string,
  recipe: RecipeInput,
  options: Partial<TextClassifierOptions> = {},
): Promise<TrainedTextClassifier> =>
  trainTextClassifier(SETS, { folder: 'sentences', threads: 1, ...options, recipe: { ...recipe, backbone } });

/** The model file, read again. */
function fileOf(trained: TrainedTextClassifier): TextModelFile {
  const parts = encodeModelFile(
    'model.onnx',
    textClassifierGraph(trained),
    textClassifierInfo(trained, '1.0.0'),
    {
      tokenizer: trained.backbone.tokenizer.json,
      adapters: textClassifierAdapters(trained),
    },
  );
  return decodeAnyModelFile(joinBytes(parts), 'model.onnx') as TextModelFile;
}

/** Mean cross-entropy of the file's probabilities on the validation texts. */
async function lossOf(file: TextModelFile): Promise<number> {
  const classifier = await TextClassifier.of(file, { threads: 1 });
  const probabilities = await classifier.predictTexts(SETS.validation.map(({ text }) => text));
  await classifier.dispose();
  const losses = SETS.validation.map(({ label }, row) => -Math.log(probabilities[3 * row + label]!));
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

const backbones = (): [string, string][] => [
  ['gpt2', GPT2],
  ['llama', LLAMA],
  ['bert', bert],
  ['llama2.c', golden('language/llama2c.bin')],
  ['gguf', golden('language/llama-F16.gguf')],
];

describe.each(['gpt2', 'llama', 'bert', 'llama2.c', 'gguf'])('%s', (name) => {
  const backbone = (): string => backbones().find(([each]) => each === name)![1];

  it('is an encoder, frozen, unfrozen or with adapters; the file answers as it was trained', async () => {
    const recipes = [FAST, { ...FAST, learningRate: 1e-3, unfreeze: 'transformer_layer_1' }, ADAPTERS];
    for (const { unfreeze, ...recipe } of recipes as readonly (RecipeInput & {
      readonly unfreeze?: string;
    })[]) {
      const whole = await loadTextBackbone(backbone());
      const first = whole.model.layers.find(
        ({ name: layer }) => unfreeze !== undefined && layer.startsWith(unfreeze),
      );
      const trained = await train(backbone(), { ...recipe, unfreeze: first?.name ?? null });
      expect(await lossOf(fileOf(trained))).toBeCloseTo(trained.validation.loss, 3);
    }
  });

  it('computes the same to the bit with adapters that have learned nothing', async () => {
    const outputs: unknown[] = [];
    for (const lora of [null, 3]) {
      const recipe = readTextRecipe({ backbone: backbone(), lora }, 60);
      const { model } = growTextClassifier(await loadTextBackbone(backbone()), recipe, SETS);
      const ids = integers([3, 5, 2, 7, 1, -1, 4, 9, -1, -1, -1, -1], [2, 6]);
      outputs.push(await evaluateGraph(modelGraph(model), { [model.input.layer.name]: ids }));
    }
    expect(outputs[1]).toEqual(outputs[0]);
  });
});

it('trains adapters and the head alone, keeps them apart, and says how many numbers', async () => {
  const { backbone, adapters, parameters, ...trained } = await train(GPT2, {
    ...ADAPTERS,
    loraFrom: 'transformer_layer_1',
  });
  const before = await loadTextBackbone(GPT2);
  const changed = before.model.weights
    .filter(({ name, weight }) => {
      const [layer, ...rest] = name.split('/');
      const after = backbone.model.getLayer(layer!).weight(rest.join('/')).value;
      return weight.value.some((value, index) => value !== after[index]);
    })
    .map(({ name }) => name);
  expect(changed).toEqual([
    'transformer_layer_1_self_attention/query/kernel',
    'transformer_layer_1_self_attention/value/kernel',
  ]);
  expect(adapters.map(({ layer, kernel, rank }) => `${layer}/${kernel} ${rank}`)).toEqual(
    changed.map((name) => `${name} 2`),
  );
  const width = before.model.output.shape[1]!;
  expect(parameters.trainable).toBe(2 * 2 * 2 * width + 3 * width + 3);
  const file = fileOf({ ...trained, backbone, adapters, parameters });
  expect(decodeAdapters('model.onnx', file.adapters!)).toEqual({
    architecture: 'gpt2',
    head: ['predictions'],
    adapters: adapters.map(({ layer, kernel, rank, a, b }) => ({ layer, kernel, rank, a, b })),
  });
});

it('is estimated with the adapters of each phase, and leaves none behind', async () => {
  const recipe = {
    ...FAST,
    backbone: GPT2,
    phases: [
      { lora: 2, loraTargets: ['query', 'value'] },
      { unfreeze: 'transformer_layer_0_self_attention' },
    ],
  };
  const { estimate, model } = await estimateTextTraining(SETS, { folder: 'sentences', recipe });
  const [head, adapters, whole] = estimate.phases;
  expect([head?.lora, adapters?.lora, whole?.lora]).toEqual([undefined, 2, undefined]);
  const width = model.getLayer('predictions').input.shape[1]!;
  expect(head!.trainable).toBe(3 * width + 3);
  expect(adapters!.trainable).toBe(head!.trainable + 2 * 2 * 4 * width);
  expect(whole!.trainable).toBeGreaterThan(adapters!.trainable);
  expect(model.weights.some(({ name }) => name.includes('lora'))).toBe(false);
});

describe('phases', () => {
  const PHASES: RecipeInput = {
    ...FAST,
    phases: [
      { lora: 2, loraFrom: 'transformer_layer_1', learningRate: 5e-3 },
      { loraFrom: 'transformer_layer_0' },
      { unfreeze: 'transformer_layer_0_self_attention', learningRate: 1e-3 },
    ],
  };

  it('train the head, then adapters, then more of them, then whole layers', async () => {
    const begun: unknown[] = [];
    const trained = await train(GPT2, PHASES, {
      onPhase: (index, { lora, unfreeze }) => void begun.push([index, lora ?? null, unfreeze]),
    });
    expect(begun).toEqual([
      [0, null, null],
      [1, 2, null],
      [2, 2, null],
      [3, null, 'transformer_layer_0_self_attention'],
    ]);
    expect(trained.history.epochs).toHaveLength(8);
    // What followed was learned by the kernels themselves.
    expect(trained.adapters).toEqual([]);
    expect(await lossOf(fileOf(trained))).toBeCloseTo(trained.validation.loss, 3);
  });

  it.each([0, 1, 2, 3])('end with the same weights when they are resumed in phase %i', async (phase) => {
    let kept: Checkpoint | undefined;
    const whole = await train(GPT2, PHASES, {
      checkpoints: {
        resumes: false,
        resume: async () => undefined,
        isDue: () => true,
        save: async (_, { fit, ...rest }) => {
          if (rest.phase === phase && fit.epoch === 2) kept ??= { ...rest, fit: copiedState(fit) };
        },
      },
    });
    const again = await train(GPT2, PHASES, {
      checkpoints: { resumes: true, resume: async () => kept, isDue: () => false, save: async () => {} },
    });
    const weightsOf = ({ model }: TrainedTextClassifier) => model.weights.map(({ weight }) => weight.value);
    expect(kept?.phase).toBe(phase);
    expect(weightsOf(again)).toEqual(weightsOf(whole));
    expect(again.validation).toEqual(whole.validation);
  });

  it.each<[string, RecipeInput, string]>([
    [
      'adapters and whole layers at once',
      { lora: 4, unfreeze: 'transformer_layer_1_self_attention' },
      'recipe: expected adapters (--lora) or layers that are trained whole (--unfreeze), received both, rank 4 and from "transformer_layer_1_self_attention". Train one after the other: --lora 8 --then unfreeze=LAYER.',
    ],
    [
      'a beginning without a rank',
      { loraFrom: 'transformer_layer_1' },
      'recipe: expected a rank of adapters (--lora) with --lora-from, received none. Give one, such as --lora 8.',
    ],
    [
      'targets without a rank',
      { phases: [{ loraTargets: ['query'] }] },
      'phase 2: expected a rank of adapters (--lora) with --lora-targets, received none. Give one, such as --lora 8.',
    ],
    [
      'another rank',
      { lora: 2, phases: [{ lora: 4 }] },
      'phases: expected the adapters of the phase before, of rank 2, and perhaps more of them, received rank 4. Add adapters from phase to phase, or go on with unfreeze=LAYER.',
    ],
    [
      'fewer adapters',
      { lora: 2, phases: [{ loraTargets: ['query'] }] },
      'phases: expected the adapters of the phase before, of rank 2, and perhaps more of them, received none beside "transformer_layer_0_self_attention/key/kernel". Add adapters from phase to phase, or go on with unfreeze=LAYER.',
    ],
    [
      'whole layers that begin behind adapters',
      { lora: 2, phases: [{ unfreeze: 'transformer_layer_1_self_attention' }] },
      'phases: expected a phase that trains from "transformer_layer_0_self_attention" or before it, as the one before, received from "transformer_layer_1_self_attention". Unfreeze more from phase to phase, not less.',
    ],
    [
      'adapters after whole layers',
      { unfreeze: 'transformer_layer_1_self_attention', phases: [{ lora: 2 }] },
      'phases: expected a phase that trains from "transformer_layer_1_self_attention" or before it, as the one before, received adapters. Unfreeze more from phase to phase, not less.',
    ],
    [
      'a layer that is not there',
      { lora: 2, loraFrom: 'transformer_layer_7' },
      'model "gpt2": expected the name of a layer, received "transformer_layer_7". The nearest names are "layer_norm", "token_ids", "token_embedding".',
    ],
    [
      'targets that are not there',
      { lora: 2, loraTargets: ['querry'] },
      'LoRA of model "gpt2": expected targets among "query", "key", "value", "attention_output", "transformer_layer_0_feedforward_intermediate_dense", "transformer_layer_0_feedforward_output_dense", "transformer_layer_1_feedforward_intermediate_dense", "transformer_layer_1_feedforward_output_dense", received "querry". Name projections of its layers, or leave targets out.',
    ],
  ])('refuse %s', async (_, recipe, message) => {
    await expect(train(GPT2, { ...FAST, ...recipe })).rejects.toThrow(withMessage(message));
  });
});

it('pools at an earlier layer, as it is asked', async () => {
  const trained = await train(LLAMA, {
    ...FAST,
    cut: 'transformer_layer_0_feedforward_add',
    pooling: 'last',
  });
  expect(trained.backbone.model.layers.at(-1)).toMatchObject({ className: 'TokenPooling', token: 'last' });
  expect(await lossOf(fileOf(trained))).toBeCloseTo(trained.validation.loss, 3);
  await expect(train('use_lite', { ...FAST, pooling: 'last' })).rejects.toThrow(
    withMessage(
      'backbone "use_lite": expected a layer that gives a vector for each token (--cut), to be pooled as "last", received "pooled_dense", which gives one for each text. Leave out --pooling, or cut at a layer before the pooling: graft summary lists them.',
    ),
  );
});

it('a phase without adapters merges those that were trained', async () => {
  const recipe = readTextRecipe({ backbone: GPT2, lora: 2 }, 60);
  const classifier = growTextClassifier(await loadTextBackbone(GPT2), recipe, SETS);
  const { model } = classifier;
  for (const { name, weight } of model.weights) {
    if (name.includes('lora')) weight.value = weight.value.map((_, index) => 0.1 * Math.sin(index));
  }
  const ids = { token_ids: integers([3, 5, 2, 7], [1, 4]) };
  const adapted = await evaluateGraph(modelGraph(classifier.backbone.model), ids);
  beginPhase(classifier, { ...classifier.recipe, lora: null });
  expect(model.weights.filter(({ name }) => name.includes('lora'))).toEqual([]);
  expect(
    model.getLayer('transformer_layer_0_self_attention').weights.every(({ trainable }) => trainable),
  ).toBe(true);
  const merged = await evaluateGraph(modelGraph(classifier.backbone.model), ids);
  expect(merged['pooling']).toBeAllClose(adapted['pooling']!, { atol: 1e-5, rtol: 1e-5 });
});

describe('graft export', () => {
  const exported = async (trained: TrainedTextClassifier, name: string): Promise<string> => {
    const { bytes } = fileOf(trained);
    const path = join(folder, `${name}.onnx`);
    await writeFile(path, bytes);
    return path;
  };

  it.each(['gpt2', 'llama', 'bert'] as const)(
    'gives adapters of %s that PEFT computes the same with',
    { ...needs.peft, timeout: 120_000 },
    async (name) => {
      const backbone = backbones().find(([each]) => each === name)![1];
      const targets = ['query', 'value', 'attention_output'];
      const pooling = 'last';
      const trained = await train(backbone, { ...ADAPTERS, pooling, loraTargets: targets });
      const path = await exported(trained, name);
      const report = await exportModelFile(path, { format: 'peft', out: join(folder, `${name}-peft`) });
      expect(report.files.map((file) => basename(file))).toEqual([
        'adapter_config.json',
        'adapter_model.safetensors',
        'head.safetensors',
      ]);
      const ids = [
        [3, 5, 2, 7, 1, 4],
        [4, 9, 6, -1, -1, -1],
      ];
      const script = fileURLToPath(new URL('../../../tools/oracle/peft_adapters.py', import.meta.url));
      const { stdout, stderr } = spawnSync(
        process.env['GRAFT_ORACLE_PYTHON']!,
        [script, backbone, report.out, pooling],
        { input: JSON.stringify(ids), encoding: 'utf8' },
      );
      expect(stderr).not.toContain('Error');
      const logits = (JSON.parse(stdout) as number[][]).map((row) => {
        const powers = row.map(Math.exp);
        return powers.map((power) => power / powers.reduce((sum, each) => sum + each, 0));
      });
      const { model } = trained;
      const fed = { [model.input.layer.name]: integers(ids.flat(), [2, 6]) };
      const probabilities = (await evaluateGraph(modelGraph(model), fed))['predictions']!;
      expect(floats([2, 3], logits.flat())).toBeAllClose(probabilities, { atol: 1e-5, rtol: 1e-4 });
    },
  );

  it("gives adapters by Keras' names, with the head", async () => {
    const trained = await train('use_lite', { ...ADAPTERS, epochs: 1, loraFrom: 'transformer_layer_1' });
    const path = await exported(trained, 'use_lite');
    const { out } = await exportModelFile(path, { format: 'safetensors' });
    expect(basename(out)).toBe('adapters.safetensors');
    const { tensors } = readSafetensors(await readFile(out), 'adapters');
    expect([...tensors].map(([name, { shape }]) => [name, ...shape])).toEqual([
      ['transformer_layer_1_self_attention/query/lora_kernel_a', 512, 2],
      ['transformer_layer_1_self_attention/query/lora_kernel_b', 2, 512],
      ['transformer_layer_1_self_attention/value/lora_kernel_a', 512, 2],
      ['transformer_layer_1_self_attention/value/lora_kernel_b', 2, 512],
      ['predictions/kernel', 512, 3],
      ['predictions/bias', 3],
    ]);
    await expect(exportModelFile(path, { format: 'peft' })).rejects.toThrow(
      withMessage(
        'export to peft: expected adapters of a network that transformers has: BERT, GPT-2 or Llama, received "use_lite". Export them with --to safetensors.',
      ),
    );
  });

  it('refuses a model without adapters', async () => {
    const path = await exported(await train(GPT2, FAST), 'plain');
    await expect(exportModelFile(path, { format: 'peft' })).rejects.toThrow(
      withMessage(
        `model "${path}": expected a model of texts that was trained with adapters (--lora), received one without. Train it with graft train --lora 8.`,
      ),
    );
  });
});

it('refuses adapters in a file that were changed', () => {
  expect(() => decodeAdapters('model.onnx', btoa('nothing'))).toThrow(
    withMessage(
      'model "model.onnx": expected adapters (metadata entry \'graft.adapters\'), received an entry that cannot be read. The file was changed after it was written: train again, or use another copy.',
    ),
  );
});
