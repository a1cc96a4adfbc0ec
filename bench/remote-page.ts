/** @file A page of a benchmark in Chromium: what it has as `bench` is called from here. */

import { chromium, type Page } from 'playwright-core';

export interface RemotePage<T> {
  /** The functions of the page's `bench`. */
  readonly bench: T;
  /** Of the browser, below which all others are. */
  readonly processId: number;
  close(): Promise<void>;
}

/** @param args - Further ones of the browser. */
export async function openRemotePage<T extends object>(
  address: string,
  args: readonly string[] = [],
): Promise<RemotePage<T>> {
  const server = await chromium.launchServer({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', ...args],
  });
  const browser = await chromium.connect(server.wsEndpoint());
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  page.on('pageerror', (error) => console.error(error));
  await page.goto(address);
  await page.waitForFunction("'bench' in globalThis");
  return { bench: benchOf<T>(page), processId: server.process().pid!, close: () => server.close() };
}

function benchOf<T extends object>(page: Page): T {
  const ask = (method: string, given: readonly unknown[]): Promise<unknown> =>
    page.evaluate(
      ([name, all]) =>
        (globalThis as never as { bench: Record<string, (...all: unknown[]) => unknown> }).bench[
          name as string
        ]!(...(all as unknown[])),
      [method, given] as const,
    );
  return new Proxy({} as T, {
    get:
      (_, name: string) =>
      (...given: readonly unknown[]) =>
        ask(name, given),
  });
}
