/**
 * @file The service worker of the studio in a browser: the page's own files, which it keeps for times without a network; images and
 * downloads out of what the browser keeps; and on all of it the headers that let threads share memory.
 */

import { detectImageFormat, FORMAT_BYTES } from '../../vision/images/image-format.ts';
import { exportName, isStudioFormat } from '../engine/export-kinds.ts';
import type { ClaimOrder, HeatMapQuestion } from './engine-messages.ts';
import { KeptFiles } from './kept-files.ts';
import { ARCHIVE, exportPlace, imagePlace, modelPlace, SAVED_TABLE, thumbnailPlace } from './kept-places.ts';

/** What `graft studio --build` has written: said in the first line of this file. */
declare const GRAFT_SITE: {
  readonly version: string;
  readonly files: readonly string[];
  /** What is kept once it was asked for. */
  readonly later: readonly string[];
};

/** Of a service worker's globals, what is used. */
interface LastingEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface AskedEvent extends LastingEvent {
  readonly request: Request;
  readonly clientId: string;
  respondWith(response: Promise<Response>): void;
}
interface ServiceScope {
  readonly registration: { readonly scope: string };
  readonly clients: {
    claim(): Promise<void>;
    get(id: string): Promise<{ postMessage(message: unknown, transfer: MessagePort[]): void } | undefined>;
  };
  addEventListener(type: 'install' | 'activate', hear: (event: LastingEvent) => void): void;
  addEventListener(type: 'fetch', hear: (event: AskedEvent) => void): void;
  addEventListener(type: 'message', hear: (event: LastingEvent & MessageEvent<ClaimOrder>) => void): void;
}
const service = globalThis as unknown as ServiceScope;

const CACHES = 'graft-studio-';
const CACHE = CACHES + GRAFT_SITE.version;
/** A page may be long in computing one. */
const HEAT_MAP_MS = 60_000;

const POLICY = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

service.addEventListener('install', (event) => event.waitUntil(keepSite()));
service.addEventListener('activate', (event) => event.waitUntil(takeOver()));
service.addEventListener('message', (event) => {
  if (event.data.type === 'claim') event.waitUntil(service.clients.claim());
});
service.addEventListener('fetch', (event) => {
  const { scope } = service.registration;
  const { method, url } = event.request;
  if (method === 'GET' && url.startsWith(scope)) event.respondWith(answer(event, url.slice(scope.length)));
});

async function keepSite(): Promise<void> {
  const cache = await caches.open(CACHE);
  // Past the browser's cache, which may have files of an earlier version.
  await cache.addAll(GRAFT_SITE.files.map((path) => new Request(path, { cache: 'reload' })));
}

/** Of earlier versions, files go; what a person has made is elsewhere. */
async function takeOver(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith(CACHES) && name !== CACHE) await caches.delete(name);
  }
  await service.clients.claim();
}

async function answer(event: AskedEvent, asked: string): Promise<Response> {
  const [path = '', search = ''] = asked.split(/[?#]/);
  const [kind, ...rest] = path.split('/');
  const names = rest.map(decodeURIComponent);
  if (kind === 'image') return image(imagePlace(names[0]!));
  if (kind === 'thumbnail') return image(thumbnailPlace(names[0]!));
  if (kind === 'heat') return heatMap(event, names, new URLSearchParams(search).get('class') ?? undefined);
  if (kind === 'download') return download(names[0]!, names[1]!);
  const cache = await caches.open(CACHE);
  const kept = await cache.match(path === '' ? 'index.html' : path);
  const response = kept ?? (await fetch(event.request));
  if (response.status === 0) return response;
  if (kept === undefined && response.ok && GRAFT_SITE.later.includes(path))
    await cache.put(path, response.clone()).catch(() => undefined);
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(POLICY)) headers.set(name, value);
  return new Response(response.body, { status: response.status, headers });
}

async function image(place: string): Promise<Response> {
  const file = isPlain(place) ? await (await KeptFiles.open()).read(place) : undefined;
  if (file === undefined) return notFound();
  const format = detectImageFormat(new Uint8Array(await file.slice(0, FORMAT_BYTES).arrayBuffer()));
  return new Response(file, {
    headers: {
      ...POLICY,
      'Content-Type': `image/${format ?? 'webp'}`,
      // What has the hash never changes.
      'Cache-Control': 'private, max-age=31536000, immutable',
    },
  });
}

async function download(format: string, run: string): Promise<Response> {
  const [place, name] =
    format === 'project'
      ? [ARCHIVE, `${run}.zip`]
      : format === 'table'
        ? [SAVED_TABLE, run]
        : isStudioFormat(format)
          ? [exportPlace(run, format), exportName(run, format)]
          : [modelPlace(run), 'model.onnx'];
  const file = isPlain(place) ? await (await KeptFiles.open()).read(place) : undefined;
  if (file === undefined) return notFound();
  return new Response(file, {
    headers: {
      ...POLICY,
      'Content-Type': 'application/octet-stream',
      'Content-Length': String(file.size),
      'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
    },
  });
}

/** Computed where the models are: by the page's worker. */
async function heatMap(
  event: AskedEvent,
  [size, hash, run]: readonly string[],
  className: string | undefined,
): Promise<Response> {
  const page = await service.clients.get(event.clientId);
  if (page === undefined) return notFound();
  const { port1, port2 } = new MessageChannel();
  const answered = new Promise<Blob | null>((resolve) => {
    port1.onmessage = ({ data }) => resolve(data as Blob | null);
    setTimeout(() => resolve(null), HEAT_MAP_MS);
  });
  const request = { run: run!, hash: hash!, size: size === 'small' ? 'small' : 'large', className } as const;
  page.postMessage({ type: 'heat-map', request } satisfies HeatMapQuestion, [port2]);
  const png = await answered;
  return png === null ? notFound() : new Response(png, { headers: POLICY });
}

function notFound(): Response {
  return new Response('There is nothing of that name.', { status: 404, headers: POLICY });
}

/** Names of the studio's own making lead nowhere else. */
function isPlain(place: string): boolean {
  return place.split('/').every((name) => /^\w[\w. -]*$/.test(name));
}
