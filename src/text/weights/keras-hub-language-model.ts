/**
 * @file KerasHub's GPT2Backbone and LlamaBackbone, their tensors under the names of transformers. What the tensors' sizes leave open, of
 * a Llama alone, the preset's config.json says.
 */

import * as z from 'zod';
import { GraftError } from '../../core/errors/graft-error.ts';
import { tensorSource } from '../../core/weights/tensor-source.ts';
import { checkGpt2Config } from '../architectures/gpt2-config.ts';
import {
  FEEDFORWARD,
  type KerasHubFile,
  type KerasHubWeight,
  TensorNames,
} from '../architectures/keras-hub-file.ts';
import { checkLlamaConfig, type LlamaConfig } from '../architectures/llama-config.ts';
import type { ModelWeights } from './gguf-model.ts';

/** A backbone of KerasHub does not say for how many tokens it was trained. */
const LLAMA_TOKENS = 4096;

const NUMBER = z.number().nullish();
const PRESET = z.object({
  config: z.object({
    rope_max_wavelength: z.number(),
    rope_position_scaling_factor: NUMBER,
    rope_frequency_adjustment_factor: NUMBER,
    rope_low_freq_factor: NUMBER,
    rope_high_freq_factor: NUMBER,
    rope_pretraining_sequence_length: NUMBER,
    layer_norm_epsilon: z.number(),
  }),
});

/**
 * The network in a file of the family `gpt2` or `llama`.
 *
 * @param preset - What config.json beside it holds, parsed; undefined if there is none.
 * @throws {GraftError} `weights`, if a tensor is missing or of another form, or a Llama has no config.json.
 */
export function kerasHubLanguageModel(hub: KerasHubFile, preset: unknown): ModelWeights {
  return hub.family === 'gpt2' ? gpt2Of(hub) : llamaOf(hub, preset);
}

function gpt2Of(hub: KerasHubFile): ModelWeights {
  const names = new TensorNames();
  names.plain('wte.weight', hub.layer('reversible_embedding', 0));
  names.plain('wpe.weight', hub.layer('position_embedding', 0));
  const normalization = (name: string, of: (weight: number) => KerasHubWeight): void => {
    names.plain(`${name}.weight`, of(0));
    names.plain(`${name}.bias`, of(1));
  };
  normalization('ln_f', (weight) => hub.layer('layer_normalization', weight));
  for (let block = 0; block < hub.numLayers; block++) {
    const at = (layer: string, weight: number): KerasHubWeight => hub.inBlock(block, layer, weight);
    const dense = (name: string, layers: readonly string[]): void => {
      names.matrix(
        `h.${block}.${name}.weight`,
        layers.map((layer) => at(layer, 0)),
      );
      names.sources.set(`h.${block}.${name}.bias`, {
        form: 'plain',
        parts: layers.map((layer) => at(layer, 1)),
      });
    };
    dense(
      'attn.c_attn',
      ['query', 'key', 'value'].map((role) => `_self_attention_layer/${role}_dense`),
    );
    dense('attn.c_proj', ['_self_attention_layer/output_dense']);
    dense('mlp.c_fc', [FEEDFORWARD]);
    dense('mlp.c_proj', ['_feedforward_output_dense']);
    normalization(`h.${block}.ln_1`, (weight) => at('_self_attention_layer_norm', weight));
    normalization(`h.${block}.ln_2`, (weight) => at('_feedforward_layer_norm', weight));
  }
  const [vocabularySize, hiddenDim] = hub.sizes(hub.layer('reversible_embedding', 0), 2) as [number, number];
  const config = {
    vocabularySize,
    numLayers: hub.numLayers,
    numHeads: hub.sizes(hub.inBlock(0, '_self_attention_layer/query_dense', 0), 3)[1]!,
    hiddenDim,
    intermediateDim: hub.sizes(hub.inBlock(0, FEEDFORWARD, 0), 2)[1]!,
    layerNormEpsilon: 1e-5,
    maxSequenceLength: hub.sizes(hub.layer('position_embedding', 0), 2)[0]!,
  };
  const weights = tensorSource(hub.where, hub.readers(names));
  return { architecture: 'gpt2', config: checkGpt2Config(config, hub.where), weights };
}

