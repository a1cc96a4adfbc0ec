/** @file The flags that say how a command prints. */

import { type Command, Option } from 'commander';

/** Adds the flags to a command. */
export function addOutputFlags(command: Command): Command {
  return command
    .option('--json', 'print the result as one JSON document')
    .addOption(
      new Option(
        '--json-lines',
        'print events as they come, a JSON object a line; the last one is the result',
      ).conflicts('json'),
    );
}
