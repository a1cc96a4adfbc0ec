/** @file `graft evaluate`: how good is a model on images or texts whose labels are known? */

import { Command, Option } from 'commander';
import type { TestTimeAugmentation } from '../../artifacts/test-time-augmentation.ts';
import { evaluate } from '../../use-cases/evaluate.ts';
import { SPLITS } from '../../use-cases/evaluated-images.ts';
import { probability } from '../arguments.ts';
import { addCsvFlags, type CsvFlags, csvOptionsFor } from '../csv-flags.ts';
import type { OutputFlags } from '../event-printer.ts';
import { addOutputFlags } from '../output-flags.ts';
import { runUseCase } from '../run-use-case.ts';
import { ttaOption } from '../tta-option.ts';

interface EvaluateFlags extends CsvFlags, OutputFlags {
  readonly split?: (typeof SPLITS)[number];
  readonly threshold?: number;
  readonly tta?: TestTimeAugmentation;
}

export function evaluateCommand(): Command {
  const command = new Command('evaluate')
    .description(
      'Measure a model on a folder with one folder of images or texts for each class, or on a CSV file of them and answers.',
    )
    .argument('<model>', 'model.onnx of a run')
    .argument(
      '<dir>',
      'folder of class folders, or of train/, val/ or test/ with class folders; or a CSV file',
    )
    .addOption(
      new Option(
        '--split <part>',
        'which part of the folder is taken (default: test if it is there, else val, else train)',
      ).choices([...SPLITS]),
    )
    .option(
      '--threshold <p>',
      "of a model of labels or of 2 classes: probability above which an image has one, or is of the second (default: the model's)",
      probability,
    )
    .addOption(ttaOption());
  return addCsvFlags(addOutputFlags(command))
    .addHelpText(
      'after',
      `
Examples:
  $ graft evaluate graft-runs/photos-1/model.onnx more-photos
  $ graft evaluate graft-runs/photos-1/model.onnx photos --split val
  $ graft evaluate graft-runs/labels-1/model.onnx more-labels.csv --images photos
  $ graft evaluate graft-runs/questions-1/model.onnx more-questions.csv
  $ graft evaluate model.onnx more-photos --json | jq .accuracy

A model file knows which images or texts it was trained on, by their bytes: where they are among those that it is measured on,
that is said, and how good it is without them.`,
    )
    .action(runEvaluate);
}

async function runEvaluate(model: string, dir: string, flags: EvaluateFlags): Promise<void> {
  await runUseCase(flags, { stopping: 'Stopping after this batch.' }, async (heard) => {
    const { split, threshold, tta } = flags;
    const csv = csvOptionsFor(dir, flags);
    await evaluate(model, dir, { split, threshold, tta, csv, ...heard });
  });
}
