/** @file Pages in Firefox for tests, and answers from them though Firefox may block a worker. */

import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { FIREFOX } from '../support/needs.ts';

/** Another page is asked beside those that have said nothing for so long. None is given up for its slowness. */
const SILENCE_MS = 240_000;
const MOST_PAGES = 3;
const CLOSING_MS = 30_000;

export function launchFirefox(): Promise<Browser> {
  return puppeteer.launch({ browser: 'firefox', executablePath: FIREFOX!, protocolTimeout: 1_800_000 });
}

/** Ends it, also where a worker of it is blocked. */
export async function closeFirefox(browser: Browser): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      browser.process()?.kill('SIGKILL');
      resolve();
    }, CLOSING_MS);
  });
  await Promise.race([browser.close(), late]);
  clearTimeout(timer);
}

/**
 * Asks a new page of a server, whose program sets `graft`; asked once more, it must do the same.
 *
 * While a debugger listens, as WebDriver does, a worker of Firefox that starts another one waits for the debugger's registration, on a
 * condition that the new worker's thread may wait on as well; one of the two is woken. On a busy machine it is the wrong one now and then, and
 * `new Worker` never returns. In a Firefox that stood still, gdb showed both threads on one condition, one of them in the constructor; that it
 * is this one is by the source (`WorkerPrivate::WaitForIsDebuggerRegistered`), as is that nothing waits where no debugger listens.
 */
export function askFirefox<T>(
  browser: Browser,
  address: string,
  ask: (page: Page) => Promise<T>,
  silenceMs: number = SILENCE_MS,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let pages = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const askAnother = async (): Promise<void> => {
      if (++pages < MOST_PAGES) timer = setTimeout(askAnother, silenceMs);
      try {
        const page = await browser.newPage();
        await page.goto(address);
        await page.waitForFunction("'graft' in globalThis");
        const answer = await ask(page);
        await page.close();
        resolve(answer);
      } catch (error) {
        reject(error);
      } finally {
        clearTimeout(timer);
      }
    };
    void askAnother();
  });
}
