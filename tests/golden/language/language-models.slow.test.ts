/** @file GPT-2 and Llama give the logits and gradients of transformers, from whichever file they are read. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { gradients } from '../../../src/core/autodiff/gradients.ts';
import { GraphBuilder } from '../../../src/core/graph/builder.ts';
import { simplify } from '../../../src/core/graph/passes/simplify.ts';
import type { Functional } from '../../../src/core/layers/functional.ts';
import { inferenceLowering, lowerModel, modelGraph } from '../../../src/core/layers/lower-model.ts';
import { openLanguageModel } from '../../../src/node/text/open-language-model.ts';
import { sparseCategoricalCrossentropy } from '../../../src/core/losses/sparse-categorical-crossentropy.ts';
import { evaluateGraph } from '../../../src/core/runtime/create-session.ts';
import { floats, integers, computeSize } from '../../../src/core/tensor/tensor.ts';
import {
  buildLanguageModel,
  languageModelWeights,
} from '../../../src/text/weights/build-language-model.ts';
import { collectTensors } from '../../../src/text/architectures/weight-names.ts';
import { readSafetensors } from '../../../src/core/weights/safetensors.ts';
import { fixture, languageFile, type ModelCase } from './language-fixture.ts';

const TOLERANCE = { atol: 1e-4, rtol: 1e-4 };

async function build(name: string) {
  const file = await openLanguageModel(languageFile(name));
  try {
    return { file, model: await buildLanguageModel(file.model) };
  } finally {
    await file.close();
  }
}

async function logitsOf(model: Functional, ids: ModelCase['ids']) {
  const feeds = { token_ids: integers(ids.flat(), [ids.length, ids[0]!.length]) };
  return (await evaluateGraph(modelGraph(model), feeds))['token_embedding']!;
}

describe.each(['gpt2', 'llama'] as const)('%s of transformers', (name) => {
  const { ids, targets, logits, loss } = fixture[name];

  it('has its logits', async () => {
    const { model } = await build(name);
    const got = await logitsOf(model, ids);
    expect(got).toBeAllClose(floats(got.shape as number[], logits), TOLERANCE);
  });

  it('does not change by what stands behind a text, or beside it', async () => {
    const { model } = await build(name);
    const both = await logitsOf(model, ids);
    const alone = await logitsOf(model, [[...ids[0]!.slice(0, 5), -1, -1]]);
    const width = both.shape[2]!;
    const first = (values: ArrayLike<number>) => floats([5, width], Array.from(values).slice(0, 5 * width));
    expect(first(alone.data as Float32Array)).toBeAllClose(first(both.data as Float32Array), {
      atol: 1e-5,
      rtol: 0,
    });
  });

  it('has its loss and every gradient', async () => {
    const { file, model } = await build(name);
    const builder = new GraphBuilder('gradients');
    const values = new Map(
      model.weights.map((each) => [
        each.name,
        builder.input(each.name, 'float32', each.weight.spec.shape),
      ]),
    );
    const lowering = {
      ...inferenceLowering(builder),
      weight: (layer: { name: string }, weight: string) => values.get(`${layer.name}/${weight}`)!,
    };
    const tokenIds = builder.input('token_ids', 'int64', ['N', 'S']);
    const given = new Map([[model.input, { value: tokenIds, layout: 'plain' as const }]]);
    const [output] = lowerModel(model, lowering, given);
    const rows = builder.reshape(output!.value, [-1, Number(output!.value.shape.at(-1))]);
    const [count] = rows.shape;
    const wanted = builder.input('targets', 'float32', [count!, 1]);
    const weights = builder.input('weights', 'float32', [count!]);
    const { losses, shortcuts } = sparseCategoricalCrossentropy().perPosition!(builder, rows, wanted);
    const mean = builder.div(builder.sumOfAll(builder.mul(losses, weights)), builder.sumOfAll(weights));
    const slopes = gradients(builder, mean, [...values.values()], { shortcuts });
    builder.output(mean, 'loss');
    [...values.keys()].forEach((key, index) => {
      builder.output(slopes[index]!, `${key}:gradient`);
    });
    const wantedIds = targets.flatMap((row) => [...row, -1]);
    const results = await evaluateGraph(simplify(builder.build()), {
      ...Object.fromEntries(
        model.weights.map(({ name, weight }) => [name, floats(weight.spec.shape, weight.value)]),
      ),
      token_ids: integers(ids.flat(), [2, 9]),
      targets: floats([18, 1], wantedIds.map((id) => Math.max(0, id))),
      weights: floats([18], wantedIds.map((id) => Number(id >= 0))),
    });
    expect(results['loss']!.data[0]).toBeCloseTo(loss, 5);
    for (const { name, weight } of model.weights) {
      weight.value = results[`${name}:gradient`]!.data as Float32Array;
    }
    const got = collectTensors(model, languageModelWeights(file.model));
    const expected = readSafetensors(
      readFileSync(languageFile(`${name}/gradients.safetensors`)),
      'gradients',
    ).tensors;
    expect([...got.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [key, tensor] of expected) {
      expect(got.get(key), key).toBeAllClose(tensor, { atol: 1e-4, rtol: 1e-4 });
    }
  });

  it('is written again as it was read', async () => {
    const { file, model } = await build(name);
    const again = collectTensors(model, languageModelWeights(file.model));
    const original = readSafetensors(
      readFileSync(languageFile(`${name}/model.safetensors`)),
      'original',
    ).tensors;
    for (const [key, tensor] of original) {
      expect(again.get(key.replace(/^transformer\./, '')), key).toEqual(tensor);
    }
  });
});

describe('the same Llama in other files', () => {
  it('has the same numbers in llama2.c and GGUF F16', async () => {
    const { model } = await build('llama');
    for (const name of ['llama2c.bin', 'llama-F16.gguf']) {
      const { model: other } = await build(name);
      for (const [index, { name: key, weight }] of model.weights.entries()) {
        const found = other.weights[index]!;
        expect(found.name).toBe(key);
        expect(found.weight.value, `${name} ${key}`).toEqual(weight.value);
      }
    }
  });

  it.each(Object.keys(fixture.gguf))('is dequantized from %s as by gguf', async (kind) => {
    const file = await openLanguageModel(languageFile(`llama-${kind}.gguf`));
    try {
      const names = { token_embd: 'model.embed_tokens', 'blk.1.ffn_down': 'model.layers.1.mlp.down_proj' };
      for (const [theirs, ours] of Object.entries(names)) {
        const { data, shape } = await file.model.weights.read(`${ours}.weight`);
        expect(data).toHaveLength(computeSize(shape));
        const expected = fixture.gguf[kind]![theirs]!;
        expect(floats([8], data.slice(0, 8))).toBeAllClose(floats([8], expected), { atol: 1e-6, rtol: 1e-6 });
      }
      await buildLanguageModel(file.model);
    } finally {
      await file.close();
    }
  });
});
