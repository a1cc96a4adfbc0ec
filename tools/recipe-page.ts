/**
 * @file Writes the table of docs/recipe.md from the fields of a recipe; a test compares them:
 *
 *     npx tsx tools/recipe-page.ts
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ALL_FIELDS } from '../src/recipe/recipe.ts';
import type { RecipeField } from '../src/recipe/recipe-fields.ts';

export const PAGE: string = fileURLToPath(new URL('../docs/recipe.md', import.meta.url));

const [BEGIN, END] = ['<!-- fields: begin -->', '<!-- fields: end -->'];

/** The page with its tables as the fields have them. */
export function withTables(page: string): string {
  const [before, rest = ''] = page.split(BEGIN);
  const after = rest.split(END)[1] ?? '';
  return `${before}${BEGIN}\n\n${tables()}\n${END}${after}`;
}

function tables(): string {
  const groups = [...new Set([...ALL_FIELDS.values()].map(({ group }) => group))];
  return groups
    .map((group) => {
      const fields = [...ALL_FIELDS].filter(([, field]) => field.group === group);
      return `### ${group}\n\n${fields.map(([key, field]) => entry(key, field)).join('\n')}\n`;
    })
    .join('\n');
}

/** One field. A list and no table: values may be long. */
function entry(key: string, field: RecipeField): string {
  const { value, flag, description, phaseKey } = field;
  const none = value.none === undefined ? '' : `, or null (\`${value.none}\`)`;
  const phase = phaseKey === undefined ? '' : ` In a phase: \`${phaseKey}=\`.`;
  return `- **\`${key}\`** (\`${flag}\`): ${description}. Takes ${value.expected}${none}. Default: ${defaultText(field)}.${phase}`;
}

function defaultText({ default: given, otherwise }: RecipeField): string {
  if (otherwise !== undefined) return otherwise;
  return given === null || given === undefined ? 'none' : `\`${JSON.stringify(given)}\``;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(PAGE, withTables(readFileSync(PAGE, 'utf8')));
}
