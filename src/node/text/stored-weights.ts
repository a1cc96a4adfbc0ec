/**
 * @file Weights in a file of the cache, one behind the other as the graph has them: written once, checked whenever they are
 * opened, mapped by sessions. Beside it stands what the file has to be: `NAME.json`, with its size and SHA-256.
 */

import { createHash, randomBytes } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { paddedWidth } from '../../core/graph/passes/pad-leading-dimensions.ts';
import type { Weight } from '../../core/layers/layer.ts';
import type { StoredNumbers } from '../../core/tensor/stored-tensor.ts';
import { computeSize, tensor, transpose } from '../../core/tensor/tensor.ts';
import type { TakeNumbers } from '../../text/architectures/weight-names.ts';
import { makeFolder } from '../files/make-folder.ts';
import { readFully } from '../files/read-fully.ts';
import { unfinishedPath, writeWhole } from '../files/write-file.ts';

/** Where each weight stands in the file, in bytes. */
export interface WeightLayout {
  readonly places: ReadonlyMap<Weight, WeightPlace>;
  readonly bytes: number;
}

interface WeightPlace {
  readonly offset: number;
  /** How many numbers the weight has. */
  readonly length: number;
  readonly byColumns: Matrix | undefined;
  /** What lies there: the matrix with zeros behind its rows and columns. */
  readonly padded: Matrix | undefined;
}

type Matrix = readonly [rows: number, columns: number];

/** Of the way in which the file is laid out; another one is another file. */
const VERSION = 3;

/** What is mapped begins on a page. */
const PAGE_BYTES = 4096;

/** Weights of fewer numbers are read at once: passes over graphs look at them. */
const MIN_STORED = 4096;

const CHUNK_BYTES = 2 ** 22;

/** Lays weights out in their order. @param matrices - Those that lie by columns, by weight. */
export function layOut(
  weights: readonly Weight[],
  matrices: ReadonlyMap<Weight, Matrix> = new Map(),
): WeightLayout {
  const places = new Map<Weight, WeightPlace>();
  let end = 0;
  for (const weight of new Set(weights)) {
    const offset = Math.ceil(end / PAGE_BYTES) * PAGE_BYTES;
    const length = computeSize(weight.spec.shape);
    const byColumns = matrices.get(weight);
    const padded = byColumns && ([paddedWidth(byColumns[0]), paddedWidth(byColumns[1])] as const);
    places.set(weight, { offset, length, byColumns, padded });
    end = offset + computeSize(padded ?? weight.spec.shape) * Float32Array.BYTES_PER_ELEMENT;
  }
  return { places, bytes: end };
}

/**
 * Gives weights their numbers from the file, if it is there and whole.
 *
 * @param about - Of what the weights are, in words that no others have.
 */
export async function openStoredWeights(
  folder: string,
  about: string,
  layout: WeightLayout,
): Promise<boolean> {
  const name = nameOf(about);
  const expected = await readFile(join(folder, `${name}.json`), 'utf8').catch(() => undefined);
  if (expected === undefined) return false;
  const found = await describe(join(folder, `${name}.f32`)).catch(() => undefined);
  if (found === undefined || recordOf(found) !== expected || found.bytes !== layout.bytes) return false;
  const file = `${name}.f32`;
  for (const [weight, { offset, length, byColumns, padded }] of layout.places) {
    const numbers: StoredNumbers = {
      place: { folder, file, offset, byColumns, padded },
      length,
      read: () => {
        const read = readNumbers(
          join(folder, file),
          offset,
          padded === undefined ? length : computeSize(padded),
        );
        return byColumns === undefined ? read : fromColumns(read, byColumns, padded!);
      },
    };
    if (length < MIN_STORED) weight.value = numbers.read();
    else weight.stored = numbers;
  }
  return true;
}

/**
 * Writes the file: beside its place, then it is renamed. Of two processes that do so at once, both write the same.
 *
 * @param give - Hands over the numbers of all weights, in the order of the layout.
 * @throws The file system's own error; what `give` throws. Nothing is left then.
 */
