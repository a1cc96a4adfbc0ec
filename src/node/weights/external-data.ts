/** @file The numbers that an ONNX file keeps in files beside it. */

import { closeSync, constants, openSync, readSync } from 'node:fs';
import { type ErrorCode, GraftError } from '../../core/errors/graft-error.ts';
import { sizeText } from '../../core/errors/size-text.ts';
import type { ExternalData, ExternalPlace } from '../../core/onnx/tensor-proto.ts';
import type { FileBudget } from '../../core/tensor/file-budget.ts';
import { findBeside } from './file-beside.ts';

/** What one call of the system reads. */
const CHUNK_BYTES = 2 ** 30;

/**
 * Reads parts of files beside a model, which lie in its folder and nowhere else.
 *
 * @param path - Of the model.
 * @param budget - Grows with each file, and is taken from for each part.
 */
export function openExternalData(path: string, budget: FileBudget, where: string): ExternalData {
  const counted = new Set<string>();
  const fail = (code: ErrorCode, expected: string, received: string, advice: string) =>
    new GraftError(code, { where, expected, received, advice });
  return ({ location, offset, length }: ExternalPlace): Uint8Array => {
    const found = findBeside(path, location);
    if ('problem' in found) {
      if (found.problem === 'elsewhere') {
        const advice = 'Save the model as a single file.';
        throw fail('model-file', 'external data beside the model', found.received, advice);
      }
      const advice = 'Copy it beside the model, or save the model as a single file.';
      throw fail('file-not-found', `the file "${location}" with its numbers`, 'none', advice);
    }
    const { path: file, fileBytes } = found;
    const count = length ?? fileBytes - offset;
    if (!(Number.isSafeInteger(offset) && offset >= 0 && Number.isSafeInteger(count) && count >= 0)) {
      const received = `offset ${offset} and length ${length ?? 'to the end'}`;
      throw fail('model-file', `a part of "${location}" in whole bytes`, received, DAMAGED);
    }
    if (offset + count > fileBytes) {
      const received = `${fileBytes} bytes in "${location}"`;
      throw fail('model-file', `${count} bytes from ${offset} on`, received, DAMAGED);
    }
    if (!counted.has(file)) budget.addFile(found.storedBytes);
    counted.add(file);
    budget.take(count, `numbers from "${location}"`);
    const bytes = allocate(count);
    if (bytes === undefined) {
      const advice =
        'Split the tensor, or check that the file is whole: most of it may never have been written.';
      throw fail('memory', `room for a tensor from "${location}"`, `${sizeText(count)} in one piece`, advice);
    }
    readPart(file, bytes, offset);
    return bytes;
  };
}

const DAMAGED = 'The file is damaged: fetch it again.';

function allocate(bytes: number): Uint8Array | undefined {
  try {
    return new Uint8Array(bytes);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function readPart(file: string, target: Uint8Array, offset: number): void {
  const descriptor = openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    let done = 0;
    while (done < target.length) {
      const count = Math.min(CHUNK_BYTES, target.length - done);
      const read = readSync(descriptor, target, done, count, offset + done);
      if (read === 0) return;
      done += read;
    }
  } finally {
    closeSync(descriptor);
  }
}
