/** @file `graft explain`: why does a model say that of these images or texts? */

import { Command, Option } from 'commander';
import { explain } from '../../use-cases/explain.ts';
import { EXPLAIN_METHODS, type ExplainMethod } from '../../use-cases/explain-report.ts';
import type { ResultEvent } from '../../use-cases/run-event.ts';
import { wholeNumber } from '../arguments.ts';
import type { OutputFlags } from '../event-printer.ts';
import { explanationsText } from '../explanation-text.ts';
import { EXIT } from '../failure.ts';
import { addOutputFlags } from '../output-flags.ts';
import { runUseCase } from '../run-use-case.ts';
import { printOut } from '../terminal.ts';

interface ExplainFlags extends OutputFlags {
  readonly method?: ExplainMethod;
  readonly target?: string;
  readonly out?: string;
  readonly overwrite?: boolean;
  readonly patches?: number;
  readonly like?: string;
  readonly neighbors?: number;
  readonly cache: boolean;
  readonly text?: string;
}

/** Where heat maps of images go, unless --out says it. */
const DEFAULT_OUT = 'explanations';

export function explainCommand(): Command {
  const command = new Command('explain')
    .description(
      'Show what a model looks at: heat maps of images, the words of texts, the training images that are alike.',
    )
    .argument('<model>', 'model.onnx of a run')
    .argument('<files...>', 'images, or folders of images; of a model of texts as of graft predict')
    .addOption(
      new Option(
        '--method <name>',
        'how images are explained: by gradients, or by covering parts, which works for every model (default: grad-cam)',
      ).choices([...EXPLAIN_METHODS]),
    )
    .option('--target <name>', 'the class that is explained (default: of each image the predicted one)')
    .option(
      '--out <folder>',
      `folder for the heat maps, PNG files (default: ${DEFAULT_OUT}; with --json none is written)`,
    )
    .option('--overwrite', 'replace heat maps of the same name (default: the next free name)')
    .option('--patches <n>', 'with --method occlusion: patches along a side (default: 7)', wholeNumber(1))
    .option('--like <dir>', 'folder that was trained on: tell the images in it that are nearest')
    .option('--neighbors <k>', 'with --like: how many (default: 5)', wholeNumber(1))
    .option('--no-cache', 'with --like: neither read nor write the feature cache')
    .option(
      '--text <name>',
      'column of the texts in tables (default: found by its name, or by its long cells)',
    );
  return addOutputFlags(command)
    .addHelpText(
      'after',
      `
Examples:
  $ graft explain graft-runs/photos-1/model.onnx image.jpg
  $ graft explain model.onnx holiday/ --method hires-cam --out why
  $ graft explain model.onnx image.jpg --target dogs --method occlusion
  $ graft explain model.onnx image.jpg --like photos     the training images that it looks like
  $ graft explain graft-runs/questions-1/model.onnx "How do I locate my card?"
  $ graft explain model.onnx image.jpg --json | jq '.explanations[0].map'`,
    )
    .action(runExplain);
}

async function runExplain(model: string, paths: string[], flags: ExplainFlags): Promise<void> {
  const { json, jsonLines, text, out, ...options } = flags;
  const printResult = (event: ResultEvent): void => {
    if (event.useCase === 'explain') printOut(explanationsText(event.report));
  };
  await runUseCase(
    flags,
    { stopping: 'Stopping after this image.', printResult, progressFrom: 5 },
    async (heard) => {
      const { explanations } = await explain(model, paths, {
        ...options,
        out: out ?? (json || jsonLines ? undefined : DEFAULT_OUT),
        textColumn: text,
        ...heard,
      });
      if (explanations.some((explanation) => 'error' in explanation)) process.exitCode = EXIT.failure;
    },
  );
}
