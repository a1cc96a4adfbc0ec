/** @file A web server on this machine that serves one file, well or badly, as a script of answers says. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** One answer. `content` is what the server holds at that time. */
export type Respond = (request: IncomingMessage, response: ServerResponse, content: Buffer) => void;

export interface FileServer {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  /** The requests so far: path, range. */
  readonly requests: { readonly path: string; readonly range: string | undefined }[];
  /** What it serves from now on. */
  content: Buffer;
  /** Tells that the client has so many bytes: breaks the connections that were to break there. */
  reached(bytes: number): void;
}

/**
 * Starts a server that ends with the test.
 *
 * @param script - The first requests are answered by these, in turn; all further ones by the last.
 */
export async function fileServer(content: Buffer, ...script: Respond[]): Promise<FileServer> {
  const requests: { path: string; range: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const answer = script[Math.min(requests.length, script.length - 1)] ?? well;
    requests.push({ path: request.url ?? '', range: request.headers.range });
    answer(request, response, files.content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const files = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    content,
    reached(bytes: number): void {
      for (const [response, end] of toBreak) {
        if (bytes < end) continue;
        toBreak.delete(response);
        response.destroy();
      }
    },
  };
  return files;
}

/** `http://127.0.0.1:PORT` of a port where nobody listens. */
export async function silentOrigin(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

/** As a good server does: ETag, Range, If-Range, 416. */
export const well: Respond = (request, response, content) => {
  const etag = etagOf(content);
  const start = askedStart(request, etag);
  if (start >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    return;
  }
  const head = { etag, 'accept-ranges': 'bytes', 'content-length': content.length - start };
  if (start === 0) response.writeHead(200, head);
  else {
    const range = `bytes ${start}-${content.length - 1}/${content.length}`;
    response.writeHead(206, { ...head, 'content-range': range });
  }
  response.end(content.subarray(start));
};

/** Responses that break off when the client has so many bytes; a client may lose what it has not looked at yet. */
const toBreak = new Map<ServerResponse, number>();

/** Serves well, and breaks the connection after so many bytes, when {@link FileServer.reached} tells of them. */
export function breakingAfter(bytes: number): Respond {
  return (request, response, content) => {
    const etag = etagOf(content);
    const start = askedStart(request, etag);
    const head = { etag, 'content-length': content.length - start };
    if (start === 0) response.writeHead(200, head);
    else {
      const range = `bytes ${start}-${content.length - 1}/${content.length}`;
      response.writeHead(206, { ...head, 'content-range': range });
    }
    toBreak.set(response, start + bytes);
    response.write(content.subarray(start, start + bytes));
  };
}

/** Sends the whole file whatever was asked for, without any ETag. */
export const plain: Respond = (_, response, content) => {
  response.writeHead(200, { 'content-length': content.length }).end(content);
};

/** An answer without the file. */
export function status(code: number, headers: Record<string, string> = {}): Respond {
  return (_, response) => {
    response.writeHead(code, headers).end('sorry');
  };
}

function askedStart(request: IncomingMessage, etag: string): number {
  const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
  const isSame = request.headers['if-range'] === undefined || request.headers['if-range'] === etag;
  return asked && isSame ? Number(asked[1]) : 0;
}

function etagOf(content: Buffer): string {
  return `"${content.length}-${content[0] ?? 0}"`;
}
