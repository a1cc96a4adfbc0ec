/** @file The engine in the browser, seen from the page: what the studio asks goes to a worker, images come from the service worker. */

import { STUDIO_FORMATS, type StudioFormat } from '../engine/export-kinds.ts';
import type { AddedFile, FilesOfClass } from '../engine/project-state.ts';
import type { StudioEngine, StudioEvent } from '../engine/studio-engine.ts';
import type { TrainingState } from '../engine/training-state.ts';
import type { EngineMessage, EngineMethods, EngineQuestion, HeatMapQuestion } from './engine-messages.ts';

/** Starts the engine of this page. To be called once its service worker is there. */
export function browserEngine(): StudioEngine {
  const worker = new Worker('studio-worker.js', { type: 'module' });
  const waiting = new Map<number, Waiting>();
  /** What has been told before anybody listened. */
  let hear: (message: EngineMessage) => void = (message) => void early.push(message);
  const early: EngineMessage[] = [];
  let asked = 0;
  worker.addEventListener('message', ({ data }: MessageEvent<EngineMessage>) => {
    const question = 'id' in data ? waiting.get(data.id) : undefined;
    if (question === undefined || !('id' in data)) {
      hear(data);
      return;
    }
    waiting.delete(data.id);
    if (data.type === 'answer') question.resolve(data.value);
    else question.reject(new Error(data.message));
  });
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    hear({ type: 'refusal', id: 0, message: `The studio has stopped working: ${event.message}` });
  });
  const ask = (method: string, args: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = ++asked;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, method, args } satisfies EngineQuestion);
    });
  const methods = remoteMethods(ask);
  serveHeatMaps(methods);
  const warning = warnWhileTraining();
  const own = {
    place: 'browser' as const,
    formats: STUDIO_FORMATS,
    listen(...[onEvent, onState]: Parameters<StudioEngine['listen']>) {
      hear = (message) => {
        if (message.type === 'event') {
          warning.hear(message.event);
          onEvent(message.event);
        } else if (message.type === 'busy') {
          onState('Another tab or window has this project open. Close it, and this one goes on.');
        } else if (message.type === 'ready') onState(undefined);
        else if (message.type === 'refusal') onState(message.message);
      };
      for (const message of early.splice(0)) hear(message);
      return () => {
        hear = () => {};
      };
    },
    imageUrl: (hash: string) => `image/${hash}`,
    thumbnailUrl: (hash: string) => `thumbnail/${hash}`,
    heatMapUrl: (run: string, hash: string, size: string, className?: string) =>
      `heat/${size}/${hash}/${encodeURIComponent(run)}${className === undefined ? '' : `?class=${encodeURIComponent(className)}`}`,
    downloadUrl: (run: string, format: StudioFormat | 'model') =>
      `download/${format}/${encodeURIComponent(run)}`,
    keeping: {
      save: () => methods.save(),
      openTable: (table: AddedFile) => methods.openTable(table),
      openTexts: (folders: readonly FilesOfClass[]) => methods.openTexts(folders),
      clear: () => methods.clear(),
    },
  };
  return new Proxy(methods, {
    get: (_, name: string) =>
      Object.hasOwn(own, name) ? own[name as keyof typeof own] : methods[name as never],
  }) as EngineMethods & typeof own;
}

/** Who waits for an answer. */
interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Whatever an engine answers later, the worker answers. */
function remoteMethods(ask: (method: string, args: readonly unknown[]) => Promise<unknown>): EngineMethods {
  return new Proxy({} as EngineMethods, {
    get:
      (_, method: string) =>
      (...args: readonly unknown[]) =>
        ask(method, args),
  });
}

/** The service worker cannot compute them; it asks the page that shows them. */
function serveHeatMaps(methods: EngineMethods): void {
  navigator.serviceWorker.addEventListener('message', ({ data, ports }: MessageEvent<HeatMapQuestion>) => {
    if (data.type !== 'heat-map') return;
    methods.heatMap(data.request).then(
      (image) => ports[0]?.postMessage(image),
      () => ports[0]?.postMessage(null),
    );
  });
}

/** A closed page trains no more: the browser asks whether that is meant. */
function warnWhileTraining(): { hear(event: StudioEvent): void } {
  const running = new Set<string>();
  const note = ({ run, status }: TrainingState): void => {
    if (status === 'running' || status === 'waiting' || status === 'stopping') running.add(run);
    else running.delete(run);
  };
  addEventListener('beforeunload', (event) => {
    if (running.size > 0) event.preventDefault();
  });
  return {
    hear(event) {
      if (event.type === 'training') note(event.training);
      else if (event.type === 'trainings') event.trainings.forEach(note);
    },
  };
}
