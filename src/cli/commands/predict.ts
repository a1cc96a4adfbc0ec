/** @file `graft predict`: what is on these images, or said in these texts? */

import { Command } from 'commander';
import type { TestTimeAugmentation } from '../../artifacts/test-time-augmentation.ts';
import { GraftError } from '../../core/errors/graft-error.ts';
import { predict } from '../../use-cases/predict.ts';
import type { ResultEvent } from '../../use-cases/run-event.ts';
import { probability, wholeNumber } from '../arguments.ts';
import type { OutputFlags } from '../event-printer.ts';
import { EXIT } from '../failure.ts';
import { addOutputFlags } from '../output-flags.ts';
import { predictionsCsv, predictionsTable } from '../prediction-text.ts';
import { runUseCase } from '../run-use-case.ts';
import { printOut } from '../terminal.ts';
import { ttaOption } from '../tta-option.ts';

interface PredictFlags extends OutputFlags {
  readonly top?: number;
  readonly threshold?: number;
  readonly confidence?: number;
  readonly csv?: boolean;
  readonly text?: string;
  readonly tta?: TestTimeAugmentation;
}

/** Fewer images than this need no progress. */
const PROGRESS_FROM = 50;

export function predictCommand(): Command {
  const command = new Command('predict')
    .description('Tell the class, the labels or the values of images or texts.')
    .argument('<model>', 'model.onnx of a run')
    .argument(
      '<files...>',
      'images, or folders of images; of a model of texts: texts, tables, .txt files, or - for lines of standard input',
    )
    .option(
      '--top <k>',
      'how many classes to show for each image (default: all in --json and --csv, else 3)',
      wholeNumber(1),
    )
    .option(
      '--threshold <p>',
      "of a model of labels or of 2 classes: probability above which an image has one, or is of the second (default: the model's)",
      probability,
    )
    .option(
      '--confidence <p>',
      'of a model of classes: tell as many for each image as hold the right one in this fraction of cases, e.g. 0.95',
      probability,
    )
    .option(
      '--text <name>',
      'column of the texts in tables (default: found by its name, or by its long cells)',
    )
    .addOption(ttaOption())
    .option('--csv', 'print CSV');
  return addOutputFlags(command)
    .addHelpText(
      'after',
      `
Examples:
  $ graft predict graft-runs/photos-1/model.onnx image.jpg holiday/
  $ graft predict model.onnx holiday/ --csv > holiday.csv
  $ graft predict model.onnx image.jpg --json | jq '.[0].label'
  $ graft predict model.onnx holiday/ --confidence 0.95     the classes that it may be
  $ graft predict graft-runs/questions-1/model.onnx "How do I locate my card?"
  $ graft predict graft-runs/questions-1/model.onnx new-questions.csv --csv > answers.csv
  $ cat lines.txt | graft predict graft-runs/questions-1/model.onnx -     a text on each line

An image that cannot be read, or an empty text, is named with its reason; the others are told all the same (exit status 1).`,
    )
    .action(runPredict);
}

async function runPredict(model: string, paths: string[], flags: PredictFlags): Promise<void> {
  const { csv, json, jsonLines, top, threshold, confidence, text, tta } = flags;
  if (csv && (json || jsonLines)) {
    throw new GraftError('argument', {
      where: 'graft predict',
      expected: `one of --csv and ${json ? '--json' : '--json-lines'}`,
      received: 'both',
      advice: 'Leave one of them out.',
    });
  }
  const printResult = (event: ResultEvent): void => {
    if (event.useCase !== 'predict') return;
    printOut(csv ? predictionsCsv(event.report) : `${predictionsTable(event.report, top)}\n`);
  };
  await runUseCase(
    flags,
    { stopping: 'Stopping after this batch.', printResult, progressFrom: PROGRESS_FROM },
    async (heard) => {
      const { predictions } = await predict(model, paths, {
        top,
        threshold,
        confidence,
        textColumn: text,
        tta,
        ...heard,
      });
      if (predictions.some((prediction) => 'error' in prediction)) process.exitCode = EXIT.failure;
    },
  );
}
