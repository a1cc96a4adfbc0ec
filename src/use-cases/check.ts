/** @file What is wrong with a data set: duplicates, leaks, wrong labels, outliers, classes that cannot be told apart. */

import { GraftError } from '../core/errors/graft-error.ts';
import { checkReport } from '../inspection/check-findings.ts';
import type { CheckReport } from '../inspection/check-report.ts';
import { interruptedCheck } from '../inspection/interrupted-check.ts';
import { findModality } from '../node/training/find-modality.ts';
import type { CheckOptions } from './check-data.ts';
import { fileEvidence } from './check-images.ts';
import { writeFindings } from './check-plan.ts';
import { openRunCache } from './feature-cache.ts';
import { plannedRows } from './planned-rows.ts';

/**
 * Checks a data set of images or texts, with the features of a frozen network: a second check takes them from the cache. As
 * `graft check`. Events: `data`, `progress` and `stage`, `skipped`, `note`, `result`. Nothing is changed.
 *
 * @param data - A folder of class folders, or with `train`, `val`, `test` that have some, or of images alone; or a CSV file.
 * @throws {GraftError} `file-not-found`, `dataset`, `argument`; `interrupted`, if the signal aborts: features that were computed
 *   are kept.
 */
export async function checkDataset(data: string, options: CheckOptions = {}): Promise<CheckReport> {
  const { onEvent: emit = () => {}, signal, csv = {}, plan, html } = options;
  const cache = await openRunCache(options.cache, { onNote: (text) => emit({ type: 'note', text }) });
  const withCache = { ...options, cache };
  try {
    const isOfTexts = (await findModality(data, csv)) === 'text';
    const evidence = isOfTexts
      ? await (await import('./check-texts.ts')).fileTextEvidence(data, withCache)
      : await fileEvidence(data, withCache);
    const report = checkReport(evidence);
    const { root } = evidence.examples;
    if (plan !== undefined) await writeFindings(plan, plannedRows(evidence, root !== undefined));
    if (html !== undefined) {
      const { writeCheckPage } = await import('./check-page.tsx');
      await writeCheckPage(html, { data, report, root });
    }
    emit({ type: 'result', useCase: 'checkDataset', report });
    return report;
  } catch (error) {
    throw signal?.aborted && !(error instanceof GraftError) ? interruptedCheck() : error;
  } finally {
    await cache?.close();
  }
}
