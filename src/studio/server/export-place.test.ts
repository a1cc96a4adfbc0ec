import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../../../tests/support/image-folder.ts';
import { placeOfExport } from './export-place.ts';

it('takes no export of what the model was before for one of the model', async () => {
  const run = await temporaryFolder();
  const written = async (name: string, seconds: number): Promise<void> => {
    await writeFiles(run, { [name]: Buffer.from(name) });
    await utimes(join(run, name), seconds, seconds);
  };
  const model = join(run, 'model.onnx');
  await written('model.onnx', 1000);
  expect(await placeOfExport(model, 'keras')).toEqual({ out: join(run, 'model.keras'), isMade: false });
  await written('model.keras', 1001);
  expect(await placeOfExport(model, 'keras')).toEqual({ out: join(run, 'model.keras'), isMade: true });
  // The training went on.
  await written('model.onnx', 1002);
  expect(await placeOfExport(model, 'keras')).toEqual({ out: join(run, 'model-2.keras'), isMade: false });
  await written('model-2.keras', 1003);
  expect(await placeOfExport(model, 'keras')).toEqual({ out: join(run, 'model-2.keras'), isMade: true });
  expect(await placeOfExport(model, 'tfjs')).toEqual({ out: join(run, 'tfjs'), isMade: false });
});
