/** @file `graft studio` as a function: a studio that is open until somebody ends it. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { StudioEvent } from '../engine/studio-engine.ts';
import type { StudioServer } from './studio-server.ts';

/** How a studio is opened. */
export interface StudioOptions {
  /** From 1 to 65,535. Default: any that is free. */
  readonly port?: number | undefined;
  /** Where runs go, in `graft-runs`. Default: the working folder. */
  readonly cwd?: string | undefined;
  /**
   * Hears what the pages hear: first how all stands, then whatever changes, by whichever page or program. An event is plain data, and the
   * whole state of its subject. What it throws ends the studio, and `closed` rejects with it.
   */
  readonly onEvent?: ((event: StudioEvent) => void) | undefined;
  /** Ends the studio, as `close`. */
  readonly signal?: AbortSignal | undefined;
}

/** A studio that is open. */
export interface RunningStudio {
  /** `http://127.0.0.1:PORT/?token=...`: the token lets a browser in, and lets it stay. */
  readonly address: string;
  /** The folder or the table that is worked on, in full. */
  readonly folder: string;
  /** Settles when it has ended: by `close`, by the signal, or by what `onEvent` threw, with which it rejects. */
  readonly closed: Promise<void>;
  /** Ends it: a training that runs is stopped after its step, and keeps its best epoch. */
  close(): Promise<void>;
}

/**
 * Opens a folder of class folders, of images or texts, or a table of texts in the studio, which this machine alone can reach. As
 * `graft studio --no-open`.
 *
 * @param data - A folder, made where it is not there; or a table of texts.
 * @throws {GraftError} `dataset`, `file-exists`, `file-not-found`, `file-write` of the data; `argument`, if the port is taken or none;
 *   `interrupted` by the signal.
 */
export async function startStudio(data: string, options: StudioOptions = {}): Promise<RunningStudio> {
  const { port = 0, cwd = process.cwd(), onEvent, signal } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw noPort(port);
  // Who never opens a studio does not wait for its server.
  const { startServer } = await import('./studio-server.ts');
  if (signal?.aborted) throw interrupted();
  const server = await startServer(data, cwd, port);
  const running = new OpenStudio(server);
  if (onEvent !== undefined) running.tell(onEvent);
  signal?.addEventListener('abort', () => void running.close().catch(() => undefined), { once: true });
  if (signal?.aborted) {
    await running.close();
    throw interrupted();
  }
  return running;
}

class OpenStudio implements RunningStudio {
  readonly address: string;
  readonly folder: string;
  readonly closed: Promise<void>;
  readonly #server: StudioServer;
  #settle!: { readonly resolve: () => void; readonly reject: (error: unknown) => void };
  #closing: Promise<void> | undefined;

  constructor(server: StudioServer) {
    this.#server = server;
    this.address = server.address;
    this.folder = server.studio.project.root;
    this.closed = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // Who does not ask how it ended is not ended by it.
    this.closed.catch(() => undefined);
  }

  close(): Promise<void> {
    this.#closing ??= this.#server.close();
    void this.#closing.then(this.#settle.resolve, this.#settle.reject);
    return this.#closing;
  }

  tell(onEvent: (event: StudioEvent) => void): void {
    const { news } = this.#server.studio;
    let stopListening = (): void => {};
    const hear = (event: StudioEvent): void => {
      try {
        onEvent(event);
      } catch (error) {
        stopListening();
        this.#settle.reject(error);
        void this.close().catch(() => undefined);
      }
    };
    stopListening = news.listen(({ event }) => hear(event));
    for (const { event } of news.since(undefined)) hear(event);
  }
}

function noPort(port: number): GraftError {
  return new GraftError('argument', {
    where: 'studio',
    expected: 'a port from 1 to 65535',
    received: String(port),
    advice: 'Leave it out for any that is free.',
  });
}

function interrupted(): GraftError {
  return new GraftError('interrupted', {
    where: 'studio',
    expected: 'to be opened',
    received: 'an interruption',
    advice: 'It was closed again; what lies in the folder is as it was.',
  });
}
