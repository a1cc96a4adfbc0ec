import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { PAGE, withTables } from '../tools/recipe-page.ts';

it('docs/recipe.md tells of every field as it is: if not, run "npx tsx tools/recipe-page.ts"', async () => {
  const page = await readFile(PAGE, 'utf8');
  expect(page).toBe(withTables(page));
});
