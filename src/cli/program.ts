/** @file The commands of `graft`, their options and help. */

import { Command } from 'commander';
import { augmentCommand } from './commands/augment.ts';
import { backbonesCommand } from './commands/backbones.ts';
import { cacheCommand } from './commands/cache.ts';
import { checkCommand } from './commands/check.ts';
import { compareCommand } from './commands/compare.ts';
import { dataCommand } from './commands/data.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { explainCommand } from './commands/explain.ts';
import { exportCommand } from './commands/export.ts';
import { generateCommand } from './commands/generate.ts';
import { lrFindCommand } from './commands/lr-find.ts';
import { predictCommand } from './commands/predict.ts';
import { recipesCommand } from './commands/recipes.ts';
import { recommendCommand } from './commands/recommend.ts';
import { reportCommand } from './commands/report.ts';
import { runsCommand } from './commands/runs.ts';
import { studioCommand } from './commands/studio.ts';
import { summaryCommand } from './commands/summary.ts';
import { sweepCommand } from './commands/sweep.ts';
import { trainCommand } from './commands/train.ts';
import { tuneCommand } from './commands/tune.ts';
import { printError, printOut } from './terminal.ts';
import { VERSION } from './version.ts';

/** The whole command line. Wrong usage throws a CommanderError after its message was printed. */
export function createProgram(): Command {
  const program = new Command('graft')
    .description(
      'Transfer learning on your own photographs and texts: train a classifier, use it, see how good it is.',
    )
    .version(VERSION)
    .showHelpAfterError('(graft --help, or graft COMMAND --help, shows what is possible)')
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      `
Examples:
  $ graft check photos                     what is wrong with the images?
  $ graft train photos                     one folder for each class inside photos/
  $ graft predict graft-runs/photos-1/model.onnx image.jpg
  $ graft evaluate graft-runs/photos-1/model.onnx more-photos
  $ graft train questions.csv              texts, and the class of each

Exit status: 0 done, 1 failed (the reason is on standard error), 2 wrong usage, 130 stopped with Ctrl-C.`,
    );
  for (const command of [
    checkCommand(),
    trainCommand(),
    studioCommand(),
    sweepCommand(),
    lrFindCommand(),
    recommendCommand(),
    predictCommand(),
    evaluateCommand(),
    compareCommand(),
    runsCommand(),
    explainCommand(),
    reportCommand(),
    exportCommand(),
    tuneCommand(),
    generateCommand(),
    summaryCommand(),
    backbonesCommand(),
    recipesCommand(),
    dataCommand(),
    augmentCommand(),
    cacheCommand(),
  ]) {
    program.addCommand(command);
  }
  withoutExit(program);
  return program;
}

/** Makes a command and all below it throw where they would end the process, and print as all others do. */
function withoutExit(command: Command): void {
  command.exitOverride();
  command.configureOutput({
    writeOut: printOut,
    writeErr: printError,
  });
  command.commands.forEach(withoutExit);
}
