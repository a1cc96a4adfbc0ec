/** @file The page of bench/browser-inference.ts: one network on the same pixels, by Graft's web runtime and by TensorFlow.js' WebAssembly backend. */

import type { Tensor4D } from '@tensorflow/tfjs-core';
import { createFrozenSession } from '../src/core/features/frozen-session.ts';
import { joinRows, rowsOfAll } from '../src/core/features/tensor-rows.ts';
import { tensor } from '../src/core/tensor/tensor.ts';
import { decodeBackbone } from '../src/vision/backbone/backbone-file.ts';
import { imageGraph } from '../src/vision/preprocessing/image-graph.ts';
import type { BrowserWorker } from '../src/web/browser.ts';
import { createWebRuntime } from '../src/web/runtime.ts';
import { withSideBySide } from '../src/web/side-by-side.ts';
import type { Tfjs } from './tfjs-backend.ts';
import { networkInTfjs } from './tfjs-network.ts';

export type InferenceName = 'graft' | 'tfjs';

export interface InferenceAsk {
  readonly sizePx: number;
  /** A layer of the network, whose output is computed. */
  readonly cut: string;
  readonly threads: number;
  /** Whether Graft has a worker for each thread, which share the images of a batch, as when it extracts features. */
  readonly sideBySide: boolean;
}

/** What is asked of the page. */
export interface InferencePage {
  /** Loads the network into both. @returns How far the outputs of one image are apart, and the largest of them. */
  open(ask: InferenceAsk): Promise<{ readonly difference: number; readonly largest: number }>;
  /** @returns Milliseconds of each run, from pixels in memory to features in memory. */
  time(name: InferenceName, batch: number, runs: number): Promise<readonly number[]>;
}

/** The browser's own. */
declare const Worker: new (address: string, options: { readonly type: 'module' }) => BrowserWorker;

type RunImages = (pixels: Uint8Array, batch: number) => Promise<Float32Array>;

/** The global of TensorFlow.js' programs. */
type TfGlobal = Tfjs & {
  readonly wasm: { setWasmPaths(folder: string): void; setThreadsCount(threads: number): void };
};

const contenders = new Map<InferenceName, RunImages>();
let sizePx = 0;

const page: InferencePage = {
  async open(ask) {
    sizePx = ask.sizePx;
    const response = await fetch('/files/backbone.safetensors');
    const backbone = await decodeBackbone(new Uint8Array(await response.arrayBuffer()), 'backbone', {
      inputShape: [sizePx, sizePx, 3],
      cut: ask.cut,
    });
    const wanted = backbone.model.getLayer(ask.cut).output;
    const settings = { wasmFolder: '/ort/', kernelFolder: '/kernels/', threads: ask.threads };
    const start = (): BrowserWorker => new Worker('/worker.js', { type: 'module' });
    const runtime = withSideBySide(createWebRuntime(settings), { start, count: ask.threads, settings });
    const graph = imageGraph(backbone.model, wanted, {
      preprocessing: backbone.preprocessing,
      output: 'features',
    });
    const session = await createFrozenSession(graph, { runtime, sideBySide: ask.sideBySide });
    contenders.set('graft', async (pixels, batch) => {
      const image = tensor('uint8', [batch, sizePx, sizePx, 3], pixels);
      const each = Math.ceil(batch / (session.atOnce ?? 1));
      const parts = Array.from({ length: Math.ceil(batch / each) }, (_, part) =>
        session.run(rowsOfAll({ image }, part * each, (part + 1) * each)),
      );
      return joinRows((await Promise.all(parts)).map(({ features }) => features!)).data as Float32Array;
    });
    const tf = await startTf(ask.threads);
    const run = networkInTfjs(tf, backbone.model, wanted);
    contenders.set('tfjs', async (pixels, batch) => {
      const features = tf.tidy(() => {
        const image = tf.tensor4d(pixels, [batch, sizePx, sizePx, 3], 'int32');
        return run(tf.sub(tf.div(tf.cast(image, 'float32'), 127.5), 1) as Tensor4D);
      });
      const values = (await features.data()) as Float32Array;
      features.dispose();
      return values;
    });
    return compare();
  },
  async time(name, batch, runs) {
    const run = contenders.get(name)!;
    const pixels = noise(batch);
    const times: number[] = [];
    for (let index = 0; index < runs; index++) {
      const started = performance.now();
      await run(pixels, batch);
      times.push(performance.now() - started);
    }
    return times;
  },
};

async function startTf(threads: number): Promise<Tfjs> {
  await loadScript('/files/tfjs.js');
  const { tf } = globalThis as unknown as { readonly tf: TfGlobal };
  tf.wasm.setWasmPaths('/files/');
  tf.wasm.setThreadsCount(threads);
  await tf.setBackend('wasm');
  await tf.ready();
  return tf;
}

function loadScript(address: string): Promise<void> {
  const { document } = globalThis as unknown as {
    readonly document: {
      createElement(name: 'script'): { src: string; onload: () => void; onerror: () => void };
      readonly head: { append(element: unknown): void };
    };
  };
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.onload = () => resolve();
    script.onerror = () => reject(new Error(`no ${address}`));
    script.src = address;
    document.head.append(script);
  });
}

async function compare(): Promise<{ readonly difference: number; readonly largest: number }> {
  const [ours, theirs] = await Promise.all(
    (['graft', 'tfjs'] as const).map(async (name) => (await contenders.get(name)!(noise(1), 1)).slice()),
  );
  if (ours!.length !== theirs!.length) throw new Error(`${ours!.length} features, and ${theirs!.length}`);
  let [difference, largest] = [0, 0];
  ours!.forEach((value, index) => {
    difference = Math.max(difference, Math.abs(value - theirs![index]!));
    largest = Math.max(largest, Math.abs(value));
  });
  return { difference, largest };
}

/** The same for all: numbers of one generator (Numerical Recipes), whose upper bits count. */
function noise(batch: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length: batch * sizePx * sizePx * 3 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

Object.assign(globalThis, { bench: page });
