import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { createProgram } from './program.ts';

it('says the default of an option once', async () => {
  const commands = (command: Command): Command[] => [command, ...command.commands.flatMap(commands)];
  const shown = commands(await createProgram()).flatMap((command) => {
    const help = command.createHelp();
    return command.options.map(
      (option) => `${command.name()} ${option.flags}: ${help.optionDescription(option)}`,
    );
  });
  expect(shown.length).toBeGreaterThan(100);
  expect(shown.filter((text) => text.split('default').length > 2)).toEqual([]);
});
