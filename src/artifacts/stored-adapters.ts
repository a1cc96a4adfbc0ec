/**
 * @file Adapters in the model file whose kernels have what they have learned: kept beside it, so that they can leave it apart.
 *
 * The metadata entry is a safetensors file in base64: `layer/query/lora_kernel_a`, `[rows, rank]`, and `layer/query/lora_kernel_b`,
 * `[rank, columns]`; its own metadata say what network they are of and which layers are the head's.
 */

import * as z from 'zod';
import { loraNames } from '../core/layers/adaptable-layer.ts';
import { type Tensor, tensor } from '../core/tensor/tensor.ts';
import { readSafetensors, writeSafetensors } from '../core/weights/safetensors.ts';
import type { LayerAdapter } from '../recipe/phase-adapters.ts';
import { modelFileError } from './model-info.ts';

/** Key of the metadata entry. */
export const ADAPTERS_KEY = 'graft.adapters';

/** An adapter with the name of its layer. Its product is added as it is. */
export type StoredAdapter = Pick<LayerAdapter, 'layer' | 'kernel' | 'rank' | 'a' | 'b'>;

/** Adapters, and what they are of. */
export interface StoredAdapters {
  /** The family of the network: `bert`. */
  readonly architecture: string;
  /** Layers of the head, in their order. */
  readonly head: readonly string[];
  readonly adapters: readonly StoredAdapter[];
}

const ABOUT = z.object({ architecture: z.string(), head: z.array(z.string()) });

/** The metadata entry. The scale of a product goes into B. */
export function encodeAdapters({
  architecture,
  head,
  adapters,
}: Pick<StoredAdapters, 'architecture' | 'head'> & { readonly adapters: readonly LayerAdapter[] }): string {
  const metadata = { graft: JSON.stringify({ architecture, head }) };
  const bytes = writeSafetensors(
    adapterTensors(
      adapters.map(({ scale, b, ...each }) => ({ ...each, b: b.map((value) => scale * value) })),
    ),
    { metadata },
  );
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** As Keras names them. */
export function adapterTensors(adapters: readonly StoredAdapter[]): Map<string, Tensor<'float32'>> {
  return new Map(
    adapters.flatMap(({ layer, kernel, rank, a, b }) => {
      const [nameA, nameB] = loraNames(kernel);
      return [
        [`${layer}/${nameA}`, tensor('float32', [a.length / rank, rank], a)],
        [`${layer}/${nameB}`, tensor('float32', [rank, b.length / rank], b)],
      ] as const;
    }),
  );
}

/**
 * Reads the metadata entry.
 *
 * @param path - What messages call the model file.
 * @throws {GraftError} `model-file`, if it is damaged.
 */
export function decodeAdapters(path: string, text: string): StoredAdapters {
  try {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const { tensors } = readSafetensors(bytes, `adapters of model "${path}"`);
    const about = ABOUT.parse(JSON.parse(aboutOf(bytes)));
    const adapters = [...tensors].flatMap(([name, a]): StoredAdapter[] => {
      const [, layer = '', within = ''] = /^([^/]+)\/(.*)lora_kernel_a$/.exec(name) ?? [];
      const b = tensors.get(`${layer}/${within}lora_kernel_b`);
      if (layer === '' || b === undefined) return [];
      const rank = a.shape[1]!;
      if (a.shape.length !== 2 || b.shape.length !== 2 || b.shape[0] !== rank) throw new Error('sizes');
      return [{ layer, kernel: `${within}kernel`, rank, a: a.data, b: b.data }];
    });
    if (2 * adapters.length !== tensors.size) throw new Error('names');
    return { ...about, adapters };
  } catch (cause) {
    throw modelFileError(
      path,
      `adapters (metadata entry '${ADAPTERS_KEY}')`,
      'an entry that cannot be read',
      'The file was changed after it was written: train again, or use another copy.',
      cause,
    );
  }
}

const HEADER = z.object({ __metadata__: z.object({ graft: z.string() }) });

/** The file's own metadata, behind the length of its header. */
function aboutOf(bytes: Uint8Array): string {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  return HEADER.parse(header).__metadata__.graft;
}
