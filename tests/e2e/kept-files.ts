/** @file A file system for the pages of a browser that has none: the server's side of kept-files-program.ts. */

import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { SiteAddition } from './site-server.ts';

/** Files in memory, by their paths; folders are there as long as something is in them. */
export async function keepFiles(): Promise<SiteAddition> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('kept-files-program.ts', import.meta.url))],
    write: false,
    format: 'iife',
    logLevel: 'error',
  });
  const files = new Map<string, Uint8Array>();
  return {
    program: outputFiles[0]!.contents,
    async answer(request, response) {
      const path = decodeURIComponent(request.url!);
      if (!path.startsWith('/kept/')) return false;
      const body = await buffer(request);
      if (request.method === 'PUT') files.set(path, body);
      if (request.method === 'DELETE') {
        for (const each of files.keys()) if (`${each}/`.startsWith(`${path}/`)) files.delete(each);
      }
      const content = path.endsWith('/') ? namesIn(path) : files.get(path);
      response.statusCode = content === undefined && request.method !== 'DELETE' ? 404 : 200;
      response.end(content);
      return true;
    },
  };

  function namesIn(folder: string): string {
    const below = [...files.keys()].filter((path) => path.startsWith(folder));
    return JSON.stringify([...new Set(below.map((path) => path.slice(folder.length).split('/')[0]))]);
  }
}
