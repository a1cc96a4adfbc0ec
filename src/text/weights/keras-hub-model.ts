/**
 * @file Networks of texts in KerasHub's `.weights.h5`: BERT, GPT-2 and Llama, under the names that transformers gives their tensors.
 * The file tells no sizes but its tensors'; what it leaves open, of Llama alone, the preset's config.json says.
 */

import { z } from 'zod';
import { GraftError } from '../../core/errors/graft-error.ts';
import { sizeOf, type Tensor, transpose } from '../../core/tensor/tensor.ts';
import { type TensorReader, tensorSource } from '../../core/weights/tensor-source.ts';
import { brokenFile, type WeightFile } from '../../core/weights/weight-file.ts';
import { checkGpt2Config } from '../architectures/gpt2-config.ts';
import { checkLlamaConfig, type LlamaConfig } from '../architectures/llama-config.ts';
import type { BertOptions } from '../encoders/bert.ts';
import type { ModelWeights } from './gguf-model.ts';

/** A BERT: its options, and a file of its tensors. */
export interface KerasHubBert {
  readonly family: 'bert';
  readonly options: BertOptions;
  readonly file: WeightFile;
}

/** A language model. */
export interface KerasHubLanguageModel {
  readonly family: 'gpt2' | 'llama';
  readonly model: ModelWeights;
}

/** Where a tensor comes from: weight number `weight` of the layer in group `path`. */
interface Part {
  readonly path: string;
  readonly weight: number;
}

/** How the numbers are arranged: as they are; as one matrix `[in, out]`; or as `[out, in]`. */
type Form = 'plain' | 'matrix' | 'transposed';

interface Source {
  readonly form: Form;
  /** Several stand side by side. */
  readonly parts: readonly Part[];
}

const BLOCK = /^(.*?)layers\/(transformer_encoder|transformer_decoder|llama_transformer_decoder)(?:_(\d+))?\//;
const FAMILIES: Readonly<Record<string, 'bert' | 'gpt2' | 'llama'>> = {
  transformer_encoder: 'bert',
  transformer_decoder: 'gpt2',
  llama_transformer_decoder: 'llama',
};
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
 * The network in a file.
 *
 * @param preset - What config.json beside it holds, parsed; undefined if there is none.
 * @throws {GraftError} `weights`, if it is of another network, a tensor is missing, or a Llama has no config.json.
 */
export function kerasHubModel(file: WeightFile, preset: unknown): KerasHubBert | KerasHubLanguageModel {
  const hub = new HubFile(file);
  if (hub.family === 'bert') return bertOf(hub, file);
  return { family: hub.family, model: hub.family === 'gpt2' ? gpt2Of(hub) : llamaOf(hub, preset) };
}

/** The groups of a file, as layers of one backbone. */
class HubFile {
  readonly where: string;
  readonly family: 'bert' | 'gpt2' | 'llama';
  readonly numLayers: number;
  readonly #file: WeightFile;
  readonly #prefix: string;
  readonly #block: string;
  readonly #keys: ReadonlyMap<string, readonly string[]>;
  readonly #names: ReadonlyMap<string, string>;

