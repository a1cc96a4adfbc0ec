/** @file How the tensors of one example lie in one row of bytes: one after another, those that vary all of one length. */

import { isRagged, type TensorSpec } from '../examples/tensor-spec.ts';
import { type DType, typedArrayFor } from '../tensor/dtype.ts';
import { computeSize, type Tensor, tensor } from '../tensor/tensor.ts';

/** What the numbers of features are kept as; what is whole (ids, masks) is kept as it is. */
export type FeatureDType = 'float16' | 'float32';

export const FEATURE_BYTES: Readonly<Record<FeatureDType, number>> = { float16: 2, float32: 4 };

/** Positions of an example whose length nobody knows yet, for estimates. */
export const USUAL_POSITIONS = 128;

/** Rows of bytes, one after another. */
export interface PackedRows {
  readonly bytes: Uint8Array;
  /** `[N]`: bytes of each. Undefined where all are of one length. */
  readonly lengths: Uint32Array | undefined;
}

export class RowLayout {
  readonly tensors: readonly TensorSpec[];
  /** Of what does not vary. */
  readonly #fixedBytes: number;
  /** Of all that varies, for each position. */
  readonly #positionBytes: number;

  /** @param tensors - As they are kept, see {@link keptAs}. */
  constructor(tensors: readonly TensorSpec[]) {
    this.tensors = tensors;
    const sum = (specs: readonly TensorSpec[]): number =>
      specs.reduce((total, spec) => total + unitBytes(spec), 0);
    this.#fixedBytes = sum(this.tensors.filter((spec) => !isRagged(spec)));
    this.#positionBytes = sum(this.tensors.filter(isRagged));
  }

  /** Bytes of every row; undefined where they differ. */
  get bytesPerRow(): number | undefined {
    return this.#positionBytes === 0 ? this.#fixedBytes : undefined;
  }

  /** Bytes of a row, for sums before anything is known of examples. @param positions - Of one example. */
  bytesOf(positions: number): number {
    return this.#fixedBytes + positions * this.#positionBytes;
  }

  /** Whether a row is one tensor of fixed sizes: its bytes are the tensor's. */
  get isOneTensor(): boolean {
    return this.tensors.length === 1 && this.#positionBytes === 0;
  }

  /**
   * Rows from a batch.
   *
   * @param batch - `[N, ...]`, one for each of {@link tensors}; what varies is filled up at its end.
   * @param positions - `[N]`: how long each example is, where something varies.
   */
  pack(batch: readonly Tensor[], positions: Uint32Array | undefined): PackedRows {
    if (this.isOneTensor) return { bytes: bytesOf(batch[0]!), lengths: undefined };
    const count = batch[0]!.shape[0]!;
    const lengths = Uint32Array.from({ length: count }, (_, row) => this.bytesOf(positions?.[row] ?? 0));
    const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
    let at = 0;
    for (let row = 0; row < count; row++) {
      batch.forEach((each, index) => {
        const spec = this.tensors[index]!;
        const all = bytesOf(each);
        const rowBytes = all.length / count;
        const kept = isRagged(spec) ? positions![row]! * unitBytes(spec) : rowBytes;
        bytes.set(all.subarray(row * rowBytes, row * rowBytes + kept), at);
        at += kept;
      });
    }
    return { bytes, lengths: this.bytesPerRow === undefined ? lengths : undefined };
  }

  /**
   * A batch from rows, as they are kept: what varies is filled up to the longest.
   *
   * @param lengths - `[N]`: bytes of each row.
   */
  unpack(bytes: Uint8Array, lengths: Uint32Array): Tensor[] {
    const count = lengths.length;
    const positions = lengths.map((length) => (length - this.#fixedBytes) / (this.#positionBytes || 1));
    const longest = positions.reduce((most, length) => Math.max(most, length), 0);
    const batch = this.tensors.map((spec) => emptyBatch(spec, count, longest));
    let at = 0;
    for (let row = 0; row < count; row++) {
      batch.forEach((each, index) => {
        const spec = this.tensors[index]!;
        const target = bytesOf(each);
        const kept = unitBytes(spec) * (isRagged(spec) ? positions[row]! : 1);
        target.set(bytes.subarray(at, at + kept), (row * target.length) / count);
        at += kept;
      });
    }
    return batch;
  }
}

/** Features as they are kept: numbers as `dtype`, what is whole as it is. */
export function keptAs(dtype: FeatureDType, tensors: readonly TensorSpec[]): TensorSpec[] {
  return tensors.map((spec) => (spec.dtype === 'float32' ? { ...spec, dtype } : spec));
}

/** Numbers of a row; about, where something varies. */
export function rowNumbers(tensors: readonly TensorSpec[]): number {
  return tensors.reduce(
    (sum, { shape }) => sum + computeSize(shape.map((size) => size ?? USUAL_POSITIONS)),
    0,
  );
}

function emptyBatch({ dtype, shape, padding = 0 }: TensorSpec, count: number, longest: number): Tensor {
  const sizes = [count, ...shape.map((size) => size ?? longest)];
  const data = new (typedArrayFor(dtype))(computeSize(sizes));
  // Zero has the same bits in every type.
  if (padding !== 0) {
    if (data instanceof BigInt64Array) data.fill(BigInt(padding));
    else data.fill(padding);
  }
  return tensor(dtype as DType, sizes, data);
}

/** Bytes of one example's, or of one position of what varies. */
function unitBytes({ dtype, shape }: TensorSpec): number {
  return typedArrayFor(dtype).BYTES_PER_ELEMENT * computeSize(shape.map((size) => size ?? 1));
}

function bytesOf({ data: { buffer, byteOffset, byteLength } }: Tensor): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
