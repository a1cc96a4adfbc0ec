/** @file The commands of `graft`, their options and help. */

import { Command } from 'commander';
import { COMMAND_NAMES, type FirstCommand } from './command-names.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { predictCommand } from './commands/predict.ts';
import { trainCommand } from './commands/train.ts';
import { printError, printOut } from './terminal.ts';
import { VERSION } from './version.ts';

/** What most runs are: what the others need beside that takes longer to read than such a run to start. */
const FIRST_COMMANDS: Readonly<Record<FirstCommand, () => Command>> = {
  train: trainCommand,
  predict: predictCommand,
  evaluate: evaluateCommand,
};

/**
 * The command line. Wrong usage throws a CommanderError after its message was printed.
 *
 * @param words - What was asked for: where the first one names a command, no other is there. Default: all commands are.
 */
export async function createProgram(words: readonly string[] = []): Promise<Command> {
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
  for (const create of await commandsFor(words)) program.addCommand(create());
  withoutExit(program);
  return program;
}

async function commandsFor([asked = '']: readonly string[]): Promise<(() => Command)[]> {
  if (Object.hasOwn(FIRST_COMMANDS, asked)) return [FIRST_COMMANDS[asked as FirstCommand]];
  const { FURTHER_COMMANDS } = await import('./further-commands.ts');
  const all = { ...FIRST_COMMANDS, ...FURTHER_COMMANDS };
  const names = COMMAND_NAMES.filter((name) => name === asked);
  return (names.length > 0 ? names : COMMAND_NAMES).map((name) => all[name]);
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