  constructor(file: WeightFile) {
    const { where, layers = [] } = file;
    this.where = where;
    this.#file = file;
    const blocks = layers.flatMap(({ path }) => BLOCK.exec(path ?? '') ?? []);
    const [first] = layers.flatMap(({ path = '' }) => {
      const match = BLOCK.exec(path);
      return match === null ? [] : [match];
    });
    if (blocks.length === 0 || first === undefined) throw this.#otherNetwork();
    this.#prefix = first[1]!;
    this.#block = first[2]!;
    this.family = FAMILIES[this.#block]!;
    this.#keys = new Map(layers.map(({ path = '', weights }) => [path, weights.map(({ key }) => key)]));
    this.#names = new Map(layers.map(({ path = '', name }) => [path, name]));
    const numbers = layers.flatMap(({ path = '' }) => {
      const match = BLOCK.exec(path);
      return match === null || match[1] !== this.#prefix || match[2] !== this.#block ? [] : Number(match[3] ?? 0);
    });
    this.numLayers = Math.max(...numbers) + 1;
    // Networks of one's own, and others of KerasHub, have such blocks too.
    if (this.family !== 'llama' && !this.has('position_embedding')) throw this.#otherNetwork();
    if (this.family === 'bert') {
      const pooled = this.#names.get(`${this.#prefix}layers/dense`);
      if (!this.has('embedding') || (pooled !== undefined && pooled !== 'pooled_dense')) throw this.#otherNetwork();
    }
  }

  /** Whether there is such a layer beside the blocks. */
  has(layer: string): boolean {
    return this.#keys.has(`${this.#prefix}layers/${layer}`);
  }

  /** A layer beside the blocks. */
  layer(layer: string, weight: number): Part {
    return { path: `${this.#prefix}layers/${layer}`, weight };
  }

  /** A layer inside a block. */
  inBlock(block: number, layer: string, weight: number): Part {
    return { path: `${this.#prefix}layers/${this.#block}${block === 0 ? '' : `_${block}`}/${layer}`, weight };
  }

  hasWeight({ path, weight }: Part): boolean {
    return (this.#keys.get(path)?.length ?? 0) > weight;
  }

  /** @throws {GraftError} `weights`, if there is none. */
  tensor({ path, weight }: Part): Tensor<'float32'> {
    const key = this.#keys.get(path)?.[weight];
    const tensor = key === undefined ? undefined : this.#file.tensors.get(key);
    if (tensor !== undefined) return tensor;
    throw brokenFile(this.where, `weight ${weight} of "${path}"`, 'none');
  }

  /** Sizes of a tensor that has so many axes. @throws {GraftError} `weights`. */
  sizes(part: Part, rank: number): readonly number[] {
    const { shape } = this.tensor(part);
    if (shape.length === rank) return shape;
    throw brokenFile(this.where, `${rank} axes in weight ${part.weight} of "${part.path}"`, `[${shape.join(', ')}]`);
  }

  /** Its tensors by other names, read when they are asked for. */
  readers(sources: ReadonlyMap<string, Source>): ReadonlyMap<string, TensorReader> {
    return new Map(
      [...sources].map(([name, source]) => {
        const shapes = source.parts.map((part) => arrangedShape(part, this.tensor(part).shape, source.form));
        const shape = [...shapes[0]!.slice(0, -1), shapes.reduce((sum, each) => sum + each.at(-1)!, 0)];
        return [name, { shape, read: async () => this.#joined(source) }] as const;
      }),
    );
  }

  #joined({ parts, form }: Source): Float32Array {
    const tensors = parts.map((part) => arranged(part, this.tensor(part), form));
    const [only] = tensors;
    if (tensors.length === 1) return only!.data;
    const width = tensors.reduce((sum, { shape }) => sum + shape.at(-1)!, 0);
    const rows = only!.data.length / only!.shape.at(-1)!;
    const joined = new Float32Array(rows * width);
    let start = 0;
    for (const { data, shape } of tensors) {
      const own = shape.at(-1)!;
      for (let row = 0; row < rows; row++) {
        joined.set(data.subarray(row * own, (row + 1) * own), row * width + start);
      }
      start += own;
    }
    return joined;
  }

  #otherNetwork(): GraftError {
    return new GraftError('weights', {
      where: this.where,
      expected: 'a BertBackbone, GPT2Backbone or LlamaBackbone of KerasHub',
      received: 'another network',
      advice: 'Write one with backbone.save_to_preset("FOLDER") or backbone.save_weights("NAME.weights.h5").',
    });
  }
}

/** Heads of attention are one axis in a matrix: of what goes in, for the projection behind the heads. */
function arrangedShape({ path }: Part, shape: readonly number[], form: Form): readonly number[] {
  if (form === 'plain') return shape.length === 2 && !path.endsWith('embedding') ? [sizeOf(shape)] : shape;
  const inputAxes = path.endsWith('output_dense') ? shape.length - 1 : 1;
  const matrix = [sizeOf(shape.slice(0, inputAxes)), sizeOf(shape.slice(inputAxes))];
  return form === 'transposed' ? matrix.toReversed() : matrix;
}

function arranged(part: Part, { shape, data }: Tensor<'float32'>, form: Form): Tensor<'float32'> {
  const [rows, columns] = arrangedShape(part, shape, 'matrix');
  const whole = arrangedShape(part, shape, form);
  if (form !== 'transposed') return { dtype: 'float32', shape: whole, data };
  return transpose({ dtype: 'float32', shape: [rows!, columns!], data }, [1, 0]);
}

/** Collects where tensors come from. */
class Names {
  readonly sources: Map<string, Source> = new Map();

  plain(name: string, part: Part): void {
    this.sources.set(name, { form: 'plain', parts: [part] });
  }

  matrix(name: string, parts: readonly Part[]): void {
    this.sources.set(name, { form: 'matrix', parts });
  }

  transposed(name: string, part: Part): void {
    this.sources.set(name, { form: 'transposed', parts: [part] });
  }
}

const DENSE = '_feedforward_intermediate_dense';

function bertOf(hub: HubFile, file: WeightFile): KerasHubBert {
  const names = new Names();
  names.plain('embeddings.word_embeddings.weight', hub.layer('reversible_embedding', 0));
  names.plain('embeddings.position_embeddings.weight', hub.layer('position_embedding', 0));
  names.plain('embeddings.token_type_embeddings.weight', hub.layer('embedding', 0));
  const normalization = (name: string, of: (weight: number) => Part): void => {
    names.plain(`${name}.weight`, of(0));
    names.plain(`${name}.bias`, of(1));
  };
  normalization('embeddings.LayerNorm', (weight) => hub.layer('layer_normalization', weight));
  for (let block = 0; block < hub.numLayers; block++) {
    const within = `encoder.layer.${block}`;
    const dense = (name: string, layer: string): void => {
      names.transposed(`${within}.${name}.weight`, hub.inBlock(block, layer, 0));
      names.plain(`${within}.${name}.bias`, hub.inBlock(block, layer, 1));
    };
    for (const role of ['query', 'key', 'value']) {
      dense(`attention.self.${role}`, `_self_attention_layer/${role}_dense`);
    }
    dense('attention.output.dense', '_self_attention_layer/output_dense');
    dense('intermediate.dense', DENSE);
    dense('output.dense', '_feedforward_output_dense');
    for (const [name, layer] of [
      ['attention.output.LayerNorm', '_self_attention_layer_norm'],
      ['output.LayerNorm', '_feedforward_layer_norm'],
    ] as const) {
      normalization(`${within}.${name}`, (weight) => hub.inBlock(block, layer, weight));
    }
  }
  const [vocabularySize, hiddenDim] = hub.sizes(hub.layer('reversible_embedding', 0), 2) as [number, number];
  const [, numHeads] = hub.sizes(hub.inBlock(0, '_self_attention_layer/query_dense', 0), 3);
  return {
    family: 'bert',
    options: {
      vocabularySize,
      numLayers: hub.numLayers,
      numHeads: numHeads!,
      hiddenDim,
      intermediateDim: hub.sizes(hub.inBlock(0, DENSE, 0), 2)[1]!,
      maxSequenceLength: hub.sizes(hub.layer('position_embedding', 0), 2)[0]!,
      // Unlike transformers.
      activation: 'gelu_approximate',
      layerNormEpsilon: 1e-12,
    },
    file: { ...file, tensors: readTensors(hub, names) },
  };
}

/** All at once: the file has been read whole. */
function readTensors(hub: HubFile, { sources }: Names): ReadonlyMap<string, Tensor<'float32'>> {
  return new Map(
    [...sources].map(([name, { parts, form }]) => [name, arranged(parts[0]!, hub.tensor(parts[0]!), form)]),
  );
}

function gpt2Of(hub: HubFile): ModelWeights {
  const names = new Names();
  names.plain('wte.weight', hub.layer('reversible_embedding', 0));
  names.plain('wpe.weight', hub.layer('position_embedding', 0));
  const normalization = (name: string, of: (weight: number) => Part): void => {
    names.plain(`${name}.weight`, of(0));
    names.plain(`${name}.bias`, of(1));
  };
  normalization('ln_f', (weight) => hub.layer('layer_normalization', weight));
  for (let block = 0; block < hub.numLayers; block++) {
    const at = (layer: string, weight: number): Part => hub.inBlock(block, layer, weight);
    const dense = (name: string, layers: readonly string[]): void => {
      names.matrix(`h.${block}.${name}.weight`, layers.map((layer) => at(layer, 0)));
      names.sources.set(`h.${block}.${name}.bias`, { form: 'plain', parts: layers.map((layer) => at(layer, 1)) });
    };
    dense('attn.c_attn', ['query', 'key', 'value'].map((role) => `_self_attention_layer/${role}_dense`));
    dense('attn.c_proj', ['_self_attention_layer/output_dense']);
    dense('mlp.c_fc', [DENSE]);
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
    intermediateDim: hub.sizes(hub.inBlock(0, DENSE, 0), 2)[1]!,
    layerNormEpsilon: 1e-5,
    maxSequenceLength: hub.sizes(hub.layer('position_embedding', 0), 2)[0]!,
  };
  const weights = tensorSource(hub.where, hub.readers(names.sources));
  return { architecture: 'gpt2', config: checkGpt2Config(config, hub.where), weights };
}

function llamaOf(hub: HubFile, preset: unknown): ModelWeights {
  const { config: said } = readPreset(hub, preset);
  const names = new Names();
  const head = hub.layer('reversible_embedding', 1);
  names.plain('model.embed_tokens.weight', hub.layer('reversible_embedding', 0));
  if (hub.hasWeight(head)) names.transposed('lm_head.weight', head);
  names.plain('model.norm.weight', hub.layer('llama_layer_norm', 0));
  for (let block = 0; block < hub.numLayers; block++) {
    const within = `model.layers.${block}`;
    const at = (layer: string): Part => hub.inBlock(block, layer, 0);
    for (const [name, layer] of [
      ['self_attn.q_proj', '_self_attention_layer/_query_dense'],
      ['self_attn.k_proj', '_self_attention_layer/_key_dense'],
      ['self_attn.v_proj', '_self_attention_layer/_value_dense'],
      ['self_attn.o_proj', '_self_attention_layer/_output_dense'],
      ['mlp.gate_proj', '_feedforward_gate_dense'],
      ['mlp.up_proj', DENSE],
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
    intermediateDim: hub.sizes(hub.inBlock(0, DENSE, 0), 2)[1]!,
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
  const weights = tensorSource(hub.where, hub.readers(names.sources));
  return { architecture: 'llama', config: checkLlamaConfig(config, hub.where), weights };
}

function readPreset({ where }: HubFile, preset: unknown): z.infer<typeof PRESET> {
  const parsed = PRESET.safeParse(preset);
  const scale = parsed.data?.config.rope_position_scaling_factor ?? 1;
  if (parsed.success && scale === 1) return parsed.data;
  throw new GraftError('weights', {
    where,
    expected: parsed.success ? 'rotary embeddings that are not scaled, or as in Llama 3' : 'the config.json of its preset beside it',
    received: parsed.success ? `places divided by ${scale}` : preset === undefined ? 'none' : 'another one',
    advice: 'Give the folder that backbone.save_to_preset("FOLDER") writes.',
  });
}
