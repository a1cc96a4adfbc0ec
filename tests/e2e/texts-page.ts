/** @file The program of the page that `browser-texts.test.ts` opens: a classifier is trained there from texts. */

import {
  clearStoredFeatures,
  createWebRuntime,
  type LabeledTexts,
  TextClassifier,
  trainTexts,
} from '../../dist/web/index.js';

/** What the test asks the page for. */
export interface TextFunctions {
  train(request: TextTraining): Promise<TextTrained>;
  /** Aborts at the first event of a type, and gives the message of what follows. */
  interrupt(request: TextTraining, at: string): Promise<string>;
  /** Bytes that were removed. */
  clear(): Promise<number>;
}

export interface TextTraining {
  readonly texts: LabeledTexts;
  readonly recipe: Readonly<Record<string, unknown>>;
  readonly worker: boolean;
  readonly cache?: boolean;
  /** How the page has the network. Default: in its folder. */
  readonly backbone?: 'files' | 'elsewhere' | 'changed';
  readonly test?: LabeledTexts;
  /** Where the model file is put. */
  readonly model: string;
}

export interface TextTrained {
  /** Their types, in order; the same several times in a row once, and without those that come now and then. */
  readonly events: readonly string[];
  readonly report: Awaited<ReturnType<typeof trainTexts>>['report'];
  /** What the model says of the first text. */
  readonly first: string;
}

const folders = { wasmFolder: '/ort/', kernelFolder: '/kernels/' };
const FILES = [
  'model.json',
  'vocab.json',
  ...Array.from({ length: 7 }, (_, index) => `group1-shard${index + 1}of7`),
];

async function backboneOf(how: TextTraining['backbone']) {
  if (how === undefined) return undefined;
  if (how === 'elsewhere') return '/nowhere/';
  const files = FILES.map(async (name) => [name, await (await fetch(`/use_lite/${name}`)).blob()] as const);
  const own: Record<string, Blob | Uint8Array> = Object.fromEntries(await Promise.all(files));
  if (how === 'changed') own['vocab.json'] = new TextEncoder().encode('[]');
  return own;
}

async function run(
  { texts, recipe, worker, cache, backbone, test }: TextTraining,
  more: Parameters<typeof trainTexts>[1],
) {
  const { Worker } = globalThis as never as { Worker: new (address: string, options: object) => never };
  return trainTexts(texts, {
    recipe,
    cache,
    test,
    backbone: await backboneOf(backbone),
    worker: worker && (() => new Worker('/worker.js', { type: 'module' })),
    ...folders,
    ...more,
  });
}

const functions: TextFunctions = {
  async train(request) {
    const events: string[] = [];
    const { report, model } = await run(request, {
      onEvent: ({ type }) => {
        if (!['note', 'progress', 'step'].includes(type) && events.at(-1) !== type) events.push(type);
      },
    });
    await fetch(`/files/${request.model}`, { method: 'PUT', body: model });
    const classifier = await TextClassifier.load(model, { runtime: createWebRuntime(folders) });
    const { texts } = request;
    const [text] = Array.isArray(texts)
      ? [(texts[0] as { text: string }).text]
      : [...(Object.values(texts)[0] as string[])];
    const prediction = await classifier.predict(text!);
    await classifier.dispose();
    return { events, report, first: 'label' in prediction ? prediction.label : '' };
  },
  async interrupt(request, at) {
    const stop = new AbortController();
    try {
      const { report } = await run(request, {
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
  clear: () => clearStoredFeatures(),
};

Object.assign(globalThis, { graft: functions });
