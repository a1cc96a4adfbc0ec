/** @file Checks texts that a page has: what `graft check` finds in a table of them. */

import { GraftError } from '../core/errors/graft-error.ts';
import type { RuntimeOptions } from '../core/runtime/runtime.ts';
import { StageEvents } from '../events/stage-events.ts';
import { checkReport } from '../inspection/check-findings.ts';
import type { CheckReport } from '../inspection/check-report.ts';
import { checkedData } from '../inspection/checked-examples.ts';
import { checkedTexts, type ReadLabels } from '../inspection/checked-texts.ts';
import { interruptedCheck } from '../inspection/interrupted-check.ts';
import { textEvidence } from '../inspection/text-evidence.ts';
import { taskFor } from '../recipe/task.ts';
import { isJsonTable, parseTexts } from '../text/tables/parse-texts.ts';
import type { CheckCalls } from './check-images.ts';
import { openTextBackbone } from './text-backbone-source.ts';
import type { TextBackboneSource } from './text-folder.ts';

/** A table of texts and labels, as `graft train` reads one. */
export interface TableOfTexts {
  /** With its ending, `.csv`, `.tsv`, `.jsonl`: what reports call its lines after. */
  readonly name: string;
  readonly bytes: Blob;
}

/** What one may say of a check of texts in a page. All of it can go to a worker. */
export interface TextCheckSettings {
  /** Where the files of the network are whose features are compared. Default: in the folder `use_lite/` beside the page. */
  readonly backbone?: TextBackboneSource | undefined;
  /** Of folds, parts and resampling, any integer. Default 0. */
  readonly seed?: number | undefined;
  /** Processor threads, >= 1. Default: as many as the page may have. */
  readonly threads?: number | undefined;
}

/**
 * Checks in the thread of the caller, see `checkTexts`.
 *
 * @throws {GraftError} `dataset`, `file-not-found`, `weights`, `memory`, `runtime`; `interrupted`, if the signal aborts.
 */
export async function checkGivenTexts(
  table: TableOfTexts,
  options: TextCheckSettings & CheckCalls & RuntimeOptions,
): Promise<CheckReport> {
  const { onEvent: emit = () => {}, signal, runtime, threads, seed } = options;
  try {
    const examples = checkedTexts(await readTable(table));
    emit(checkedData(table.name, examples));
    for (const text of examples.warnings) emit({ type: 'note', text });
    if (examples.skipped.length > 0) emit({ type: 'skipped', skipped: examples.skipped });
    const backbone = await openTextBackbone(options.backbone, { signal });
    const stages = new StageEvents((event) => {
      if (event.type !== 'step') emit(event);
    });
    const report = checkReport(
      await textEvidence(backbone, examples, { stages, runtime, threads, signal, seed }),
    );
    emit({ type: 'result', useCase: 'check', report });
    return report;
  } catch (error) {
    throw signal?.aborted && !(error instanceof GraftError) ? interruptedCheck() : error;
  }
}

async function readTable({ name, bytes }: TableOfTexts): Promise<ReadLabels> {
  const content = new Uint8Array(await bytes.arrayBuffer());
  const {
    kind,
    examples: samples,
    ...read
  } = parseTexts(content, {
    where: `text file "${name}"`,
    file: name,
    isJson: isJsonTable(name),
    // As of images, copies are told with the sets that they are in.
    tellsRepetitions: false,
  });
  return { ...read, task: taskFor(kind), samples };
}
