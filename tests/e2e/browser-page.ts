/** @file The program of the page that `browser.test.ts` opens: it uses Graft as a bundler's user does. */

// As whoever installs it: a bundler takes what is for browsers.
import { TextClassifier } from 'graft-ml';
import {
  backboneOfConfig,
  createWebRuntime,
  encodeClassifier,
  findPretrainedConfig,
  GraftError,
  PixelClassifier,
  readSafetensors,
  readWeights,
  trainHead,
} from '../../dist/web/index.js';

/** What the test asks the page for. Binary parts are files of the server. */
export interface PageFunctions {
  /** Probabilities of all images, `[N][classes]` in the model's order. */
  predict(model: string, pixels: string, count: number): Promise<number[][]>;
  /** What a model of texts says of some, `[N][classes]` in the model's order. */
  predictTexts(model: string, texts: readonly string[]): Promise<number[][]>;
  /** Trains, leaves the model file at `model`, and tells how it went. */
  train(request: TrainRequest): Promise<TrainReport>;
  /** The same in a worker. */
  trainInWorker(request: TrainRequest): Promise<TrainReport>;
  /** Reads files of weights, each by itself, and gives the names of tensors with the sums of their numbers. */
  readWeights(names: readonly string[]): Promise<Record<string, number>[]>;
  /** What the model says if it is asked to load a damaged file: the message. */
  refuse(model: string): Promise<string>;
}

export interface TrainRequest {
  readonly weights: string;
  readonly sizePx: number;
  readonly classNames: readonly string[];
  readonly train: { readonly pixels: string; readonly labels: readonly number[] };
  readonly validation: { readonly pixels: string; readonly labels: readonly number[] };
  readonly recipe: { readonly head: string; readonly epochs: number };
  /** Where the model file is put. */
  readonly model: string;
}

export interface TrainReport {
  readonly epochs: number;
  readonly accuracy: number;
  readonly loss: number;
  readonly threads: number;
  readonly isIsolated: boolean;
}

const runtime = createWebRuntime({ wasmFolder: '/ort/', kernelFolder: '/kernels/' });

async function fetchBytes(name: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetch(`/files/${name}`)).arrayBuffer());
}

const functions: Omit<PageFunctions, 'trainInWorker'> = {
  async predict(model, pixels, count) {
    const classifier = await PixelClassifier.load(await fetchBytes(model), { runtime });
    const values = await classifier.predictPixels(await fetchBytes(pixels), count);
    const predictions = await classifier.predict(await fetchBytes(pixels), count);
    await classifier.dispose();
    const width = classifier.classNames.length;
    return predictions.map(({ probabilities }, row) => {
      const own = [...values.subarray(row * width, (row + 1) * width)];
      if (classifier.classNames.some((name, column) => probabilities[name] !== own[column]))
        throw new Error('predict and predictPixels differ');
      return own;
    });
  },
  async predictTexts(model, texts) {
    const classifier = await TextClassifier.load(await fetchBytes(model), { runtime });
    const predictions = await classifier.predict(texts);
    await classifier.dispose();
    return predictions.map((prediction) => {
      if (!('label' in prediction)) throw new Error('expected classes');
      return classifier.classNames.map((name) => prediction.probabilities[name]!);
    });
  },
  async train({ weights, sizePx, classNames, train, validation, recipe, model }) {
    const pretrainedConfig = findPretrainedConfig('mobilenet_v2_openimages');
    const file = readSafetensors(await fetchBytes(weights), 'weights');
    const backbone = await backboneOfConfig(pretrainedConfig, file, {
      inputShape: [sizePx, sizePx, 3],
      upToCut: true,
    });
    const trained = await trainHead({
      backbone,
      classNames,
      train: { pixels: await fetchBytes(train.pixels), labels: train.labels },
      validation: { pixels: await fetchBytes(validation.pixels), labels: validation.labels },
      recipe,
      runtime,
    });
    await fetch(`/files/${model}`, { method: 'PUT', body: encodeClassifier(trained) as never });
    const { accuracy, loss } = trained.validation;
    const epochs = trained.history.epochs.length;
    const { crossOriginIsolated = false } = globalThis as { crossOriginIsolated?: boolean };
    return { epochs, accuracy, loss, threads: runtime.threads, isIsolated: crossOriginIsolated };
  },
  async readWeights(names) {
    const read: Record<string, number>[] = [];
    for (const name of names) {
      const { tensors } = await readWeights({ [name]: await fetchBytes(name) });
      const sums = [...tensors].map(
        ([key, { data }]) => [key, data.reduce((sum: number, value: number) => sum + value, 0)] as const,
      );
      read.push(Object.fromEntries(sums));
    }
    return read;
  },
  async refuse(model) {
    try {
      await PixelClassifier.load(await fetchBytes(model), { runtime });
      return 'nothing was refused';
    } catch (error) {
      return error instanceof GraftError ? error.message : `no GraftError: ${String(error)}`;
    }
  },
};

/** What is used of a page's or a worker's globals. */
const scope = globalThis as unknown as {
  readonly WorkerGlobalScope?: unknown;
  readonly Worker: new (
    address: string,
    options: { type: 'module' },
  ) => {
    onmessage: (event: { readonly data: TrainReport | Error }) => void;
    postMessage(request: TrainRequest): void;
  };
  onmessage: (event: { readonly data: TrainRequest }) => void;
  postMessage(report: TrainReport | Error): void;
};

/** The same program in a worker, where it trains what it is sent. */
function trainInWorker(request: TrainRequest): Promise<TrainReport> {
  return new Promise((resolve, reject) => {
    const worker = new scope.Worker('/page.js', { type: 'module' });
    worker.onmessage = ({ data }) => (data instanceof Error ? reject(data) : resolve(data));
    worker.postMessage(request);
  });
}

if (scope.WorkerGlobalScope === undefined)
  Object.assign(globalThis, { graft: { ...functions, trainInWorker } });
else {
  scope.onmessage = async ({ data }) => {
    scope.postMessage(await functions.train(data).catch((error: Error) => error));
  };
}
