/** @file A plain web server for a folder, as anybody has one: no headers but a type and a strict Content Security Policy. */

import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "connect-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "media-src 'self' blob:",
  "manifest-src 'self'",
].join('; ');

/** What a test puts before the programs of workers, and what answers them. */
export interface SiteAddition {
  /** Stands before a program that asks for files. */
  readonly program: Uint8Array;
  /** Answers what the program asks; false if the request is for something else. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
}

export interface SiteServer {
  /** Of the folder: it is not the root of the site. */
  readonly address: string;
  /** The paths that were asked for. */
  readonly asked: Set<string>;
  close(): Promise<void>;
}

export async function startSiteServer(folder: string, addition?: SiteAddition): Promise<SiteServer> {
  const asked = new Set<string>();
  const server = createServer(async (request, response) => {
    if (await addition?.answer(request, response)) return;
    const [path = ''] = request.url!.split('?');
    asked.add(path);
    const name = path === '/studio/' ? 'index.html' : normalize(path.replace(/^\/studio\//, ''));
    const bytes = path.startsWith('/studio/')
      ? await readFile(join(folder, name)).catch(() => undefined)
      : undefined;
    response.statusCode = bytes === undefined ? 404 : 200;
    response.setHeader('Content-Type', TYPES[extname(name)] ?? 'application/octet-stream');
    response.setHeader('Content-Security-Policy', POLICY);
    const asksForFiles = extname(name) === '.js' && bytes?.includes('getDirectory');
    response.end(addition && asksForFiles ? Buffer.concat([addition.program, bytes!]) : bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}/studio/`,
    asked,
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
