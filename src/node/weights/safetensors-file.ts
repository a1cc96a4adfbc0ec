/** @file Safetensors on the disk, of one file or of several with an index; never more in memory than what is asked for. */

import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { baseName } from '../../core/errors/base-name.ts';
import { GraftError } from '../../core/errors/graft-error.ts';
import { LazyMap } from '../../core/tensor/lazy-map.ts';
import type { Tensor } from '../../core/tensor/tensor.ts';
import { type RangeSource, readSafetensorsRanges } from '../../core/weights/safetensors.ts';
import {
  brokenFile,
  describeFile,
  groupByLayer,
  type ShapedWeightFile,
} from '../../core/weights/weight-file.ts';
import { findBeside } from './file-beside.ts';

const INDEX = z.object({ weight_map: z.record(z.string(), z.string()) });

/** Weights whose numbers are read from the disk when they are asked for. */
export interface SafetensorsOnDisk extends ShapedWeightFile {
  /** All files that have some of them. */
  readonly paths: readonly string[];
}

/**
 * Opens a safetensors file. Its header is read at once; a tensor, when it is asked for.
 *
 * @throws {GraftError} `file-not-found`; `weights`, if it is damaged.
 */
export function openSafetensors(path: string): SafetensorsOnDisk {
  const where = describeFile(path);
  return { ...readSafetensorsRanges(rangesOf(path, where), where), paths: [path] };
}

/**
 * Opens what an index lists, `model.safetensors.index.json`: tensors in several files beside it.
 *
 * @throws {GraftError} `file-not-found`, if a file is missing; `weights`, if one has not what the index says.
 */
export async function openShardedSafetensors(path: string): Promise<SafetensorsOnDisk> {
  const where = describeFile(path);
  const parsed = INDEX.safeParse(parseJson(await readFile(path, 'utf8'), where));
  if (!parsed.success) throw brokenFile(where, 'a "weight_map" from tensors to files', 'none');
  const places = Object.entries(parsed.data.weight_map);
  const shards = new Map<string, SafetensorsOnDisk>();
  for (const shard of new Set(places.map(([, name]) => name))) {
    const found = findBeside(path, shard);
    if ('path' in found) shards.set(shard, openSafetensors(found.path));
    else if (found.problem === 'elsewhere') throw brokenFile(where, 'files beside the index', found.received);
    else throw missingShard(where, shard);
  }
  const readers = new Map<string, () => Tensor<'float32'>>();
  const shapes = new Map<string, readonly number[]>();
  for (const [name, shard] of places) {
    const { tensors, shapes: known } = shards.get(shard)!;
    if (!tensors.has(name)) throw brokenFile(where, `"${name}" in "${shard}"`, 'a file without it');
    readers.set(name, () => tensors.get(name)!);
    shapes.set(name, known.get(name)!);
  }
  return {
    format: 'safetensors',
    where,
    tensors: new LazyMap(readers),
    shapes,
    layers: groupByLayer(readers.keys()),
    paths: [...shards.values()].flatMap((shard) => shard.paths),
  };
}

function rangesOf(path: string, where: string): RangeSource {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined || !status.isFile()) {
    throw new GraftError('file-not-found', {
      where,
      expected: 'a file',
      received: `no file at "${path}"`,
      advice: 'Check the path.',
    });
  }
  return {
    fileBytes: status.size,
    read(start, end) {
      const bytes = new Uint8Array(end - start);
      const file = openSync(path, 'r');
      try {
        let done = 0;
        while (done < bytes.length) {
          const count = readSync(file, bytes, done, bytes.length - done, start + done);
          if (count === 0) {
            throw brokenFile(where, `${status.size} bytes, as before`, `${start + done}`);
          }
          done += count;
        }
      } finally {
        closeSync(file);
      }
      return bytes;
    },
  };
}

function missingShard(where: string, shard: string): GraftError {
  return new GraftError('file-not-found', {
    where,
    expected: `"${shard}" beside it`,
    received: 'no such file',
    advice: `Fetch all files of the model: ${baseName(shard)} is missing.`,
  });
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw brokenFile(where, 'an index in JSON', 'something else', cause);
  }
}
