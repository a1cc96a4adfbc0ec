/** @file A language model as the files of transformers: what `save_pretrained` writes, and `from_pretrained` reads. */

import { type PiecewiseTensor, safetensorsParts } from '../../core/weights/safetensors.ts';
import type { RopeScaling } from '../architectures/rope-scaling.ts';
import { collectTensors } from '../architectures/weight-names.ts';
import type { CausalLm } from '../generation/causal-lm.ts';
import type { TokenizerConfig } from '../tokenizers/tokenizer.ts';
import { languageModelWeights } from '../weights/build-language-model.ts';

/** What of a language model is written. */
export interface SaveCausalLmOptions {
  /** Whether the chat template is written, too. Default true. */
  readonly chatTemplate?: boolean | undefined;
}

/** What transformers asks for, and by what Graft knows its own. */
const METADATA = { format: 'pt', writer: 'graft' };

/** Files by their names; adapters are merged into the weights. */
export function huggingFaceFiles(
  lm: CausalLm,
  { chatTemplate = true }: SaveCausalLmOptions = {},
): ReadonlyMap<string, string | Iterable<Uint8Array>> {
  const ends = lm.endIds.length === 1 ? lm.endIds[0] : lm.endIds;
  const ids = { bos_token_id: lm.beginId ?? null, eos_token_id: lm.endIds.length === 0 ? null : ends };
  const document = (content: unknown): string => `${JSON.stringify(content, null, 2)}\n`;
  const { chat_template, ...others } = lm.tokenizerConfig ?? tokenizerConfigOf(lm);
  const tokenizerConfig = chatTemplate ? { ...others, chat_template } : others;
  return new Map<string, string | Iterable<Uint8Array>>([
    ['config.json', document({ ...configOf(lm), ...ids, dtype: 'float32' })],
    ['generation_config.json', document(ids)],
    ['tokenizer.json', lm.tokenizer.json],
    ['tokenizer_config.json', document(tokenizerConfig)],
    ['model.safetensors', safetensorsParts(weightsOf(lm), { metadata: METADATA })],
  ]);
}

/** Of a model whose files had none. transformers.js begins a text with a token only where it is told to. */
function tokenizerConfigOf({ tokenizer, beginId, endIds }: CausalLm): TokenizerConfig {
  const { added_tokens } = JSON.parse(tokenizer.json) as {
    readonly added_tokens?: readonly { readonly id: number; readonly content: string }[];
  };
  const textOf = (wanted: number | undefined): string | undefined =>
    added_tokens?.find(({ id }) => id === wanted)?.content;
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    bos_token: textOf(beginId),
    eos_token: textOf(endIds[0]),
    add_bos_token: beginId !== undefined && tokenizer.prefix.includes(beginId),
  };
}

function weightsOf({ network, architecture }: CausalLm): ReadonlyMap<string, PiecewiseTensor> {
  const prefix = architecture.architecture === 'gpt2' ? 'transformer.' : '';
  const tensors = collectTensors(network, languageModelWeights(architecture));
  return new Map(
    [...tensors].map(([name, { shape, data }]) => [`${prefix}${name}`, { shape, pieces: () => [data] }]),
  );
}

function configOf({ architecture: model }: CausalLm): Readonly<Record<string, unknown>> {
  if (model.architecture === 'gpt2') {
    const { config } = model;
    return {
      architectures: ['GPT2LMHeadModel'],
      model_type: 'gpt2',
      vocab_size: config.vocabularySize,
      n_positions: config.maxSequenceLength,
      n_embd: config.hiddenDim,
      n_layer: config.numLayers,
      n_head: config.numHeads,
      n_inner: config.intermediateDim,
      activation_function: 'gelu_new',
      layer_norm_epsilon: config.layerNormEpsilon,
      tie_word_embeddings: true,
    };
  }
  const { config } = model;
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: config.vocabularySize,
    hidden_size: config.hiddenDim,
    intermediate_size: config.intermediateDim,
    num_hidden_layers: config.numLayers,
    num_attention_heads: config.numQueryHeads,
    num_key_value_heads: config.numKeyValueHeads,
    head_dim: config.headDim,
    hidden_act: 'silu',
    max_position_embeddings: config.maxSequenceLength,
    rms_norm_eps: config.layerNormEpsilon,
    // Its name before version 5 of transformers, and since.
    rope_theta: config.ropeMaxWavelength,
    rope_scaling: config.ropeScaling === undefined ? null : ropeOf(config.ropeScaling),
    rope_parameters: { ...ropeOf(config.ropeScaling), rope_theta: config.ropeMaxWavelength },
    attention_bias: false,
    mlp_bias: false,
    tie_word_embeddings: config.tieWordEmbeddings,
  };
}

function ropeOf(scaling: RopeScaling | undefined): Readonly<Record<string, unknown>> {
  if (scaling === undefined) return { rope_type: 'default' };
  return {
    rope_type: 'llama3',
    factor: scaling.factor,
    low_freq_factor: scaling.lowFreqFactor,
    high_freq_factor: scaling.highFreqFactor,
    original_max_position_embeddings: scaling.originalMaxPositionEmbeddings,
  };
}
