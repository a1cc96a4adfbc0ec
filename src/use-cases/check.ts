/** @file What is wrong with a data set: duplicates, leaks, wrong labels, outliers, classes that cannot be told apart. */

import { GraftError } from '../core/errors/graft-error.ts';
import { findModality } from '../node/training/find-modality.ts';
import type { CheckOptions } from './check-evidence.ts';
import { checkFindings } from './check-findings.ts';
import { imageEvidence } from './check-images.ts';
import { writeFindings } from './check-plan.ts';
import type { CheckReport } from './check-report.ts';
import { openRunCache } from './feature-cache.ts';

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
      ? await (await import('./check-texts.ts')).textEvidence(data, withCache)
      : await imageEvidence(data, withCache);
    const { report, rows } = checkFindings(evidence);
    if (plan !== undefined) await writeFindings(plan, rows);
    if (html !== undefined) {
      const { writeCheckPage } = await import('./check-page.tsx');
      await writeCheckPage(html, { data, report, root: evidence.examples.root });
    }
    emit({ type: 'result', useCase: 'checkDataset', report });
    return report;
  } catch (error) {
    throw signal?.aborted && !(error instanceof GraftError) ? interrupted() : error;
  } finally {
    await cache?.close();
  }
}

function interrupted(): GraftError {
  return new GraftError('interrupted', {
    where: 'check',
    expected: 'to reach its end',
    received: 'an interruption',
    advice: 'Nothing was changed; features that were computed are kept for the next check.',
  });
}
