/** @file Starts the studio: its server for one folder, that this machine alone can reach. */

import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { type ServerType, serve } from '@hono/node-server';
import { GraftError } from '../../core/errors/graft-error.ts';
import { FolderStudio } from './folder-studio.ts';
import { createRoutes } from './routes.ts';

export interface StudioOptions {
  /** Default: any that is free. */
  readonly port?: number | undefined;
  /** Where runs go, in `graft-runs`. Default: the working folder. */
  readonly cwd?: string | undefined;
}

/** A studio that listens. */
export interface RunningStudio {
  /** With the token, which every browser needs once. */
  readonly address: string;
  /** The project's folder, in full. */
  readonly folder: string;
  /** Ends it: a training that runs is stopped after its step, and keeps its best epoch. */
  close(): Promise<void>;
}

/**
 * Opens a folder of class folders in the studio.
 *
 * @param folder - Made where it is not there.
 * @throws {GraftError} `dataset`, `file-exists`, `file-write` of the folder; `argument`, if the port is taken.
 */
export async function startStudio(folder: string, options: StudioOptions = {}): Promise<RunningStudio> {
  const { port: wanted = 0, cwd = process.cwd() } = options;
  const studio = await FolderStudio.open(folder, cwd);
  const token = randomBytes(24).toString('base64url');
  let port = wanted;
  const { fetch } = createRoutes(studio, { token, port: () => port });
  let server: ServerType;
  try {
    server = await listen(fetch, wanted);
  } catch (error) {
    await studio.close();
    throw error;
  }
  port = (server.address() as AddressInfo).port;
  return {
    address: `http://127.0.0.1:${port}/?token=${token}`,
    folder: studio.project.root,
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      });
      await studio.close();
    },
  };
}

function listen(fetch: Parameters<typeof serve>[0]['fetch'], port: number): Promise<ServerType> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, port, hostname: '127.0.0.1' }, () => resolve(server));
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        new GraftError(
          'argument',
          {
            where: 'studio',
            expected: `port ${port} to be free`,
            received: cause.code === 'EADDRINUSE' ? 'one that another program uses' : cause.message,
            advice: 'Leave out --port, or give another one.',
          },
          { cause },
        ),
      );
    });
  });
}
