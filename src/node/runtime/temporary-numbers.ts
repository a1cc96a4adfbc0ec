/** @file Numbers in a temporary file, until somebody reads them again. */

import type { StoredNumbers } from '../../core/tensor/stored-tensor.ts';
import { UnnamedFile } from '../files/unnamed-file.ts';

/** See `Runtime.storeNumbers`. */
export function storeNumbers(arrays: readonly Float32Array[]): StoredNumbers[] | undefined {
  const file = UnnamedFile.write(
    arrays.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
    'weights',
  );
  if (file === undefined) return undefined;
  let end = 0;
  return arrays.map(({ length, byteLength }) => {
    const start = end;
    end += byteLength;
    const read = (): Float32Array => {
      const numbers = new Float32Array(length);
      file.read(new Uint8Array(numbers.buffer), start);
      return numbers;
    };
    return { length, read };
  });
}
