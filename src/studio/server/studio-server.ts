/** @file The server of the studio, which this machine alone can reach: it listens, and hands what is asked to the studio of one project. */

import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { type ServerType, serve } from '@hono/node-server';
import { GraftError } from '../../core/errors/graft-error.ts';
import { FolderStudio } from './folder-studio.ts';
import { createRoutes } from './routes.ts';

/** A server that listens. */
export interface StudioServer {
  readonly studio: FolderStudio;
  /** With the token. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * @param port - 0 for any that is free.
 * @throws {GraftError} As `FolderStudio.open`; `argument`, if the port is taken.
 */
export async function startServer(folder: string, cwd: string, wanted: number): Promise<StudioServer> {
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
    studio,
    address: `http://127.0.0.1:${port}/?token=${token}`,
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
