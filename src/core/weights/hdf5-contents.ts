/**
 * @file What is in one open HDF5 file: groups, lists of names, numbers. What is not in the file itself is refused, and
 * so is what is larger than a file of this size can hold.
 */

import type { BrokenSoftLink, Dataset, Entity, ExternalLink, File, Group, Metadata, Reference } from 'h5wasm';
import { GraftError } from '../errors/graft-error.ts';
import type { FileBudget } from '../tensor/file-budget.ts';
import { computeSize, type Tensor } from '../tensor/tensor.ts';
import { decodeBfloat16, decodeFloat16, decodeFloat64 } from './dequantize.ts';
import type { MountedFile } from './hdf5-file-system.ts';
import { brokenFile } from './weight-file.ts';

/** The part of h5wasm's module that reads numbers. */
export interface Hdf5Module {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
  get_dataset_data(
    file: bigint,
    path: string,
    count: null,
    offset: null,
    strides: null,
    address: bigint,
  ): number;
}

/** HDF5's classes of types. */
const INTEGER = 0;
const FLOAT = 1;
const OPAQUE = 5;

/** What a name takes beside its letters, as an object. */
const NAME_BYTES = 128;

export class Hdf5Contents {
  readonly root: Group;
  readonly #module: Hdf5Module;
  readonly #mounted: MountedFile;
  readonly #budget: FileBudget;

  constructor(file: File, module: Hdf5Module, mounted: MountedFile, budget: FileBudget) {
    this.root = file;
    this.#module = module;
    this.#mounted = mounted;
    this.#budget = budget;
  }

  /**
   * The group at a path; undefined if there is none.
   *
   * @throws {GraftError} `weights`, if a link leads out of the file, or to nothing.
   */
  group(group: Group, path: string): Group | undefined {
    const entity = this.#get(group, path);
    return entity?.type === 'Group' ? (entity as Group) : undefined;
  }

  /** The text in an attribute, or the texts; undefined if there is no such attribute. */
  names(group: Group, attribute: string): string[] | undefined {
    const { attrs } = group;
    if (!Object.hasOwn(attrs, attribute)) return undefined;
    const found = attrs[attribute]!;
    this.#budget.take(found.metadata.size * found.metadata.total_size, `attribute "${attribute}"`);
    const names = [found.value].flat().filter((name): name is string => typeof name === 'string');
    const letters = names.reduce((sum, { length }) => sum + length, 0);
    this.#budget.take(letters + names.length * NAME_BYTES, `attribute "${attribute}"`);
    return names;
  }

  /**
   * The numbers of a data set as float32. Half precision is widened; one integer, as counts are, is taken.
   *
   * @param key - For messages.
   */
  numbers(group: Group, path: string, key: string): Tensor<'float32'> {
    const { where } = this.#budget;
    const dataset = this.#get(group, path);
    if (dataset?.type !== 'Dataset') throw brokenFile(where, `numbers for "${key}"`, 'none');
    const { metadata, dtype, file_id, path: full } = dataset as Dataset;
    const [source] = metadata.virtual_sources ?? [];
    if (source !== undefined) throw this.#elsewhere(shownPath(group, path), source.file_name);
    const shape = metadata.shape ?? [];
    const count = computeSize(shape);
    const decode = decoderOf(metadata);
    if (decode === undefined || metadata.shape === null) {
      throw brokenFile(where, `"${key}" as ${count} floats`, `type ${JSON.stringify(dtype)}`);
    }
    this.#budget.take(count * Math.max(metadata.size, 4), `"${key}" of shape [${shape.join(', ')}]`);
    const bytes = this.#inside(key, () => this.#read(file_id, full, count * metadata.size));
    return { dtype: 'float32', shape, data: decode(bytes) };
  }

  /** What is at a path; null for nothing. Links that lead out of the file, or nowhere, are refused. */
  #get(group: Group, path: string): Exclude<Entity, Reference> | null {
    const shown = shownPath(group, path);
    const entity = this.#inside(shown, () => {
      try {
        return group.get(path) as Exclude<Entity, Reference> | null;
      } catch (error) {
        const target = softLink(group, shown);
        throw target === undefined ? error : this.#loose(shown, target);
      }
    });
    if (entity?.type === 'ExternalLink') throw this.#elsewhere(shown, (entity as ExternalLink).filename);
    if (entity?.type === 'BrokenSoftLink') throw this.#loose(shown, (entity as BrokenSoftLink).target);
    return entity;
  }

  #read(file: bigint, path: string, byteCount: number): Uint8Array<ArrayBuffer> {
    const address = this.#module._malloc(byteCount);
    if (address === 0) throw this.#budget.exceeded('numbers that no memory is left for');
    try {
      this.#module.get_dataset_data(file, path, null, null, null, BigInt(address));
      return this.#module.HEAPU8.slice(address, address + byteCount) as Uint8Array<ArrayBuffer>;
    } finally {
      this.#module._free(address);
    }
  }

  /** Runs what must not look outside of the file. Some of it fails then, some goes on with zeros. */
  #inside<T>(what: string, run: () => T): T {
    let result: T;
    try {
      result = run();
    } catch (error) {
      const asked = this.#mounted.askedElsewhere();
      throw asked === undefined || error instanceof GraftError ? error : this.#elsewhere(what, asked);
    }
    const asked = this.#mounted.askedElsewhere();
    if (asked !== undefined) throw this.#elsewhere(what, asked);
    return result;
  }

  #elsewhere(what: string, file: string): GraftError {
    return new GraftError('weights', {
      where: this.#budget.where,
      expected: `"${what}" in the file itself`,
      received: `a reference to another file, "${file}"`,
      advice: 'Save the model again as one file: model.save("model.h5") in Keras writes no references.',
    });
  }

  #loose(what: string, target: string): GraftError {
    return brokenFile(this.#budget.where, `"${what}" in the file`, `a link to "${target}", which is not`);
  }
}

function decoderOf({ type, size, shape, signed }: Metadata): Decoder | undefined {
  if (type === FLOAT && size === 4) return ({ buffer }) => new Float32Array(buffer);
  if (type === FLOAT && size === 8) return decodeFloat64;
  if (type === FLOAT && size === 2) return decodeFloat16;
  // HDF5 has no bfloat16: Keras stores it as two bytes without a meaning.
  if (type === OPAQUE && size === 2) return decodeBfloat16;
  // The count of a Normalization layer is an integer, of 64 bits in most files.
  if (type !== INTEGER || shape?.length !== 0) return undefined;
  return (bytes) => Float32Array.of(integer(bytes, signed));
}

type Decoder = (bytes: Uint8Array<ArrayBuffer>) => Float32Array;

/** Little-endian, whatever the file has: HDF5 converts. */
function integer(bytes: Uint8Array, signed: boolean): number {
  const bits = bytes.reduceRight((number, byte) => (number << 8n) | BigInt(byte), 0n);
  return Number(signed ? BigInt.asIntN(8 * bytes.length, bits) : bits);
}

/** Where a soft link leads; undefined if it is none. HDF5 breaks off on one that leads nowhere. */
function softLink(group: Group, path: string): string | undefined {
  try {
    return (group.get_link(path) as string | null) ?? undefined;
  } catch {
    return undefined;
  }
}

function shownPath(group: Group, path: string): string {
  return `${group.path}/${path}`.replace(/\/+/g, '/').replace(/^\//, '');
}
