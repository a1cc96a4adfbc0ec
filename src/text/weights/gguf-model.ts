/** @file A language model in a GGUF file: its configuration, and its tensors by the names that transformers has. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { type RenamedTensor, renamedTensors, type TensorSource } from '../../core/weights/tensor-source.ts';
import { brokenFile } from '../../core/weights/weight-file.ts';
import { checkGpt2Config, type Gpt2Config } from '../architectures/gpt2-config.ts';
import { checkLlamaConfig, type LlamaConfig } from '../architectures/llama-config.ts';
import { frequencyDivisors, LLAMA3_SCALING, type RopeScaling } from '../architectures/rope-scaling.ts';
import type { GgufFile, GgufValue } from './gguf.ts';
import { neighborsToHalves } from './rotary-order.ts';

/** What a file of a language model holds, whatever its format. */
export type ModelWeights =
  | { readonly architecture: 'llama'; readonly config: LlamaConfig; readonly weights: TensorSource }
  | { readonly architecture: 'gpt2'; readonly config: Gpt2Config; readonly weights: TensorSource };

/**
 * The model in a GGUF file.
 *
 * @throws {GraftError} `weights`, if it is of another architecture, or its metadata do not fit.
 */
export async function modelOfGguf(file: GgufFile): Promise<ModelWeights> {
  const architecture = file.metadata.get('general.architecture');
  if (architecture === 'llama') return llamaOf(file);
  if (architecture === 'gpt2') return gpt2Of(file);
  throw new GraftError('weights', {
    where: file.where,
    expected: 'a model of the architecture llama or gpt2',
    received: typeof architecture === 'string' ? architecture : 'none that is named',
    advice: 'Take a model of the Llama or GPT-2 family.',
  });
}

async function llamaOf(file: GgufFile): Promise<ModelWeights> {
  const { where, tensors } = file;
  const number = numbersOf(file, 'llama');
  const hiddenDim = number('embedding_length');
  const numQueryHeads = number('attention.head_count');
  const headDim = number('attention.key_length', hiddenDim / numQueryHeads);
  const scaling = file.metadata.get('llama.rope.scaling.type') ?? 'none';
  if (scaling !== 'none' || number('rope.dimension_count', headDim) !== headDim) throw otherRotary(where);
  const ropeMaxWavelength = number('rope.freq_base', 10_000);
  const config = checkLlamaConfig(
    {
      vocabularySize: tensors.shapes.get('token_embd.weight')?.[0] ?? 0,
      numLayers: number('block_count'),
      numQueryHeads,
      numKeyValueHeads: number('attention.head_count_kv', numQueryHeads),
      hiddenDim,
      intermediateDim: number('feed_forward_length'),
      headDim,
      ropeMaxWavelength,
      ropeScaling: await scalingOf(file, headDim, ropeMaxWavelength),
      layerNormEpsilon: number('attention.layer_norm_rms_epsilon'),
      tieWordEmbeddings: !tensors.shapes.has('output.weight'),
      maxSequenceLength: number('context_length'),
    },
    where,
  );
  const turn = (kernel: Float32Array): Float32Array => neighborsToHalves(kernel, headDim, hiddenDim);
  const names = new Map<string, RenamedTensor>([
    ['model.embed_tokens.weight', { from: 'token_embd.weight' }],
    ['model.norm.weight', { from: 'output_norm.weight' }],
    ['lm_head.weight', { from: 'output.weight' }],
  ]);
  // As many as there are tensors, however many blocks are claimed.
  for (let block = 0; block < Math.min(config.numLayers, tensors.shapes.size); block++) {
    for (const [name, from, convert] of [
      ['input_layernorm', 'attn_norm'],
      ['self_attn.q_proj', 'attn_q', turn],
      ['self_attn.k_proj', 'attn_k', turn],
      ['self_attn.v_proj', 'attn_v'],
      ['self_attn.o_proj', 'attn_output'],
      ['post_attention_layernorm', 'ffn_norm'],
      ['mlp.gate_proj', 'ffn_gate'],
      ['mlp.up_proj', 'ffn_up'],
      ['mlp.down_proj', 'ffn_down'],
    ] as const) {
      names.set(`model.layers.${block}.${name}.weight`, { from: `blk.${block}.${from}.weight`, convert });
    }
  }
  return { architecture: 'llama', config, weights: renamedTensors(tensors, names) };
}

