/** @file The tensors of a language model by name, each read and decoded when it is asked for. */

import { type Tensor, transpose } from '../tensor/tensor.ts';
import { brokenFile, type ShapedWeightFile } from './weight-file.ts';

/** Tensors that are read one at a time. */
export interface TensorSource {
  /** For messages: `weights "model.gguf"`. */
  readonly where: string;
  /** Every tensor's shape, row-major. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /**
   * The tensor as float32, in memory of its own.
   *
   * @throws {GraftError} `weights`, if there is none of that name, or the file is damaged.
   */
  read(name: string): Promise<Tensor<'float32'>>;
}

/** How the numbers of a tensor are read. */
export interface TensorReader {
  readonly shape: readonly number[];
  read(): Promise<Float32Array>;
}

/** Tensors from their readers. */
export function tensorSource(where: string, readers: ReadonlyMap<string, TensorReader>): TensorSource {
  return {
    where,
    shapes: new Map([...readers].map(([name, { shape }]) => [name, shape])),
    async read(name) {
      const reader = readers.get(name);
      if (reader === undefined) {
        throw brokenFile(where, `a tensor "${name}"`, `${readers.size} tensors without it`);
      }
      return { dtype: 'float32', shape: reader.shape, data: await reader.read() };
    },
  };
}

/** Tensors of a file whose shapes are known before they are read. */
export function sourceOfFile({ where, tensors, shapes }: ShapedWeightFile): TensorSource {
  const readers = [...shapes].map(([name, shape]): [string, TensorReader] => [
    name,
    { shape, read: async () => tensors.get(name)!.data },
  ]);
  return tensorSource(where, new Map(readers));
}

/** The same tensors under other names, some changed on the way. */
export interface RenamedTensor {
  readonly from: string;
  /** Default unchanged. */
  readonly convert?: ((numbers: Float32Array) => Float32Array) | undefined;
  /** Whether rows and columns of the matrix change places. Default false. */
  readonly isTransposed?: boolean | undefined;
}

/** Tensors under new names; what is not listed is left out. Names whose tensor is missing are left out, too. */
export function renamedTensors(
  source: TensorSource,
  names: ReadonlyMap<string, RenamedTensor>,
): TensorSource {
  const readers = new Map<string, TensorReader>();
  for (const [name, { from, convert, isTransposed = false }] of names) {
    const shape = source.shapes.get(from);
    if (shape === undefined) continue;
    readers.set(name, {
      shape: isTransposed ? shape.toReversed() : shape,
      async read() {
        const read = await source.read(from);
        const { data } = isTransposed ? transpose(read, [1, 0]) : read;
        return convert?.(data) ?? data;
      },
    });
  }
  return tensorSource(source.where, readers);
}
