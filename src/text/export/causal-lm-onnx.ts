/**
 * @file A language model as one ONNX graph that continues texts: opset 18, plain operators, keys and values in and out. The files
 * of transformers that are no weights are in its metadata; numbers of a large model lie in a file beside it.
 */

import type { Graph } from '../../core/graph/graph.ts';
import { encodeModelParts } from '../../core/onnx/encoder.ts';
import { StoredTensor } from '../../core/tensor/stored-tensor.ts';
import { computeSize, type Tensor } from '../../core/tensor/tensor.ts';
import type { CausalLm } from '../generation/causal-lm.ts';
import { decodingGraph } from '../generation/decoding-graph.ts';
import { huggingFaceFiles } from './hugging-face-files.ts';

/** Names of the metadata entries; each holds the file of that name. */
export const METADATA_FILES: readonly string[] = [
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
];

export interface CausalLmOnnxOptions {
  /** What the file is called; the one beside it is `NAME.data`. */
  readonly name: string;
  /** Models of more bytes of numbers have them in a file beside. Default 1.5 GB: a file can hold 2. */
  readonly maxInlineBytes?: number | undefined;
}

const MAX_INLINE_BYTES = 1.5e9;

/** Constants of fewer numbers stay in the model: ONNX Runtime looks at them as it compiles. */
const MIN_APART = 1024;

/** What is mapped begins on a page. */
const PAGE_BYTES = 4096;

/**
 * The files, one or two, by their names. Inputs: `input_ids` int64 `[1, S]`, `past_key_values.L.key` and `.value` float32
 * `[1, heads, P, width]`, with P = 0 at first. Outputs: `logits` float32 `[1, 1, vocabulary]` of the last token, `present.L.key`
 * and `.value` `[1, heads, P + S, width]`.
 */
export function causalLmOnnx(
  lm: CausalLm,
  { name, maxInlineBytes = MAX_INLINE_BYTES }: CausalLmOnnxOptions,
): ReadonlyMap<string, Iterable<Uint8Array>> {
  // Of texts of several lengths, padding would have to be told apart.
  const { graph } = decodingGraph(lm.network, { batch: 1 });
  const files = huggingFaceFiles(lm);
  const metadata = Object.fromEntries(METADATA_FILES.map((each) => [each, files.get(each) as string]));
  const bytes = [...graph.constants.values()].reduce((sum, each) => sum + bytesOf(each), 0);
  if (bytes <= maxInlineBytes) return new Map([[name, encodeModelParts(graph, { metadata })]]);
  const dataName = `${name}.data`;
  const { apart, data } = withNumbersApart(graph, dataName);
  return new Map<string, Iterable<Uint8Array>>([
    [dataName, data],
    [name, encodeModelParts(apart, { metadata, namesFiles: true })],
  ]);
}

function withNumbersApart(
  graph: Graph,
  file: string,
): { readonly apart: Graph; readonly data: Iterable<Uint8Array> } {
  const constants = new Map<string, Tensor>();
  const placed: { readonly tensor: Tensor; readonly offset: number }[] = [];
  let end = 0;
  for (const [name, tensor] of graph.constants) {
    if (tensor.dtype !== 'float32' || computeSize(tensor.shape) < MIN_APART) {
      constants.set(name, tensor);
      continue;
    }
    const offset = Math.ceil(end / PAGE_BYTES) * PAGE_BYTES;
    const length = computeSize(tensor.shape);
    const read = (): Float32Array => tensor.data as Float32Array;
    constants.set(
      name,
      new StoredTensor(tensor.shape, { place: { folder: '', file, offset }, length, read }),
    );
    placed.push({ tensor, offset });
    end = offset + bytesOf(tensor);
  }
  return { apart: { ...graph, constants }, data: { [Symbol.iterator]: () => numbersOf(placed) } };
}

function* numbersOf(
  placed: readonly { readonly tensor: Tensor; readonly offset: number }[],
): Generator<Uint8Array, void, undefined> {
  let end = 0;
  for (const { tensor, offset } of placed) {
    yield new Uint8Array(offset - end);
    const { buffer, byteOffset, byteLength } = tensor.data;
    yield new Uint8Array(buffer, byteOffset, byteLength);
    end = offset + byteLength;
  }
}

function bytesOf({ shape, dtype }: Tensor): number {
  return computeSize(shape) * (dtype === 'float32' ? Float32Array.BYTES_PER_ELEMENT : 8);
}