export async function writeStoredWeights(
  folder: string,
  about: string,
  { places, bytes }: WeightLayout,
  give: (take: TakeNumbers) => Promise<void>,
): Promise<void> {
  await makeFolder(folder);
  const path = join(folder, `${nameOf(about)}.f32`);
  // Two threads of one process may write it at once, too.
  const beside = unfinishedPath(path, randomBytes(4).toString('hex'));
  try {
    const hash = createHash('sha256');
    const file = await open(beside, 'w');
    try {
      let end = 0;
      const write = async (part: Uint8Array): Promise<void> => {
        hash.update(part);
        await file.writeFile(part);
        end += part.length;
      };
      await give(async (weight, numbers) => {
        const { offset, byColumns, padded } = places.get(weight)!;
        const laid = byColumns === undefined ? numbers : toColumns(numbers, byColumns, padded!);
        await write(new Uint8Array(offset - end));
        await write(new Uint8Array(laid.buffer, laid.byteOffset, laid.byteLength));
      });
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
    await writeWhole(join(folder, `${nameOf(about)}.json`), recordOf({ bytes, sha256: hash.digest('hex') }));
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** A matrix column by column, zeros behind each and behind all. */
function toColumns(numbers: Float32Array, [rows, columns]: Matrix, padded: Matrix): Float32Array {
  const turned = transpose(tensor('float32', [rows, columns], numbers), [1, 0]).data;
  if (computeSize(padded) === turned.length) return turned;
  const laid = new Float32Array(computeSize(padded));
  for (let column = 0; column < columns; column++) {
    laid.set(turned.subarray(column * rows, (column + 1) * rows), column * padded[0]);
  }
  return laid;
}

/** The inverse of {@link toColumns}. */
function fromColumns(laid: Float32Array, [rows, columns]: Matrix, [paddedRows]: Matrix): Float32Array {
  const turned = new Float32Array(rows * columns);
  for (let column = 0; column < columns; column++) {
    turned.set(laid.subarray(column * paddedRows, column * paddedRows + rows), column * rows);
  }
  return transpose(tensor('float32', [columns, rows], turned), [1, 0]).data;
}

interface FileContent {
  readonly bytes: number;
  readonly sha256: string;
}

function nameOf(about: string): string {
  return createHash('sha256').update(`${VERSION} ${about}`).digest('hex');
}

function recordOf({ bytes, sha256 }: FileContent): string {
  return `${JSON.stringify({ version: VERSION, bytes, sha256 })}\n`;
}

async function describe(path: string): Promise<FileContent> {
  const file: FileHandle = await open(path, 'r');
  try {
    const hash = createHash('sha256');
    const chunk = new Uint8Array(CHUNK_BYTES);
    let bytes = 0;
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, chunk.length, bytes);
      if (bytesRead === 0) return { bytes, sha256: hash.digest('hex') };
      hash.update(chunk.subarray(0, bytesRead));
      bytes += bytesRead;
    }
  } finally {
    await file.close();
  }
}

/** @throws {GraftError} `file-not-found`, if the file is gone or has become shorter. */
function readNumbers(path: string, offset: number, length: number): Float32Array {
  const numbers = new Float32Array(length);
  const target = new Uint8Array(numbers.buffer);
  let done = 0;
  try {
    const descriptor = openSync(path, 'r');
    try {
      done = readFully(descriptor, target, offset);
    } finally {
      closeSync(descriptor);
    }
  } catch (cause) {
    throw goneError(path, cause);
  }
  if (done < target.length) throw goneError(path);
  return numbers;
}

function goneError(path: string, cause?: unknown): GraftError {
  return new GraftError(
    'file-not-found',
    {
      where: 'weights of a language model',
      expected: `the file "${path}" of the cache, as it was when the model was opened`,
      received: 'none, or a part of it',
      advice: 'Load the model again: the file is then made anew.',
    },
    { cause },
  );
}
