/** @file Sessions in Node, by ONNX Runtime's native library on the CPU. The only importer of onnxruntime-node. */

// First: the library looks at it when it is loaded.
import './no-telemetry.ts';
import { availableParallelism } from 'node:os';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { GraftError } from '../errors/graft-error.ts';
import type { Graph } from '../graph/graph.ts';
import { encodeModel } from '../onnx/encoder.ts';
import { type DType, type TypedArray, typedArrayFor } from '../tensor/dtype.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { runtimeFailure } from './runtime-failure.ts';
import type { Session, SessionOptions } from './session.ts';

/** ONNX Runtime prints from this severity on: 4 is fatal. Errors reach the caller as exceptions anyhow. */
const LOG_SEVERITY = 4;

/**
 * How long a thread that has nothing to do looks for work before it sleeps. Waking it takes longer than a small operator: an image
 * through InceptionV3 takes 8.2 ms instead of 10.5. Longer spinning gains nothing more, and slows down when cores are wanted by others.
 */
const SPIN_MICROSECONDS = 20;

/**
 * Makes a session from a graph, or from the bytes of an .onnx file.
 *
 * @throws {GraftError} `runtime`, if ONNX Runtime refuses the model; `memory`, if there is too little for it.
 */
export async function createSession(
  model: Graph | Uint8Array,
  options: SessionOptions = {},
): Promise<Session> {
  const bytes = model instanceof Uint8Array ? unshared(model) : encodeModel(model);
  const name = model instanceof Uint8Array ? 'model' : `model "${model.name}"`;
  const session = await guarded(name, 'a model that ONNX Runtime can load', () =>
    InferenceSession.create(bytes, settingsOf(options)),
  );
  return new NodeSession(name, session);
}

/** What ONNX Runtime is told of a session: also for one that is profiled. */
export function settingsOf({ threads, graphOptimization }: SessionOptions): InferenceSession.SessionOptions {
  return {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads ?? availableParallelism(),
    interOpNumThreads: 1,
    // Planning memory anew for every shape of the inputs takes InceptionV3 60 to 100 MB more. Without, its features and
    // training steps are 4 to 8% faster, MobileNetV2's features up to 5% slower at their fastest batch.
    enableMemPattern: false,
    graphOptimizationLevel: graphOptimization ?? 'all',
    logSeverityLevel: LOG_SEVERITY,
    extra: { session: { intra_op: { allow_spinning: '1', spin_duration_us: `${SPIN_MICROSECONDS}` } } },
  };
}

/** Runs a graph once: for tests, and for constants that are worked out at build time. */
export async function evaluateGraph(
  graph: Graph,
  feeds: Readonly<Record<string, Tensor>> = {},
  options: SessionOptions = { threads: 1 },
): Promise<Record<string, Tensor>> {
  const session = await createSession(graph, options);
  try {
    return await session.run(feeds);
  } finally {
    await session.dispose();
  }
}

class NodeSession implements Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly #name: string;
  #session: InferenceSession | undefined;

  constructor(name: string, session: InferenceSession) {
    this.#name = name;
    this.#session = session;
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
    const ortFeeds = Object.fromEntries(this.inputNames.map((name) => [name, toOrt(feeds[name]!)]));
    const results = await guarded(this.#name, 'feeds that the graph can run on', () =>
      session.run(ortFeeds, [...fetches]),
    );
    return Object.fromEntries(fetches.map((name) => [name, fromOrt(results[name]!)]));
  }

  async dispose(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.release();
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

function toOrt({ dtype, shape, data }: Tensor): OrtTensor {
  // The library's constructor has one overload a dtype; the union of them is not one of them.
  const create = OrtTensor as unknown as new (
    type: string,
    data: unknown,
    dims: readonly number[],
  ) => OrtTensor;
  return new create(
    dtype,
    dtype === 'float16' ? halves(unshared(data as Uint16Array)) : unshared(data),
    shape,
  );
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
function unshared<A extends TypedArray>(array: A): A {
  return array.buffer instanceof SharedArrayBuffer ? (array.slice() as A) : array;
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
