/** @file Serves a page with the bundled program, ONNX Runtime's files, the kernels, the network for texts, and files that a test puts there. */

import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { basename, dirname, extname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { findUseLite } from '../../src/node/text/use-lite-files.ts';

const PROGRAM = fileURLToPath(new URL('browser-page.ts', import.meta.url));
const KERNELS = fileURLToPath(new URL('../../dist/core/kernels/build/', import.meta.url));
const ORT = dirname(createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm'));

const VIPS = dirname(createRequire(import.meta.url).resolve('wasm-vips/vips.wasm'));

const FOLDERS: Readonly<Record<string, string>> = {
  ort: ORT,
  kernels: KERNELS,
  vips: VIPS,
  use_lite: findUseLite()!,
};

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

export interface PageServer {
  /** Of a page whose threads may share memory, and of one whose may not. */
  readonly addresses: { readonly isolated: string; readonly plain: string };
  /** By name; the page may put some, too. */
  readonly files: Map<string, Uint8Array>;
  close(): Promise<void>;
}

/** @param entryPoints - Programs by their names; `page` is the page's. */
export async function startPageServer(
  entryPoints: Readonly<Record<string, string>> = { page: PROGRAM },
): Promise<PageServer> {
  const { outputFiles } = await build({
    entryPoints: { ...entryPoints },
    outdir: 'programs',
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'esm',
    logLevel: 'error',
  });
  const files = new Map<string, Uint8Array>();
  const programs = new Map(outputFiles.map(({ path, contents }) => [`/${basename(path)}`, contents]));
  const servers = await Promise.all([true, false].map((isolated) => listen({ files, programs, isolated })));
  const [isolated, plain] = servers.map(
    (server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
  );
  return {
    addresses: { isolated: isolated!, plain: plain! },
    files,
    close: async () => {
      for (const server of servers) server.close();
    },
  };
}

interface Served {
  readonly files: Map<string, Uint8Array>;
  /** By their paths. */
  readonly programs: ReadonlyMap<string, Uint8Array>;
  readonly isolated: boolean;
}

async function listen({ files, programs, isolated }: Served): Promise<Server> {
  const page = Buffer.from(
    '<!doctype html><meta charset="utf-8"><script type="module" src="/page.js"></script>',
  );
  const contentOf = async (path: string): Promise<Uint8Array | undefined> => {
    if (path === '/') return page;
    if (programs.has(path)) return programs.get(path);
    const [, folder, name] = /^\/(ort|kernels|vips|use_lite|files)\/([\w.-]+)$/.exec(path) ?? [];
    if (folder === 'files') return files.get(name!);
    if (folder === undefined) return undefined;
    return readFile(join(FOLDERS[folder]!, name!)).catch(() => undefined);
  };
  const server = createServer(async (request, response) => {
    const path = request.url!;
    if (request.method === 'PUT') {
      files.set(path.replace('/files/', ''), await buffer(request));
      response.end();
      return;
    }
    const content = await contentOf(path);
    response.statusCode = content === undefined ? 404 : 200;
    response.setHeader(
      'Content-Type',
      TYPES[path === '/' ? '.html' : extname(path)] ?? 'application/octet-stream',
    );
    if (isolated) {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    }
    response.end(content);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return server;
}
