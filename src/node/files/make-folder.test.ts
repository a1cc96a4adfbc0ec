import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../tests/support/image-folder.ts';
import { needs } from '../../../tests/support/needs.ts';
import { makeFolder } from './make-folder.ts';

describe('makeFolder', () => {
  it('makes those above too, and tells who made it', async () => {
    const folder = await temporaryFolder();
    for (let round = 0; round < 50; round++) {
      const path = join(folder, `${round}/b/c`);
      const made = await Promise.all([1, 2, 3, 4].map(() => makeFolder(path)));
      expect(made.filter(Boolean)).toEqual([true]);
      expect(await makeFolder(path)).toBe(false);
    }
  });

  it('does not take a file for a folder', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), '');
    await expect(makeFolder(join(folder, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolder(join(folder, 'file/below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it('comes to an end where no folder can be made', needs.linux, async () => {
    await expect(makeFolder('/proc/graft/deeper')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
