/** @file `graft recipes`: which recipes come with Graft. */

import { Command } from 'commander';
import { listRecipes } from '../../node/recipe/recipe-file.ts';
import { recipeJsonSchema } from '../../recipe/recipe-json-schema.ts';
import { table } from '../table.ts';
import { measureColumns, printJson, printOut, say } from '../terminal.ts';

export function recipesCommand(): Command {
  return new Command('recipes')
    .description('List the recipes that come with Graft.')
    .option('--json', 'print one JSON document')
    .option('--schema', 'print the JSON Schema of recipe files, for editors')
    .addHelpText('after', '\nExamples:\n  $ graft recipes\n  $ graft train photos --recipe mobilenet-block15')
    .action(list);
}

async function list(flags: { readonly json?: boolean; readonly schema?: boolean }): Promise<void> {
  if (flags.schema) {
    printJson(recipeJsonSchema());
    return;
  }
  const recipes = await listRecipes();
  if (flags.json) {
    printJson(recipes);
    return;
  }
  printOut(
    `${table(
      ['name', 'what it is'],
      recipes.map(({ name, description }) => [name, description]),
      { width: measureColumns('out') },
    )}\n`,
  );
  const [first] = recipes;
  if (first)
    say(
      `\nThe files lie in ${first.file.replace(/[^/\\]*$/, '')}: copy one, change it, and give it as --recipe FILE.`,
    );
}
