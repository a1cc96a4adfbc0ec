/** @file A language model in the files of transformers: its config.json, and tensors by their names there. */

import * as z from 'zod';
import { GraftError } from '../../core/errors/graft-error.ts';
import { renamedTensors, type TensorSource } from '../../core/weights/tensor-source.ts';
import { brokenFile } from '../../core/weights/weight-file.ts';
import { checkGpt2Config, type Gpt2Config } from '../architectures/gpt2-config.ts';
import { checkLlamaConfig, type LlamaConfig } from '../architectures/llama-config.ts';
import { LLAMA3_SCALING, type RopeScaling } from '../architectures/rope-scaling.ts';
import type { ModelWeights } from './gguf-model.ts';

/** What versions before 5 of transformers call `rope_scaling`, and later ones `rope_parameters`. */
const ROPE = z.object({
  rope_theta: z.number().optional(),
  rope_type: z.string().optional(),
  type: z.string().optional(),
  factor: z.number().optional(),
  low_freq_factor: z.number().optional(),
  high_freq_factor: z.number().optional(),
  original_max_position_embeddings: z.number().optional(),
});

const LLAMA = z.object({
  vocab_size: z.number(),
  hidden_size: z.number(),
  intermediate_size: z.number(),
  num_hidden_layers: z.number(),
  num_attention_heads: z.number(),
  num_key_value_heads: z.number().nullish(),
  head_dim: z.number().nullish(),
  hidden_act: z.string().default('silu'),
  max_position_embeddings: z.number(),
  rms_norm_eps: z.number().default(1e-6),
  rope_theta: z.number().nullish(),
  rope_scaling: ROPE.nullish(),
  rope_parameters: ROPE.nullish(),
  attention_bias: z.boolean().nullish(),
  mlp_bias: z.boolean().nullish(),
  tie_word_embeddings: z.boolean().default(false),
});

const GPT2 = z.object({
  vocab_size: z.number(),
  n_positions: z.number(),
  n_embd: z.number(),
  n_layer: z.number(),
  n_head: z.number(),
  n_inner: z.number().nullish(),
  activation_function: z.string().default('gelu_new'),
  layer_norm_epsilon: z.number().default(1e-5),
  scale_attn_weights: z.boolean().default(true),
  scale_attn_by_inverse_layer_idx: z.boolean().default(false),
  tie_word_embeddings: z.boolean().default(true),
});

const ENDS = z.object({
  bos_token_id: z.number().int().nonnegative().nullish(),
  eos_token_id: z.union([z.number().int().nonnegative(), z.array(z.number().int().nonnegative())]).nullish(),
});

export interface HuggingFaceModel {
  readonly model: ModelWeights;
  readonly beginId: number | undefined;
  readonly endIds: readonly number[];
}

/**
 * The model that a config.json describes.
 *
 * @param config - What the file holds, parsed.
 * @param where - For messages: `configuration "config.json"`.
 * @throws {GraftError} `weights`, if it is of another architecture, or of a variant that is not supported.
 */
export function modelOfHuggingFace(config: unknown, where: string, tensors: TensorSource): HuggingFaceModel {
  const type = (config as { model_type?: unknown } | null)?.model_type;
  const ends = parse(ENDS, config, where);
  const list = ends.eos_token_id ?? [];
  return {
    model: type === 'llama' ? llamaOf(config, where, tensors) : gpt2Of(config, type, where, tensors),
    beginId: ends.bos_token_id ?? undefined,
    endIds: typeof list === 'number' ? [list] : list,
  };
}

