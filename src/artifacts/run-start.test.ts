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

it('keeps no password of an address', async () => {
  const run = await temporaryFolder();
  const recipe = {
    ...DEFAULT_RECIPE,
    backbone: 'https://ada:hunter2@h.example/net.onnx?X-Amz-Signature=hunter3',
    weights: 'https://hunter4@h.example/w.h5',
  };
  await beginRun(run, { dir: '/photos', recipe, csv: {}, strict: false });
  expect((await readRunStart(run)).recipe).toEqual({
    ...DEFAULT_RECIPE,
    backbone: 'https://h.example/net.onnx?X-Amz-Signature=***',
    weights: 'https://h.example/w.h5',
  });
});
