/** @file A session on ONNX Runtime, whichever of its builds: onnxruntime-node and onnxruntime-web have the same interface. */

import { GraftError } from '../errors/graft-error.ts';
import { type DType, type TypedArray, typedArrayFor } from '../tensor/dtype.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { runtimeFailure } from './runtime-failure.ts';
import type { Session } from './session.ts';

/** ONNX Runtime prints from this severity on: 4 is fatal. Errors reach the caller as exceptions anyhow. */
export const LOG_SEVERITY = 4;

interface OrtTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
}

interface OrtInferenceSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  // A method, so that the library's narrower parameters fit.
  run(feeds: Record<string, never>, fetches: readonly string[]): Promise<Readonly<Record<string, OrtTensor>>>;
  release(): Promise<void>;
}

/** What is used of the library: its constructor of tensors has one overload a dtype, which no union of them is. */
export interface OrtLibrary {
  readonly Tensor: unknown;
}

type MakeTensor = new (type: string, data: unknown, dims: readonly number[]) => OrtTensor;

/**
 * Wraps a session of the library that `create` makes.
 *
 * @param name - What messages call the model.
 * @throws {GraftError} `runtime`, if the library refuses the model; `memory`.
 */
export async function wrapOrtSession(
  { Tensor: make }: OrtLibrary,
  name: string,
  create: () => Promise<OrtInferenceSession>,
): Promise<Session> {
  const session = await guarded(name, 'a model that ONNX Runtime can load', create);
  return new OrtSession(name, session, make as MakeTensor);
}

class OrtSession implements Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly #name: string;
  readonly #makeTensor: MakeTensor;
  #session: OrtInferenceSession | undefined;

  constructor(name: string, session: OrtInferenceSession, makeTensor: MakeTensor) {
    this.#name = name;
    this.#session = session;
    this.#makeTensor = makeTensor;
    this.inputNames = [...session.inputNames];
    this.outputNames = [...session.outputNames];
  }

  async run(
    feeds: Readonly<Record<string, Tensor>>,
    fetches: readonly string[] = this.outputNames,
  ): Promise<Record<string, Tensor>> {
    const session = this.#session;
    if (session === undefined) {
      throw runtimeError(this.#name, 'a live session', 'one that was disposed', 'Make a new session.');
    }
    this.#checkNames('feed', Object.keys(feeds), this.inputNames, true);
    this.#checkNames('output', fetches, this.outputNames, false);
    const ortFeeds = Object.fromEntries(this.inputNames.map((name) => [name, this.#toOrt(feeds[name]!)]));
    const results = await guarded(this.#name, 'feeds that the graph can run on', () =>
      session.run(ortFeeds as Record<string, never>, [...fetches]),
    );
    return Object.fromEntries(fetches.map((name) => [name, fromOrt(results[name]!)]));
  }

  async dispose(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.release();
  }

  #toOrt({ dtype, shape, data }: Tensor): OrtTensor {
    const values = dtype === 'float16' ? halves(unshared(data as Uint16Array)) : unshared(data);
    return new this.#makeTensor(dtype, values, shape);
  }

  #checkNames(what: string, given: readonly string[], known: readonly string[], all: boolean): void {
    const strange = given.find((name) => !known.includes(name));
    const missing = all ? known.find((name) => !given.includes(name)) : undefined;
    if (strange === undefined && missing === undefined) return;
    const received = strange === undefined ? `no ${what} "${missing}"` : `${what} "${strange}"`;
    const names = known.map((name) => `"${name}"`).join(', ');
    throw runtimeError(this.#name, `${what}s named ${names}`, received, 'Use the names of the graph.');
  }
}

function fromOrt(result: OrtTensor): Tensor {
  const dtype = result.type as DType;
  const { buffer, byteOffset, length } = result.data as Exclude<TypedArray, undefined>;
  // A Float16Array, where the engine has one, becomes the view of its bits.
  return tensor(dtype, result.dims, new (typedArrayFor(dtype))(buffer, byteOffset, length));
}

/** float16 as onnxruntime-common wants it: Float16Array where the engine has one, else the bits. */
function halves(bits: Uint16Array): unknown {
  const { Float16Array } = globalThis as {
    Float16Array?: new (buffer: ArrayBufferLike, byteOffset: number, length: number) => unknown;
  };
  return Float16Array === undefined ? bits : new Float16Array(bits.buffer, bits.byteOffset, bits.length);
}

/** A copy if the memory is shared with other threads, which ONNX Runtime refuses; else the same. */
export function unshared<A extends TypedArray>(array: A): A {
  // Where pages may not share memory, there is no such class.
  const isShared = typeof SharedArrayBuffer !== 'undefined' && array.buffer instanceof SharedArrayBuffer;
  return isShared ? (array.slice() as A) : array;
}

async function guarded<T>(where: string, expected: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw runtimeFailure(where, expected, error);
  }
}

function runtimeError(where: string, expected: string, received: string, advice: string): GraftError {
  return new GraftError('runtime', { where, expected, received, advice });
}
