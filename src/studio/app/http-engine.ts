/** @file The engine over HTTP: the server of `graft studio`, which has the files. */

import { STUDIO_FORMATS } from '../engine/export-kinds.ts';
import type { AddedFile, AddReport, ImageQuery } from '../engine/project-state.ts';
import type { StudioEngine, StudioEvent } from '../engine/studio-engine.ts';

/** Sent at once; more go one after the other. */
const BYTES_AT_ONCE = 24e6;
const FILES_AT_ONCE = 100;

const AWAY = 'The studio does not answer. Is graft studio still running? The page goes on when it is back.';

/** The server that this page is from. */
export function httpEngine(): StudioEngine {
  return {
    place: 'folder',
    formats: STUDIO_FORMATS,
    listen(onEvent, onConnection) {
      const source = new EventSource('/api/events');
      source.addEventListener('news', ({ data }) => onEvent(JSON.parse(data) as StudioEvent));
      source.addEventListener('open', () => onConnection(undefined));
      source.addEventListener('error', () => onConnection(AWAY));
      return () => source.close();
    },
    images: (query, from, count) => ask('images', { query: clean(query), from, count }),
    ids: (query) => ask('ids', { query: clean(query) }),
    imageUrl: (hash) => `/image/${hash}`,
    thumbnailUrl: (hash) => `/thumbnail/${hash}`,
    add: addFiles,
    makeClass: (className) => ask('make-class', { className }),
    renameClass: (className, to) => ask('rename-class', { className, to }),
    binClass: (className) => ask('bin-class', { className }),
    relabel: (ids, className) => ask('relabel', { ids, className }),
    acceptLabels: (ids) => ask('accept-labels', { ids }),
    bin: (ids) => ask('bin', { ids }),
    restore: (ids) => ask('restore', { ids }),
    undo: () => ask('undo', {}),
    redo: () => ask('redo', {}),
    rescan: () => ask('rescan', {}),
    check: () => ask('check', {}),
    stopCheck: () => ask('stop-check', {}),
    form: () => ask('form', {}),
    preflight: (choice) => ask('preflight', { choice }),
    train: (choice) => ask('train', { choice }),
    resume: (run) => ask('resume', { run }),
    stop: (run) => ask('stop', { run }),
    history: (run) => ask('history', { run }),
    judge: (run) => ask('judge', { run }),
    results: (run) => ask('results', { run }),
    explain: (run, hash, className) => ask('explain', { run, hash, className }),
    heatMapUrl: (run, hash, size, className) =>
      `/heat/${size}/${hash}/${encodeURIComponent(run)}${className === undefined ? '' : `?class=${encodeURIComponent(className)}`}`,
    neighbors: (run, hash) => ask('neighbors', { run, hash }),
    confidence: (run) => ask('confidence', { run }),
    thresholds: (run, className) => ask('thresholds', { run, className }),
    compare: (first, second) => ask('compare', { first, second }),
    setNote: (run, note) => ask('set-note', { run, note }),
    try: (run, example) => post(`/api/try/${encodeURIComponent(run)}`, example),
    export: (run, format) => ask('export', { run, format }),
    downloadUrl: (run, format) => `/download/${format}/${encodeURIComponent(run)}`,
  };
}

/** JSON leaves out what is undefined. */
function clean(query: ImageQuery): ImageQuery {
  return query.search === '' ? { ...query, search: undefined } : query;
}

function ask<T>(question: string, body: object): Promise<T> {
  return post(`/api/${question}`, JSON.stringify(body));
}

async function post<T>(address: string, body: BodyInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(address, { method: 'POST', body });
  } catch {
    throw new Error('The studio does not answer. Is graft studio still running?');
  }
  if (response.ok) return (await response.json()) as T;
  const text = await response.text();
  let message = text;
  try {
    message = (JSON.parse(text) as { readonly error: string }).error;
  } catch {
    // What is no document is the message itself.
  }
  throw new Error(message);
}

async function addFiles(className: string, files: readonly AddedFile[], group: string): Promise<AddReport> {
  let added = 0;
  const refused: { readonly name: string; readonly reason: string }[] = [];
  for (const batch of batches(files)) {
    const form = new FormData();
    form.set('className', className);
    form.set('group', group);
    for (const { name, bytes } of batch) form.append('files', bytes, name);
    const report = await post<AddReport>('/api/add', form);
    added += report.added;
    refused.push(...report.refused);
  }
  return { added, refused };
}

function* batches(files: readonly AddedFile[]): Generator<AddedFile[]> {
  let batch: AddedFile[] = [];
  let bytes = 0;
  for (const file of files) {
    if (batch.length > 0 && (batch.length === FILES_AT_ONCE || bytes + file.bytes.size > BYTES_AT_ONCE)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(file);
    bytes += file.bytes.size;
  }
  if (batch.length > 0) yield batch;
}
