/** @file The Hugging Face hub, as far as a model's files are fetched from it, on this machine; honest, or not. */

import { createHash } from 'node:crypto';
import type { Respond } from './file-server.ts';
import { fileServer, well } from './file-server.ts';

export interface HubModel {
  /** `OWNER/NAME`. */
  readonly repository: string;
  readonly files: Readonly<Record<string, Uint8Array | string>>;
}

export const COMMIT: string = 'c0ffee'.padEnd(40, '0');

/** What the hub says of a model: large files by SHA-256, small ones by git's hash. */
export function listing({ files }: HubModel): {
  sha: string;
  siblings: { rfilename: string; size?: number; blobId?: string; lfs?: { sha256: string; size: number } }[];
} {
  return {
    sha: COMMIT,
    siblings: Object.entries(files).map(([rfilename, content]) => {
      const bytes = Buffer.from(content);
      const hash = (algorithm: string, prefix: string): string =>
        createHash(algorithm).update(prefix).update(bytes).digest('hex');
      const size = bytes.length;
      const blobId = hash('sha1', `blob ${size}\0`);
      return rfilename.endsWith('.json')
        ? { rfilename, size, blobId }
        : { rfilename, size, blobId, lfs: { sha256: hash('sha256', ''), size } };
    }),
  };
}

/** Answers as the hub does. @param said - Default: the truth. */
export function hub(model: HubModel, said: unknown = listing(model)): Respond {
  return (request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://hub');
    const info = `/api/models/${model.repository}/revision/main`;
    const resolve = `/${model.repository}/resolve/${COMMIT}/`;
    const name = pathname.startsWith(resolve) ? pathname.slice(resolve.length) : '';
    if (pathname === info) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said));
    } else if (Object.hasOwn(model.files, name)) well(request, response, Buffer.from(model.files[name]!));
    else response.writeHead(404).end('Entry not found');
  };
}

/** Starts a hub that ends with the test. @returns Its address, and the paths that it is asked for. */
export async function hubServer(
  ...script: Respond[]
): Promise<{ readonly origin: string; readonly requests: readonly { readonly path: string }[] }> {
  return fileServer(Buffer.alloc(0), ...script);
}