function llamaOf(hub: KerasHubFile, preset: unknown): ModelWeights {
  const { config: said } = readPreset(hub, preset);
  const names = new TensorNames();
  const head = hub.layer('reversible_embedding', 1);
  names.plain('model.embed_tokens.weight', hub.layer('reversible_embedding', 0));
  if (hub.hasWeight(head)) names.transposed('lm_head.weight', head);
  names.plain('model.norm.weight', hub.layer('llama_layer_norm', 0));
  for (let block = 0; block < hub.numLayers; block++) {
    const within = `model.layers.${block}`;
    const at = (layer: string): KerasHubWeight => hub.inBlock(block, layer, 0);
    for (const [name, layer] of [
      ['self_attn.q_proj', '_self_attention_layer/_query_dense'],
      ['self_attn.k_proj', '_self_attention_layer/_key_dense'],
      ['self_attn.v_proj', '_self_attention_layer/_value_dense'],
      ['self_attn.o_proj', '_self_attention_layer/_output_dense'],
      ['mlp.gate_proj', '_feedforward_gate_dense'],
      ['mlp.up_proj', FEEDFORWARD],
      ['mlp.down_proj', '_feedforward_output_dense'],
    ] as const) {
      names.transposed(`${within}.${name}.weight`, at(layer));
    }
    names.plain(`${within}.input_layernorm.weight`, at('_self_attention_layernorm'));
    names.plain(`${within}.post_attention_layernorm.weight`, at('_feedforward_layernorm'));
  }
  const [vocabularySize, hiddenDim] = hub.sizes(hub.layer('reversible_embedding', 0), 2) as [number, number];
  const [, numQueryHeads, headDim] = hub.sizes(hub.inBlock(0, '_self_attention_layer/_query_dense', 0), 3);
  const factor = said.rope_frequency_adjustment_factor ?? undefined;
  const config: LlamaConfig = {
    vocabularySize,
    numLayers: hub.numLayers,
    numQueryHeads: numQueryHeads!,
    numKeyValueHeads: hub.sizes(hub.inBlock(0, '_self_attention_layer/_key_dense', 0), 3)[1]!,
    hiddenDim,
    intermediateDim: hub.sizes(hub.inBlock(0, FEEDFORWARD, 0), 2)[1]!,
    headDim: headDim!,
    ropeMaxWavelength: said.rope_max_wavelength,
    ropeScaling:
      factor === undefined
        ? undefined
        : {
            factor,
            lowFreqFactor: said.rope_low_freq_factor ?? Number.NaN,
            highFreqFactor: said.rope_high_freq_factor ?? Number.NaN,
            originalMaxPositionEmbeddings: said.rope_pretraining_sequence_length ?? Number.NaN,
          },
    layerNormEpsilon: said.layer_norm_epsilon,
    tieWordEmbeddings: !hub.hasWeight(head),
    maxSequenceLength: LLAMA_TOKENS,
  };
  const weights = tensorSource(hub.where, hub.readers(names));
  return { architecture: 'llama', config: checkLlamaConfig(config, hub.where), weights };
}

function readPreset({ where }: KerasHubFile, preset: unknown): z.infer<typeof PRESET> {
  const parsed = PRESET.safeParse(preset);
  const scale = parsed.data?.config.rope_position_scaling_factor ?? 1;
  if (parsed.success && scale === 1) return parsed.data;
  throw new GraftError('weights', {
    where,
    expected: parsed.success
      ? 'rotary embeddings that are not scaled, or as in Llama 3'
      : 'the config.json of its preset beside it',
    received: parsed.success ? `places divided by ${scale}` : preset === undefined ? 'none' : 'another one',
    advice: 'Give the folder that backbone.save_to_preset("FOLDER") writes.',
  });
}
