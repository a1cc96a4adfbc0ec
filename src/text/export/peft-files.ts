/**
 * @file Adapters as PEFT has them: `adapter_config.json` and `adapter_model.safetensors`, for the network that transformers' `AutoModel`
 * loads. The head, which no class of transformers has, is in `head.safetensors` as PyTorch's Linear has it.
 *
 * @see https://huggingface.co/docs/peft/developer_guides/checkpoint
 */

import { GraftError } from '../../core/errors/graft-error.ts';
import { type Tensor, tensor, transpose } from '../../core/tensor/tensor.ts';
import { writeSafetensors } from '../../core/weights/safetensors.ts';
import { gpt2Weights } from '../architectures/gpt2.ts';
import { llamaWeights } from '../architectures/llama.ts';
import { bertWeightPlaces } from '../encoders/bert-weights.ts';

/** An adapter to be written: `x A B` is added to what a kernel gives. */
export interface PeftAdapter {
  readonly layer: string;
  readonly kernel: string;
  readonly rank: number;
  /** `[rows, rank]`. */
  readonly a: Float32Array;
  /** `[rank, columns]`. */
  readonly b: Float32Array;
}

export interface PeftOptions {
  /** The family of the network: `bert`, `gpt2`, `llama`. */
  readonly architecture: string;
  /** Where `AutoModel` finds the network: a folder, or a name of the Hub. */
  readonly base: string;
  /** Kernels `[in, out]` and biases of the head, by `layer/kernel` and `layer/bias`. */
  readonly head: ReadonlyMap<string, Tensor<'float32'>>;
}

/**
 * The files of a PEFT adapter.
 *
 * @throws {GraftError} `argument`, if transformers does not have the network.
 */
export function peftFiles(
  adapters: readonly PeftAdapter[],
  { architecture, base, head }: PeftOptions,
): ReadonlyMap<string, string | Uint8Array> {
  const modules = modulesOf(adapters, architecture);
  const tensors = new Map<string, Tensor<'float32'>>();
  for (const [name, { a, b }] of modules) {
    // PyTorch's matrices are [out, in].
    tensors.set(`base_model.model.${name}.lora_A.weight`, transpose(a, [1, 0]));
    tensors.set(`base_model.model.${name}.lora_B.weight`, transpose(b, [1, 0]));
  }
  const ranks = Object.fromEntries([...modules].map(([name, { a }]) => [name, a.shape[1]!]));
  const [rank = 1] = Object.values(ranks);
  const config = {
    peft_type: 'LORA',
    task_type: 'FEATURE_EXTRACTION',
    base_model_name_or_path: base,
    inference_mode: true,
    r: rank,
    lora_alpha: rank,
    rank_pattern: ranks,
    // As large as the ranks: products are added as they are.
    alpha_pattern: ranks,
    target_modules: [...modules.keys()],
    lora_dropout: 0,
    bias: 'none',
    // GPT-2's Conv1D has its matrices [in, out].
    fan_in_fan_out: architecture === 'gpt2',
  };
  const metadata = { format: 'pt' };
  return new Map<string, string | Uint8Array>([
    ['adapter_config.json', `${JSON.stringify(config, null, 2)}\n`],
    ['adapter_model.safetensors', writeSafetensors(tensors, { metadata })],
    ['head.safetensors', writeSafetensors(asLinear(head), { metadata })],
  ]);
}

/** A module's matrices, `[rows, rank]` and `[rank, columns]`. */
interface ModuleAdapter {
  readonly a: Tensor<'float32'>;
  readonly b: Tensor<'float32'>;
}

/** By the names that the modules have in transformers' networks without a head. */
function modulesOf(
  adapters: readonly PeftAdapter[],
  architecture: string,
): ReadonlyMap<string, ModuleAdapter> {
  const places = placesOf(adapters, architecture);
  const parts = new Map<
    string,
    { readonly adapter: PeftAdapter; readonly from: number; readonly width: number }[]
  >();
  for (const adapter of adapters) {
    const { layer, kernel, rank, b } = adapter;
    const place = places.get(`${layer}/${kernel}`);
    if (place === undefined) throw notInTransformers(`"${layer}/${kernel}"`);
    const columns = b.length / rank;
    const [from, width] = place.columns === undefined ? [0, columns] : [place.columns[0], 3 * columns];
    parts.set(place.module, [...(parts.get(place.module) ?? []), { adapter, from, width }]);
  }
  return new Map([...parts].map(([name, list]) => [name, joined(list)]));
}

/** Of adapters of parts of one matrix: their ranks one behind the other, each B at its columns. */
function joined(
  parts: readonly { readonly adapter: PeftAdapter; readonly from: number; readonly width: number }[],
): ModuleAdapter {
  const [{ adapter: first, width }] = parts as [(typeof parts)[number]];
  const rank = parts.reduce((sum, { adapter }) => sum + adapter.rank, 0);
  const rows = first.a.length / first.rank;
  const [a, b] = [new Float32Array(rows * rank), new Float32Array(rank * width)];
  let offset = 0;
  for (const { adapter, from } of parts) {
    const columns = adapter.b.length / adapter.rank;
    for (let row = 0; row < rows; row++) {
      a.set(adapter.a.subarray(row * adapter.rank, (row + 1) * adapter.rank), row * rank + offset);
    }
    for (let each = 0; each < adapter.rank; each++) {
      b.set(adapter.b.subarray(each * columns, (each + 1) * columns), (offset + each) * width + from);
    }
    offset += adapter.rank;
  }
  return { a: tensor('float32', [rows, rank], a), b: tensor('float32', [rank, width], b) };
}

interface Place {
  readonly module: string;
  readonly columns: readonly [from: number, to: number] | undefined;
}

function placesOf(adapters: readonly PeftAdapter[], architecture: string): ReadonlyMap<string, Place> {
  const blocks = adapters.map(({ layer }) => Number(/^transformer_layer_(\d+)/.exec(layer)?.[1] ?? 0));
  const numLayers = blocks.reduce((most, block) => Math.max(most, block), 0) + 1;
  // Its query, key and value are as wide as the network, and so is what they are computed from.
  const query = adapters.find(({ kernel }) => /^(query|key|value)\//.test(kernel));
  const hiddenDim = query === undefined ? 0 : query.a.length / query.rank;
  const names =
    architecture === 'bert'
      ? bertWeightPlaces(numLayers)
      : architecture === 'gpt2'
        ? gpt2Weights({ numLayers, hiddenDim })
        : architecture === 'llama'
          ? llamaWeights({ numLayers, tieWordEmbeddings: true })
          : undefined;
  if (names === undefined) throw notInTransformers(`"${architecture}"`);
  return new Map(
    names.map((name) => [
      `${name.layer}/${name.weight}`,
      {
        module: name.tensor.replace(/^model\./, '').replace(/\.weight$/, ''),
        columns: 'columns' in name ? name.columns : undefined,
      },
    ]),
  );
}

function asLinear(head: ReadonlyMap<string, Tensor<'float32'>>): Map<string, Tensor<'float32'>> {
  return new Map(
    [...head].map(([name, each]) => {
      const isKernel = name.endsWith('/kernel');
      const named = name.replace(/\/kernel$/, '.weight').replace(/\/bias$/, '.bias');
      return [named, isKernel ? transpose(each, [1, 0]) : each];
    }),
  );
}

function notInTransformers(received: string): GraftError {
  return new GraftError('argument', {
    where: 'export to peft',
    expected: 'adapters of a network that transformers has: BERT, GPT-2 or Llama',
    received,
    advice: 'Export them with --to safetensors.',
  });
}