/** A tensor has what frequencies are divided by; of Llama 3, the largest is the factor, and the others follow from it. */
async function scalingOf(
  { where, tensors }: GgufFile,
  headDim: number,
  maxWavelength: number,
): Promise<RopeScaling | undefined> {
  const name = 'rope_freqs.weight';
  if (!tensors.shapes.has(name)) return undefined;
  const { data } = await tensors.read(name);
  const scaling = { factor: data.reduce((a, b) => Math.max(a, b), 1), ...LLAMA3_SCALING };
  const expected = frequencyDivisors(scaling, headDim, maxWavelength);
  const fits = expected.every((divisor, i) => Math.abs(divisor - (data[i] ?? 0)) <= 1e-3 * divisor);
  if (!fits || data.length !== expected.length) throw otherRotary(where);
  return scaling;
}

function gpt2Of(file: GgufFile): ModelWeights {
  const { where, tensors } = file;
  const number = numbersOf(file, 'gpt2');
  const config = checkGpt2Config(
    {
      vocabularySize: tensors.shapes.get('token_embd.weight')?.[0] ?? 0,
      numLayers: number('block_count'),
      numHeads: number('attention.head_count'),
      hiddenDim: number('embedding_length'),
      intermediateDim: number('feed_forward_length'),
      layerNormEpsilon: number('attention.layer_norm_epsilon'),
      maxSequenceLength: number('context_length'),
    },
    where,
  );
  const names = new Map<string, RenamedTensor>([
    ['wte.weight', { from: 'token_embd.weight' }],
    ['wpe.weight', { from: 'position_embd.weight' }],
    ['ln_f.weight', { from: 'output_norm.weight' }],
    ['ln_f.bias', { from: 'output_norm.bias' }],
  ]);
  for (let block = 0; block < Math.min(config.numLayers, tensors.shapes.size); block++) {
    for (const [name, from, isMatrix] of [
      ['ln_1', 'attn_norm', false],
      ['attn.c_attn', 'attn_qkv', true],
      ['attn.c_proj', 'attn_output', true],
      ['ln_2', 'ffn_norm', false],
      ['mlp.c_fc', 'ffn_up', true],
      ['mlp.c_proj', 'ffn_down', true],
    ] as const) {
      const weight = `blk.${block}.${from}.weight`;
      // GPT-2's own order is [in, out].
      names.set(`h.${block}.${name}.weight`, { from: weight, isTransposed: isMatrix });
      names.set(`h.${block}.${name}.bias`, { from: `blk.${block}.${from}.bias` });
    }
  }
  return { architecture: 'gpt2', config, weights: renamedTensors(tensors, names) };
}

function numbersOf(
  { where, metadata }: GgufFile,
  architecture: string,
): (key: string, absent?: number) => number {
  return (key, absent) => {
    const value: GgufValue | undefined = metadata.get(`${architecture}.${key}`) ?? absent;
    if (typeof value === 'number') return value;
    const received = value === undefined ? 'none' : 'something else';
    throw brokenFile(where, `a number as "${architecture}.${key}"`, received);
  };
}

function otherRotary(where: string): GraftError {
  return new GraftError('weights', {
    where,
    expected: 'rotary embeddings over whole heads, unscaled or scaled as in Llama 3',
    received: 'others',
    advice: 'Take a model such as SmolLM2, Llama 2 or Llama 3.2.',
  });
}
