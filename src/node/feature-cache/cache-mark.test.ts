import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../../tests/support/image-folder.ts';
import * as ownFiles from '../files/own-files.ts';
import { isOwnOrEmpty, markCache } from './cache-mark.ts';

vi.mock('../files/own-files.ts', async (original) => ({ ...(await original<typeof ownFiles>()) }));

it('knows a cache that another process marks while it is looked at', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'format.json.0123456789ab'), '');
  const { isReplaceable } = ownFiles;
  vi.spyOn(ownFiles, 'isReplaceable').mockImplementationOnce(async (path, proof) => {
    await markCache(folder);
    return isReplaceable(path, proof);
  });
  expect(await isOwnOrEmpty(folder)).toBe(true);
});