function llamaOf(given: unknown, where: string, tensors: TensorSource): ModelWeights {
  const config = parse(LLAMA, given, where);
  const rope = config.rope_parameters ?? config.rope_scaling;
  const rotary = rope?.rope_type ?? rope?.type ?? 'default';
  const isKnown = rotary === 'default' || rotary === 'llama3';
  requireVariant(where, isKnown, 'rotary embeddings that are not scaled, or as in Llama 3', rotary);
  requireVariant(where, config.hidden_act === 'silu', 'the activation silu', config.hidden_act);
  const hasBias = config.attention_bias === true || config.mlp_bias === true;
  requireVariant(where, !hasBias, 'projections without biases', 'biases');
  const hasHead = tensors.shapes.has('lm_head.weight');
  const llama: LlamaConfig = {
    vocabularySize: config.vocab_size,
    numLayers: config.num_hidden_layers,
    numQueryHeads: config.num_attention_heads,
    numKeyValueHeads: config.num_key_value_heads ?? config.num_attention_heads,
    hiddenDim: config.hidden_size,
    intermediateDim: config.intermediate_size,
    headDim: config.head_dim ?? config.hidden_size / config.num_attention_heads,
    ropeMaxWavelength: config.rope_parameters?.rope_theta ?? config.rope_theta ?? 10_000,
    ropeScaling: rope && rotary === 'llama3' ? scalingOf(rope) : undefined,
    layerNormEpsilon: config.rms_norm_eps,
    tieWordEmbeddings: config.tie_word_embeddings || !hasHead,
    maxSequenceLength: config.max_position_embeddings,
  };
  return { architecture: 'llama', config: checkLlamaConfig(llama, where), weights: tensors };
}

function scalingOf(rope: z.infer<typeof ROPE>): RopeScaling {
  return {
    factor: rope.factor ?? Number.NaN,
    lowFreqFactor: rope.low_freq_factor ?? LLAMA3_SCALING.lowFreqFactor,
    highFreqFactor: rope.high_freq_factor ?? LLAMA3_SCALING.highFreqFactor,
    originalMaxPositionEmbeddings:
      rope.original_max_position_embeddings ?? LLAMA3_SCALING.originalMaxPositionEmbeddings,
  };
}

function gpt2Of(given: unknown, type: unknown, where: string, tensors: TensorSource): ModelWeights {
  if (type !== 'gpt2') {
    const received = typeof type === 'string' ? `"${type}"` : 'none';
    throw variantError(where, 'a model_type of "llama" or "gpt2"', received);
  }
  const config = parse(GPT2, given, where);
  const { activation_function: activation } = config;
  requireVariant(
    where,
    activation === 'gelu_new' || activation === 'gelu_pytorch_tanh',
    'the activation gelu_new',
    activation,
  );
  const isPlain = config.scale_attn_weights && !config.scale_attn_by_inverse_layer_idx;
  requireVariant(where, isPlain, "scores divided by the root of a head's width", 'others');
  requireVariant(where, config.tie_word_embeddings, 'embeddings that give the logits, too', 'others');
  const gpt2: Gpt2Config = {
    vocabularySize: config.vocab_size,
    numLayers: config.n_layer,
    numHeads: config.n_head,
    hiddenDim: config.n_embd,
    intermediateDim: config.n_inner ?? 4 * config.n_embd,
    layerNormEpsilon: config.layer_norm_epsilon,
    maxSequenceLength: config.n_positions,
  };
  // The published files have no prefix, those that save_pretrained writes do.
  const bare = new Map(
    [...tensors.shapes.keys()].map((name) => [name.replace(/^transformer\./, ''), { from: name }] as const),
  );
  return {
    architecture: 'gpt2',
    config: checkGpt2Config(gpt2, where),
    weights: renamedTensors(tensors, bare),
  };
}

function parse<T>(schema: z.ZodType<T>, config: unknown, where: string): T {
  const result = schema.safeParse(config);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw brokenFile(where, `"${issue.path.join('.')}" as transformers writes it`, issue.message);
}

function requireVariant(where: string, fits: boolean, expected: string, received: string): void {
  if (!fits) throw variantError(where, expected, received);
}

function variantError(where: string, expected: string, received: string): GraftError {
  return new GraftError('weights', {
    where,
    expected,
    received,
    advice: 'Take a model of the Llama or GPT-2 family, such as SmolLM2 or GPT-2.',
  });
}
