/** @file WebKit in tests: WebKitGTK's MiniBrowser on a display of its own, asked by the W3C WebDriver protocol. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { WEBKIT_DRIVER } from '../support/needs.ts';

/** Of the protocol: what stands for an element. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';
/** No limit stands for speed: on a busy machine everything takes ten times as long. */
const HANG_MS = 600_000;

export interface WebKitOptions {
  /**
   * Whether isolated pages have SharedArrayBuffer, and so threads. WebKitGTK leaves it out, Safari has it; default: as
   * WebKitGTK has it.
   */
  readonly sharesMemory?: boolean;
}

export class WebKit {
  readonly #processes: readonly ChildProcess[];
  readonly #session: string;

  private constructor(processes: readonly ChildProcess[], session: string) {
    this.#processes = processes;
    this.#session = session;
  }

  static async launch({ sharesMemory = false }: WebKitOptions = {}): Promise<WebKit> {
    // Its fourth file gets the number of the display, which is one that nobody has.
    const display = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1600x1200x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    const [number] = (await once(display.stdio[3] as Readable, 'data')) as [Buffer];
    const port = await freePort();
    const driver = spawn(WEBKIT_DRIVER!, [`--port=${port}`], {
      env: {
        ...process.env,
        DISPLAY: `:${String(number).trim()}`,
        JSC_useSharedArrayBuffer: String(sharesMemory),
      },
      stdio: 'ignore',
    });
    const processes = [driver, display];
    const address = `http://127.0.0.1:${port}`;
    try {
      await until('a driver that answers', () => ask('GET', `${address}/status`).then(Boolean, () => false));
      const { sessionId } = (await ask('POST', `${address}/session`, { capabilities: {} })) as {
        readonly sessionId: string;
      };
      const webkit = new WebKit(processes, `${address}/session/${sessionId}`);
      await webkit.#ask('POST', 'timeouts', { script: HANG_MS, pageLoad: HANG_MS });
      return webkit;
    } catch (error) {
      for (const each of processes) each.kill();
      throw error;
    }
  }

  async goto(address: string): Promise<void> {
    await this.#ask('POST', 'url', { url: address });
  }

  /** Of the page, in CSS pixels. */
  async setWidth(width: number): Promise<void> {
    const inner = await this.evaluate<[], number>('innerWidth');
    const { width: outer } = (await this.#ask('GET', 'window/rect')) as { readonly width: number };
    await this.#ask('POST', 'window/rect', { width: width + outer - inner, height: 900 });
    await this.holds(`innerWidth === ${width}`);
  }

  /** A PNG of what is seen. */
  async screenshot(): Promise<Buffer> {
    return Buffer.from((await this.#ask('GET', 'screenshot')) as string, 'base64');
  }

  /**
   * Runs a function in the page, or the text of an expression, and waits for what it gives.
   *
   * @param work - Knows nothing but the page and its arguments.
   */
  async evaluate<A extends readonly unknown[], R>(
    work: string | ((...args: A) => R),
    ...args: A
  ): Promise<Awaited<R>> {
    const expression = typeof work === 'string' ? work : `(${work})(...[...arguments].slice(0, -1))`;
    const script = `
      const done = arguments[arguments.length - 1];
      Promise.resolve().then(() => ${expression}).then(
        (value) => done({ value }),
        (error) => done({ error: error.name + ': ' + error.message }),
      );`;
    const said = await this.#ask('POST', 'execute/async', { script, args });
    const { value, error } = said as { readonly value: Awaited<R>; readonly error?: string };
    if (error !== undefined) throw new Error(error);
    return value;
  }

  /** Waits until an expression is true. Unlike {@link evaluate}, it may be asked while the page is loaded again. */
  holds(expression: string): Promise<void> {
    const body = { script: `return Boolean(${expression})`, args: [] };
    return until(expression, async () => (await this.#ask('POST', 'execute/sync', body)) as boolean);
  }

  /** Waits until the page shows some text. */
  seeText(text: string): Promise<void> {
    return this.holds(`document.body.innerText.includes(${JSON.stringify(text)})`);
  }

  /** Waits until an element is there. @param xpath - `//button[.="Train"]`. */
  async find(xpath: string): Promise<string> {
    const question = { using: 'xpath', value: xpath };
    let id: string | undefined;
    const isThere = async (): Promise<boolean> => {
      const found = (await this.#ask('POST', 'elements', question)) as Record<string, string>[];
      id = found[0]?.[ELEMENT];
      return id !== undefined;
    };
    await until(xpath, isThere);
    return id!;
  }

  /** As a person does it: with the mouse. */
  async click(xpath: string): Promise<void> {
    await this.#ask('POST', `element/${await this.find(xpath)}/click`, {});
  }

  /** As a person does it: with the keys. Of an input of files, the text is their paths, a line each. */
  async type(xpath: string, text: string): Promise<void> {
    await this.#ask('POST', `element/${await this.find(xpath)}/value`, { text });
  }

  async close(): Promise<void> {
    await ask('DELETE', this.#session).catch(() => undefined);
    for (const each of this.#processes) {
      const ended = once(each, 'close');
      if (each.kill()) await ended;
    }
  }

  #ask(method: string, path: string, body?: object): Promise<unknown> {
    return ask(method, `${this.#session}/${path}`, body);
  }
}

/** In hooks, too, where Vitest does not poll. */
async function until(what: string, isThere: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + HANG_MS;
  while (!(await isThere())) {
    if (Date.now() > end) throw new Error(`WebKit: expected ${what}, received none in ${HANG_MS / 1000} s`);
    await setTimeout(50);
  }
}

async function ask(method: string, address: string, body?: object): Promise<unknown> {
  const response = await fetch(address, { method, body: body === undefined ? null : JSON.stringify(body) });
  const { value } = (await response.json()) as { readonly value: unknown };
  if (response.ok) return value;
  const { error, message } = value as { readonly error: string; readonly message: string };
  throw new Error(`WebDriver ${method} ${new URL(address).pathname}: ${error} ${message}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { readonly port: number };
  server.close();
  await once(server, 'close');
  return port;
}
