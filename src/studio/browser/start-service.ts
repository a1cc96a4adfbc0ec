/** @file The service worker of the page: it has the images, makes the page work offline, and lets its threads share memory. */

import type { ClaimOrder } from './engine-messages.ts';

/** Set where a page was loaded again to be isolated: browsers that cannot are not asked twice. */
const RELOADED = 'graft-studio-reloaded';

/**
 * Resolves when the service worker serves this page.
 *
 * @throws {Error} With a message for people.
 */
export async function startService(): Promise<void> {
  const { serviceWorker } = navigator;
  if (!isSecureContext || serviceWorker === undefined) {
    throw new Error(
      'This browser gives the page no place to keep a project. Open it at https:// or at localhost, in a window that is not private.',
    );
  }
  const registration = await serviceWorker.register('service-worker.js').catch((cause: unknown) => {
    throw new Error(`The browser does not start the page's service worker: ${(cause as Error).message}`);
  });
  if (serviceWorker.controller === null) {
    const controlled = new Promise((resolve) => {
      serviceWorker.addEventListener('controllerchange', resolve, { once: true });
    });
    await serviceWorker.ready;
    // A page that was loaded past the service worker has none, though it is there.
    registration.active?.postMessage({ type: 'claim' } satisfies ClaimOrder);
    if (serviceWorker.controller === null) await controlled;
  }
  if (crossOriginIsolated || sessionStorage.getItem(RELOADED) !== null) return;
  // Its answers have the headers that threads need, whatever the server sends.
  sessionStorage.setItem(RELOADED, '1');
  location.reload();
  await new Promise(() => {});
}
