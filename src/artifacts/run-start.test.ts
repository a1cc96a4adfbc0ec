import { expect, it } from 'vitest';
import { temporaryFolder } from '../../tests/support/picture-folder.ts';
import { DEFAULT_RECIPE } from '../training/recipe.ts';
import { beginRun, type RunStart, readRunStart } from './run-start.ts';

it('says again all that a run was told', async () => {
  const run = await temporaryFolder();
  const start: RunStart = {
    dir: '/photos/labels.csv',
    recipe: DEFAULT_RECIPE,
    csv: {
      imageFolder: '/photos',
      fileColumn: 'photo',
      targetColumns: ['age', 'weight'],
      decimalMark: ',',
      allowMissing: true,
    },
    strict: true,
  };
  await beginRun(run, start);
  expect(await readRunStart(run)).toEqual(start);
});
