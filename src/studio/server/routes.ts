/** @file The addresses of the studio. */

import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { zipSync } from 'fflate';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import { streamSSE } from 'hono/streaming';
import { type ErrorCode, GraftError } from '../../core/errors/graft-error.ts';
import { EXPORT_FORMATS } from '../../node/export/export-model-file.ts';
import type { ExportFormat } from '../../node/export/export-report.ts';
import { inFieldWords } from '../project/field-words.ts';
import type { HeatMapSize } from './explanations.ts';
import type { FolderStudio } from './folder-studio.ts';
import type { News } from './news.ts';
import { withSlashes } from './project-paths.ts';
import { type GuardOptions, guard } from './request-guard.ts';
import { QUESTIONS } from './requests.ts';

/** Of a question; and of images, of which a page sends some at a time. */
const MAX_QUESTION_BYTES = 16e6;
const MAX_IMAGES_BYTES = 256e6;
/** A connection that says nothing is given up by what stands between. */
const SIGN_OF_LIFE_MS = 15_000;

/** The page's own files, from `dist/studio/server/` and from `dist/node/bundled/`. */
const APP = new URL('../../studio/app/', import.meta.url);
const APP_FILES: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'app.js': 'text/javascript; charset=utf-8',
  'app.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

const STATUS: Partial<Record<ErrorCode, 400 | 404 | 409 | 507>> = {
  'file-not-found': 404,
  'file-exists': 409,
  'file-write': 507,
};

/** @param studio - What the addresses stand for. */
export function createRoutes(studio: FolderStudio, options: GuardOptions): Hono {
  const app = new Hono();
  app.use(guard(options));
  app.get('/', (context) => appFile(context, 'index.html'));
  for (const name of Object.keys(APP_FILES)) app.get(`/${name}`, (context) => appFile(context, name));
  app.get('/api/events', (context) => streamNews(context, studio));
  app.get('/image/:hash{[0-9a-f]{64}}', async (context) => {
    const image = await studio.project.contents.read(context.req.param('hash'));
    return image === undefined ? context.notFound() : content(context, image.bytes, image.type);
  });
  app.get('/thumbnail/:hash{[0-9a-f]{64}}', async (context) => {
    const bytes = await studio.project.contents.thumbnail(context.req.param('hash'));
    return bytes === undefined ? context.notFound() : content(context, bytes, 'image/webp');
  });
  app.get('/heat/:size{small|large}/:hash{[0-9a-f]{64}}/:run', async (context) => {
    const { size, hash, run } = context.req.param();
    const className = context.req.query('class');
    const asked = { size: size as HeatMapSize, hash, className };
    const bytes = await studio.insights.heatMap(run, asked);
    if (bytes === undefined) return context.notFound();
    return context.body(new Uint8Array(bytes), 200, { 'Content-Type': 'image/png' });
  });
  app.get('/download/:format/:run', async (context) => {
    const { format, run } = context.req.param();
    if (format !== 'model' && !(EXPORT_FORMATS as readonly string[]).includes(format))
      return context.notFound();
    return download(context, await studio.exported(run, format as ExportFormat | 'model'));
  });
  app.post('/api/add', limit(MAX_IMAGES_BYTES), async (context) => context.json(await add(context, studio)));
  app.post('/api/try/:run', limit(MAX_IMAGES_BYTES), async (context) => {
    const bytes = new Uint8Array(await context.req.arrayBuffer());
    return context.json(await studio.insights.try(context.req.param('run'), bytes));
  });
  app.post('/api/:question', limit(MAX_QUESTION_BYTES), async (context) => {
    const question = QUESTIONS.get(context.req.param('question'));
    if (question === undefined) return context.notFound();
    const body = question.body.safeParse(await context.req.json().catch(() => undefined));
    if (!body.success) {
      const [issue] = body.error.issues;
      return context.json({ error: `request: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}` }, 400);
    }
    return context.json((await question.ask(studio, body.data)) ?? null);
  });
  app.notFound((context) => context.json({ error: 'There is nothing of that name.' }, 404));
  app.onError((error, context) => {
    if (error instanceof HTTPException) return context.json({ error: error.message }, error.status);
    if (error instanceof GraftError)
      return context.json({ error: inFieldWords(error.message) }, STATUS[error.code] ?? 400);
    return context.json({ error: `This should not happen; please report it. ${error.message}` }, 500);
  });
  return app;
}

function limit(maxSize: number): ReturnType<typeof bodyLimit> {
  return bodyLimit({
    maxSize,
    onError: (context) => context.json({ error: 'That is too much at once.' }, 413),
  });
}

async function appFile(context: Context, name: string): Promise<Response> {
  const bytes = await readFile(new URL(name, APP));
  return context.body(new Uint8Array(bytes), 200, { 'Content-Type': APP_FILES[name]! });
}

/** What has the hash never changes. */
function content(context: Context, bytes: Uint8Array, type: string): Response {
  return context.body(new Uint8Array(bytes), 200, {
    'Content-Type': type,
    'Cache-Control': 'private, max-age=31536000, immutable',
  });
}

async function add(context: Context, studio: FolderStudio): Promise<unknown> {
  const form = await context.req.formData().catch(() => undefined);
  const className = form?.get('className');
  const group = form?.get('group');
  const files = (form?.getAll('files') ?? []).filter((each) => typeof each !== 'string');
  if (typeof className !== 'string' || typeof group !== 'string' || group.length > 100) {
    throw new HTTPException(400, { message: 'request: expected a class, a group and files.' });
  }
  const added = await Promise.all(
    files.map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })),
  );
  return studio.add(className, added, group);
}

function streamNews(context: Context, studio: FolderStudio): Response {
  const last = Number.parseInt(context.req.header('last-event-id') ?? '', 10);
  return streamSSE(context, async (stream) => {
    const send = ({ id, event }: News): Promise<void> =>
      stream.writeSSE({ id: String(id), event: 'news', data: JSON.stringify(event) });
    // In their order, also where the page is slower than what is told.
    let turn = Promise.resolve();
    const queue = (news: News): void => {
      turn = turn.then(() => send(news)).catch(() => undefined);
    };
    const end = studio.news.listen(queue);
    studio.news.since(Number.isNaN(last) ? undefined : last).forEach(queue);
    await new Promise<void>((resolve) => {
      const beat = setInterval(() => void stream.write(': \n\n').catch(() => undefined), SIGN_OF_LIFE_MS);
      stream.onAbort(() => {
        clearInterval(beat);
        end();
        resolve();
      });
    });
  });
}

/** By the name that the snippets of the page have. */
async function download(context: Context, path: string): Promise<Response> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return context.notFound();
  const [bytes, name] = found.isDirectory()
    ? [zipSync(await filesOf(path), { level: 0 }), `${basename(path)}.zip`]
    : [await readFile(path), basename(path)];
  return context.body(new Uint8Array(bytes), 200, {
    'Content-Type': 'application/octet-stream',
    'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
  });
}

async function filesOf(folder: string): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files[withSlashes(relative(folder, path))] = await readFile(path);
  }
  return files;
}
