/** @file The page of bench/browser-training.ts: images become a model, by Graft and by Teachable Machine's library. */

import { clearStoredFeatures, train } from '../src/web/index.ts';

/** What is asked of the page. Images are files of the server. */
export interface BenchFunctions {
  graft(classes: Classes, recipe: object): Promise<BenchTraining>;
  teachable(classes: Classes): Promise<BenchTraining>;
}

/** Names of files by class. */
export type Classes = Readonly<Record<string, readonly string[]>>;

export interface BenchTraining {
  /** From files to a trained model, with all that has to be loaded first. */
  readonly seconds: number;
  /** Until the first epoch. */
  readonly featureSeconds: number;
  readonly accuracy: number;
  readonly epochs: number;
  readonly backend: string;
  readonly threads: number;
}

interface Teachable {
  createTeachable(metadata: object, options: object): Promise<TeachableModel>;
}
interface TeachableModel {
  setLabels(labels: readonly string[]): void;
  addExample(label: number, image: unknown): Promise<void>;
  train(
    params: object,
    callbacks: { onEpochEnd(epoch: number, logs: Readonly<Record<string, number>>): void },
  ): Promise<unknown>;
}

const FETCHED_AT_ONCE = 50;

/** What is used of the page's globals. */
const page = globalThis as unknown as {
  readonly crossOriginIsolated: boolean;
  readonly navigator: { readonly hardwareConcurrency: number };
  readonly document: {
    createElement(
      name: string,
    ): { src: string; onload: () => void; onerror: () => void } & Record<string, unknown>;
    readonly head: { append(element: unknown): void };
  };
  readonly Worker: new (address: string, options: object) => never;
  createImageBitmap(image: Blob): Promise<{ readonly width: number; readonly height: number; close(): void }>;
  readonly tf: { getBackend(): string };
  readonly tmImage: Teachable;
};

const functions: BenchFunctions = {
  async graft(classes, recipe) {
    const images = await filesOf(classes);
    await clearStoredFeatures();
    const started = performance.now();
    let featureSeconds = 0;
    const { report } = await train(images, {
      recipe,
      backbone: '/files/backbone.safetensors',
      worker: () => new page.Worker('/worker.js', { type: 'module' }),
      wasmFolder: '/ort/',
      kernelFolder: '/kernels/',
      onEvent: ({ type }) => {
        if (type === 'epoch' && featureSeconds === 0) featureSeconds = (performance.now() - started) / 1000;
      },
    });
    const seconds = (performance.now() - started) / 1000;
    const { validation, epochs } = report;
    if (!('accuracy' in validation)) throw new Error('expected classes');
    return {
      seconds,
      featureSeconds,
      accuracy: validation.accuracy,
      epochs,
      backend: 'onnxruntime-web, wasm',
      threads: page.navigator.hardwareConcurrency,
    };
  },
  async teachable(classes) {
    for (const name of ['tf.min.js', 'teachablemachine-image.min.js']) await load(`/files/${name}`);
    const images = await filesOf(classes);
    const started = performance.now();
    const model = await page.tmImage.createTeachable(
      { tfjsVersion: '1.3.1' },
      { version: 2, checkpointUrl: '/files/model.json', trainingLayer: 'out_relu' },
    );
    model.setLabels(Object.keys(classes));
    for (const [label, files] of Object.values(images).entries()) {
      for (const file of files) {
        const bitmap = await page.createImageBitmap(file);
        const canvas = page.document.createElement('canvas') as unknown as {
          width: number;
          height: number;
          getContext(kind: '2d'): { drawImage(image: unknown, x: number, y: number): void };
        };
        canvas.width = bitmap.width;
        canvas.height = bitmap.height;
        canvas.getContext('2d').drawImage(bitmap, 0, 0);
        bitmap.close();
        await model.addExample(label, canvas);
      }
    }
    const featureSeconds = (performance.now() - started) / 1000;
    let [accuracy, epochs] = [0, 0];
    await model.train(
      { denseUnits: 100, epochs: 50, learningRate: 0.001, batchSize: 16 },
      {
        onEpochEnd(_, logs) {
          epochs++;
          accuracy = logs['val_acc'] ?? 0;
        },
      },
    );
    const seconds = (performance.now() - started) / 1000;
    return {
      seconds,
      featureSeconds,
      accuracy,
      epochs,
      backend: `TensorFlow.js 1.3.1, ${page.tf.getBackend()}`,
      threads: 1,
    };
  },
};

/** Some at a time: thousands at once are more than a browser asks for. */
async function filesOf(classes: Classes): Promise<Record<string, File[]>> {
  const all: Record<string, File[]> = {};
  for (const [className, names] of Object.entries(classes)) {
    const files: File[] = [];
    for (let start = 0; start < names.length; start += FETCHED_AT_ONCE)
      files.push(...(await Promise.all(names.slice(start, start + FETCHED_AT_ONCE).map(fileOf))));
    all[className] = files;
  }
  return all;
}

async function fileOf(name: string): Promise<File> {
  const response = await fetch(`/files/${name}`);
  return new File([await response.arrayBuffer()], name);
}

function load(address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = page.document.createElement('script');
    script.onload = () => resolve();
    script.onerror = () => reject(new Error(`no ${address}`));
    script.src = address;
    page.document.head.append(script);
  });
}

Object.assign(globalThis, { bench: functions });
