import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../../../tests/support/image-folder.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import type { RecipeModelInfo } from '../../artifacts/model-info.ts';
import { GraphBuilder } from '../../core/graph/builder.ts';
import { DEFAULT_RECIPE } from '../../recipe/recipe.ts';
import { type SweepReport, writeSweep } from '../../use-cases/sweep-report.ts';
import { requireReplaceable, writeRun } from './run-outputs.ts';
import { trainingStart } from './run-start.ts';
import { beginRun } from './start-file.ts';
import { type TrainingRecord, writeTrainingRecord } from './training-record.ts';

const INFO = {
  formatVersion: 2,
  graftVersion: '0.0.0',
  classNames: ['a', 'b', 'c'],
  input: { widthPx: 4, heightPx: 4, resize: 'squash' },
  recipe: { ...DEFAULT_RECIPE, cut: 'x', sizePx: 2, task: 'classification' },
  bestEpoch: 1,
} as unknown as RecipeModelInfo;

/** Writes what a training leaves. @returns The model's path. */
async function written(run: string): Promise<string> {
  const builder = new GraphBuilder('net');
  const pixels = builder.op('Cast', [builder.input('image', 'uint8', ['N', 4, 4, 3])], { to: 'float32' });
  builder.output(
    builder.op('ReduceMean', [pixels, builder.integers([1, 2])], { keepdims: 0 }),
    'probabilities',
  );
  const logs = { loss: 1, accuracy: 0.5, val_loss: 1, val_accuracy: 0.5, learning_rate: 1e-3 };
  const epochs = [1, 2].map((epoch) => ({ epoch, logs, seconds: 0.1 }));
  const { path } = await writeRun(run, builder.build(), INFO, {
    history: { epochs, ended: 'epochs' },
    trainedHashes: new Uint8Array(0),
  });
  return path;
}

it('knows all that a run and a sweep write as their own, so that another may write over it', async () => {
  const run = await temporaryFolder();
  await beginRun(run, trainingStart({ dir: 'photos', recipe: DEFAULT_RECIPE, csv: {}, strict: false }));
  await written(run);
  const record = { data: 'photos', path: 'photos', seconds: {}, peakMemoryBytes: 1 };
  await writeTrainingRecord(run, record as unknown as TrainingRecord);
  const report = {
    classNames: ['a', 'b'],
    combinations: 0,
    ended: 'all',
    rows: [],
    failed: [],
  } as unknown as SweepReport;
  await writeSweep(run, report);
  await expect(requireReplaceable(run)).resolves.toBeUndefined();
  // What it holds is what tells: each alone is refused when it is another's.
  const names = [
    'model.onnx',
    'recipe.json',
    'history.csv',
    'curves.svg',
    'run.json',
    'training.json',
    'sweep.json',
    'sweep.csv',
  ];
  for (const name of names) {
    const own = await readFile(join(run, name));
    await writeFile(join(run, name), 'of another program');
    await expect(requireReplaceable(run), name).rejects.toThrow(
      `expected no "${name}", or one that Graft wrote`,
    );
    await writeFile(join(run, name), own);
  }
});

it('writes beside a file that a person has put there since the run began', async () => {
  const run = await temporaryFolder();
  const theirs = { 'model.onnx': 'precious', 'model-2.onnx': 'precious', 'curves.svg': 'precious' };
  await writeFiles(run, theirs);
  expect(await written(run)).toBe(join(run, 'model-3.onnx'));
  expect((await readdir(run)).toSorted()).toEqual([
    'curves-2.svg',
    'curves.svg',
    'history.csv',
    'model-2.onnx',
    'model-3.onnx',
    'model.onnx',
    'recipe.json',
  ]);
  for (const name of Object.keys(theirs)) expect(await readFile(join(run, name), 'utf8')).toBe('precious');
});

it("leaves a recipe that a person wrote where the run's own would go", async () => {
  const run = await temporaryFolder();
  await copyFile('recipes/inception-mixed7.json', join(run, 'recipe.json'));
  await expect(requireReplaceable(run)).rejects.toThrow(
    withMessage(
      `run folder "${run}": expected no "recipe.json", or one that Graft wrote, received another one. It was left as it is: move it away, or choose another --out.`,
    ),
  );
});
