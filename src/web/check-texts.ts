/** @file Checks a table of texts in a page: in a worker, so that the page goes on, or in the caller's thread. */

import type { CheckReport } from '../inspection/check-report.ts';
import type { TableOfTexts, TextCheckSettings } from './check-given-texts.ts';
import type { CheckCalls } from './check-images.ts';
import { inPageWorker, type WorkerChoice } from './page-worker.ts';
import { createWebRuntime, type WebRuntimeOptions } from './runtime.ts';
import { DEFAULT_TEXT_FOLDER } from './text-folder.ts';
import { runtimeOptions } from './worker-messages.ts';

/** What one may say of a check of texts in a page. */
interface CheckTextsOptions extends TextCheckSettings, CheckCalls, WebRuntimeOptions, WorkerChoice {}

/**
 * Looks for what is wrong with texts, as `graft check` does in a table: duplicates, contradicting labels, labels that are likely wrong,
 * outliers.
 *
 * @throws {GraftError} `dataset`, `file-not-found`, `weights`, `memory`; `interrupted`, if the signal aborts; `runtime`, if a worker cannot
 *   be started. And what `onEvent` throws.
 */
export function checkTexts(table: TableOfTexts, options: CheckTextsOptions = {}): Promise<CheckReport> {
  const sent = { ...options, backbone: options.backbone ?? DEFAULT_TEXT_FOLDER };
  return inPageWorker('check-texts', table, sent, async (given) => {
    // A page whose worker checks needs none of it.
    const { checkGivenTexts } = await import('./check-given-texts.ts');
    return checkGivenTexts(table, { ...given, runtime: createWebRuntime(runtimeOptions(given)) });
  });
}
