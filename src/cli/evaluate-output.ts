/** @file What people read of an evaluation. */

import type { ModalityName } from '../node/training/image-sets.ts';
import type { EvaluateReport, TrainedOnReport } from '../use-cases/evaluate-report.ts';
import { evaluatedConfidenceLine } from './confidence-text.ts';
import { confusionTable } from './confusion-text.ts';
import { sayNote } from './data-text.ts';
import { describeContext, headline, perClassTable } from './metrics-text.ts';
import { count } from './number-text.ts';
import { printOut, say } from './terminal.ts';

/** Prints the metrics on standard output, and what puts them in question on standard error. */
export function printEvaluation(report: EvaluateReport): void {
  const { trainedOn, examples, loss, modality } = report;
  if (trainedOn?.isBeyondChance) sayTrainedOn(trainedOn, examples, modality);
  say();
  printOut(`${headline(report, '', modality)}; loss ${loss.toFixed(4)}\n`, 2);
  printOut(`${describeContext(report)}\n`, 2);
  const sureness = evaluatedConfidenceLine(report);
  printOut(sureness === '' ? '\n' : `${sureness}\n\n`, 2);
  printOut(`${perClassTable(report, modality)}\n`);
  if ('confusion' in report && report.perClass.length > 1)
    printOut(`\n${confusionTable(report, modality)}\n`);
}

/** Says that the model was trained on some of the images, in a line. */
function sayTrainedOn(
  { estimate, expectedByChance, without }: TrainedOnReport,
  images: number,
  noun: ModalityName,
): void {
  const isExact = expectedByChance < 0.5;
  const number = count(Math.round(estimate));
  const many = without === null ? `all ${number}` : `${isExact ? '' : 'about '}${number} of ${count(images)}`;
  const rest = without === null ? 'none of them is held out' : `without them, ${headline(without, '', noun)}`;
  sayNote(`The model was trained on ${many} ${noun}s, as its file tells: ${rest}.`);
}
