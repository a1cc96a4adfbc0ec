/** @file The program of the page that `browser-training.test.ts` opens: a classifier is trained there from files. */

import {
  Classifier,
  captureImage,
  clearStoredFeatures,
  type SweepAxes,
  sweep,
  type TrainOptions,
  train,
} from '../../dist/web/index.js';

/** What the test asks the page for. Images and models are files of the server. */
export interface TrainingFunctions {
  train(request: PageTraining): Promise<PageTrained>;
  /** Tries every combination, and puts the model of the best at the request's place. */
  sweep(request: PageTraining, axes: SweepAxes): Promise<PageSwept>;
  /** Aborts at the first event of a type, and gives the message of what follows. */
  interrupt(request: PageTraining, at: string): Promise<string>;
  /** What a model says of files, of their pixels on a canvas, and of a video, `[image][classes]`. */
  predict(model: string, files: readonly string[]): Promise<number[][]>;
  /** The same of one frame of the webcam, and of the file that it is captured to. */
  predictVideo(model: string): Promise<{ readonly frame: number[]; readonly captured: number[] }>;
  /** Bytes that were removed. */
  clear(): Promise<number>;
}

export interface PageTraining {
  /** By class: names of files of the server, `cat/1.png`. */
  readonly images: Readonly<Record<string, readonly string[]>>;
  readonly recipe: Readonly<Record<string, unknown>>;
  /** The name of its program, or none: in the page's own thread. */
  readonly worker: 'worker' | 'threadless' | 'mortal' | 'exact' | false;
  readonly cache?: boolean;
  /** Default: as many as the browser says. */
  readonly threads?: number;
  /** Where the model file is put. */
  readonly model: string;
}

export interface PageTrained {
  /** Their types, in order; the same several times in a row once, and without those that come now and then. */
  readonly events: readonly string[];
  readonly notes: readonly string[];
  readonly classNames: readonly string[];
  readonly accuracy: number;
  readonly loss: number;
  readonly computed: number;
  readonly cached: number;
}

export interface PageSwept {
  readonly events: readonly string[];
  /** The best first. */
  readonly rows: readonly {
    readonly head: string;
    readonly learningRate: number;
    readonly accuracy: number;
  }[];
  readonly computed: number;
}

const folders = { wasmFolder: '/ort/', kernelFolder: '/kernels/' };

async function fetchFile(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(`/files/${encodeURIComponent(name)}`);
  if (!response.ok) throw new Error(`no file ${name}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function filesOf(images: PageTraining['images']): Promise<Record<string, File[]>> {
  const classes = Object.entries(images).map(async ([name, files]) => {
    const own = files.map(async (file) => new File([await fetchFile(file)], file.split('/').at(-1)!));
    return [name, await Promise.all(own)] as const;
  });
  return Object.fromEntries(await Promise.all(classes));
}

function startWorker(program: string): never {
  const { Worker } = globalThis as never as { Worker: new (address: string, options: object) => never };
  return new Worker(`/${program}.js`, { type: 'module' });
}

function optionsOf({ recipe, worker, cache, threads }: PageTraining) {
  return {
    recipe,
    cache,
    threads,
    backbone: '/files/backbone.safetensors',
    worker: worker && (() => startWorker(worker)),
    ...folders,
  };
}

async function runTraining(request: PageTraining, more: Pick<TrainOptions, 'onEvent' | 'signal'>) {
  return train(await filesOf(request.images), { ...optionsOf(request), ...more });
}

const functions: TrainingFunctions = {
  async train(request) {
    const events: string[] = [];
    const notes: string[] = [];
    const { report, model, save } = await runTraining(request, {
      onEvent: (event) => {
        const { type } = event;
        if (type === 'note') notes.push(event.text);
        if (!['note', 'progress', 'step'].includes(type) && events.at(-1) !== type) events.push(type);
      },
    });
    const saved = new Uint8Array(await save().arrayBuffer());
    if (saved.some((byte, index) => byte !== model[index])) throw new Error('save gives other bytes');
    await fetch(`/files/${request.model}`, { method: 'PUT', body: model });
    const { classNames, validation, features } = report;
    if (!('accuracy' in validation)) throw new Error('expected classes');
    const { accuracy, loss } = validation;
    return { events, notes, classNames, accuracy, loss, ...features };
  },
  async sweep(request, axes) {
    const events: string[] = [];
    const { report, model, save } = await sweep(await filesOf(request.images), {
      ...optionsOf(request),
      axes,
      onEvent: ({ type }) => {
        if (!['note', 'progress', 'step'].includes(type) && events.at(-1) !== type) events.push(type);
      },
    });
    const saved = new Uint8Array(await save().arrayBuffer());
    if (saved.some((byte, index) => byte !== model[index])) throw new Error('save gives other bytes');
    await fetch(`/files/${request.model}`, { method: 'PUT', body: model });
    const rows = report.rows.map(({ head, learningRate, validation: { accuracy } }) => ({
      head,
      learningRate,
      accuracy,
    }));
    return { events, rows, computed: report.features.computed };
  },
  async interrupt(request, at) {
    const stop = new AbortController();
    try {
      const { report } = await runTraining(request, {
        onEvent: ({ type }) => {
          if (type === at) stop.abort();
        },
        signal: stop.signal,
      });
      return `ended: ${report.ended}`;
    } catch (error) {
      return (error as Error).message;
    }
  },
  async predict(model, files) {
    const classifier = await open(model);
    const blobs = await Promise.all(files.map(async (file) => new Blob([await fetchFile(file)])));
    const predictions = await classifier.predict(blobs);
    await classifier.dispose();
    return predictions.map(({ probabilities }) => classifier.classNames.map((name) => probabilities[name]!));
  },
  async predictVideo(model) {
    const { document, navigator } = globalThis as never as {
      document: { createElement(name: 'video'): VideoLike };
      navigator: { mediaDevices: { getUserMedia(wanted: object): Promise<unknown> } };
    };
    const video = document.createElement('video');
    video.muted = true;
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: true });
    await video.play();
    video.pause();
    const classifier = await open(model);
    const [frame, captured] = await Promise.all([
      classifier.predict(video),
      captureImage(video).then((file) => classifier.predict(file)),
    ]);
    await classifier.dispose();
    const row = ({ probabilities }: typeof frame) =>
      classifier.classNames.map((name) => probabilities[name]!);
    return { frame: row(frame), captured: row(captured) };
  },
  clear: () => clearStoredFeatures(),
};

interface VideoLike {
  readonly videoWidth: number;
  readonly videoHeight: number;
  muted: boolean;
  srcObject: unknown;
  play(): Promise<void>;
  pause(): void;
}

async function open(model: string): Promise<Classifier> {
  const { createWebRuntime } = await import('../../dist/web/index.js');
  return Classifier.open(`/files/${model}`, { runtime: createWebRuntime(folders) });
}

Object.assign(globalThis, { graft: functions });
