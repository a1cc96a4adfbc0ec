import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../tests/support/image-folder.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { parseHead } from '../../recipe/head-spec.ts';
import { DEFAULT_RECIPE } from '../../recipe/recipe.ts';
import { type RunStart, readRunStart, trainingStart } from './run-start.ts';
import { beginRun } from './start-file.ts';

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
  await beginRun(run, trainingStart(start));
  const given = { backbone: DEFAULT_RECIPE.backbone, weights: null, validation: null };
  expect(await readRunStart(run)).toEqual({ ...start, given });
});

it('reads the recipe of a run that the version before began', async () => {
  const run = await temporaryFolder();
  const recipe = { ...DEFAULT_RECIPE, task: 'single-label', head: 'book', clip: 'norm:1' };
  await writeFile(join(run, 'run.json'), JSON.stringify({ dir: '/photos', recipe, csv: {}, strict: false }));
  expect((await readRunStart(run)).recipe).toEqual({
    ...DEFAULT_RECIPE,
    task: 'classification',
    head: parseHead('flatten-dense-1024'),
    clip: { type: 'norm', limit: 1 },
  });
});

it('refuses what was changed since, with the place and what to do', async () => {
  const run = await temporaryFolder();
  await beginRun(run, trainingStart({ dir: '/photos', recipe: DEFAULT_RECIPE, csv: {}, strict: false }));
  const file = join(run, 'run.json');
  const text = await readFile(file, 'utf8');
  for (const [from, to] of [
    ['"strict": false', '"strict": true'],
    ['"seed": 1,', '"seed": 3,'],
    ['"sha256"', '"sha257"'],
    ['{', '['],
  ] as const) {
    expect(text).toContain(from);
    await writeFile(file, text.replace(from, to));
    await expect(readRunStart(run)).rejects.toThrow(
      withMessage(
        `run folder "${run}": expected a run.json that can be read, received one that is damaged, or was changed by hand. Begin the run again.`,
      ),
    );
  }
  // Only how it is spaced.
  await writeFile(file, JSON.stringify(JSON.parse(text)));
  expect((await readRunStart(run)).dir).toBe('/photos');
});

it('keeps paths whole, to be found from anywhere, and as they were given, to be shown', async () => {
  const run = await temporaryFolder();
  const given = { backbone: './net.onnx', weights: 'more/w.h5', validation: 'val' };
  await beginRun(
    run,
    trainingStart({ dir: 'photos', recipe: { ...DEFAULT_RECIPE, ...given }, csv: {}, strict: false }),
  );
  const start = await readRunStart(run);
  expect([start.dir, start.given]).toEqual([resolve('photos'), given]);
  expect(start.recipe).toMatchObject({
    backbone: resolve('net.onnx'),
    weights: resolve('more/w.h5'),
    validation: resolve('val'),
  });
  // None of these is a path.
  const words = { backbone: 'mobilenet_v2', weights: 'imagenet', validation: 0.3 };
  await beginRun(
    run,
    trainingStart({ dir: 'photos', recipe: { ...DEFAULT_RECIPE, ...words }, csv: {}, strict: false }),
  );
  expect((await readRunStart(run)).recipe).toMatchObject(words);
  const address = { backbone: 'https://graft.invalid/net.onnx', weights: 'https://graft.invalid/w.h5' };
  await beginRun(
    run,
    trainingStart({ dir: 'photos', recipe: { ...DEFAULT_RECIPE, ...address }, csv: {}, strict: false }),
  );
  expect((await readRunStart(run)).recipe).toMatchObject(address);
});

it('keeps no password of an address', async () => {
  const run = await temporaryFolder();
  const recipe = {
    ...DEFAULT_RECIPE,
    backbone: 'https://ada:hunter2@h.example/net.onnx?X-Amz-Signature=hunter3',
    weights: 'https://hunter4@h.example/w.h5',
  };
  await beginRun(run, trainingStart({ dir: '/photos', recipe, csv: {}, strict: false }));
  expect((await readRunStart(run)).recipe).toEqual({
    ...DEFAULT_RECIPE,
    backbone: 'https://h.example/net.onnx?X-Amz-Signature=***',
    weights: 'https://h.example/w.h5',
  });
});
