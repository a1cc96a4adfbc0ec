/** @file `graft recipes`: which recipes come with Graft. */

import { Command } from 'commander';
import { listRecipes } from '../../recipe/recipe-file.ts';
import { table } from '../table.ts';
import { columnsOf, printJson, printOut, say } from '../terminal.ts';

export function recipesCommand(): Command {
  return new Command('recipes')
    .description('List the recipes that come with Graft.')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExamples:\n  $ graft recipes\n  $ graft train photos --recipe book-mobilenet')
    .action(list);
}

async function list(flags: { readonly json?: boolean }): Promise<void> {
  const recipes = await listRecipes();
  if (flags.json) {
    printJson(recipes);
    return;
  }
  printOut(
    `${table(
      ['name', 'what it is'],
      recipes.map(({ name, description }) => [name, description]),
      { width: columnsOf('out') },
    )}\n`,
  );
  const [first] = recipes;
  if (first)
    say(
      `\nThe files lie in ${first.file.replace(/[^/\\]*$/, '')}: copy one, change it, and give it as --recipe FILE.`,
    );
}
