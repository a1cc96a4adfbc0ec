import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../../../tests/support/image-folder.ts';
import { type PlanRow, planText, readPlan } from './check-plan.ts';

function row(file: string, action: PlanRow['action'] = 'quarantine'): PlanRow {
  return { action, reason: 'outlier', file, set: 'train', label: 'cats', score: 0.12345, sha256: '' };
}

describe('a plan', () => {
  it('names files again whose names a table cannot show', async () => {
    const root = await temporaryFolder();
    const names = [
      'cats/plain.jpg',
      'cats/=1+1.jpg',
      'cats/a,"b".jpg',
      'cats/bell\u0007.jpg',
      '-dash.jpg',
      'keep.jpg',
    ];
    await writeFiles(root, names);
    const plan = join(await temporaryFolder(), 'plan.csv');
    await writeFile(
      plan,
      planText(
        names.map((name) => row(name, name === 'keep.jpg' ? 'keep' : 'quarantine')).concat(row('gone.jpg')),
      ),
    );
    const { suspects, left } = await readPlan(plan, root);
    expect(suspects.map(({ file }) => file)).toEqual(names.slice(0, -1));
    expect(left).toEqual([{ file: 'gone.jpg', reason: 'not there' }]);
  });

  it('may come back from a spreadsheet: with a mark at its beginning, semicolons and other cases', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, ['cats/1.jpg', 'cats/2.jpg']);
    const plan = join(root, 'plan.csv');
    await writeFile(plan, '\ufeffaction;file\r\nQuarantine;cats/1.jpg\r\n;cats/2.jpg\r\n');
    expect((await readPlan(plan, root)).suspects).toEqual([{ file: 'cats/1.jpg', sha256: undefined }]);
  });

  it('may have no lines, where nothing was found', async () => {
    const plan = join(await temporaryFolder(), 'plan.csv');
    await writeFile(plan, planText([]));
    expect(await readPlan(plan, '/')).toEqual({ suspects: [], left: [] });
  });

  it('that is not there is told', async () => {
    const path = join(await temporaryFolder(), 'plan.csv');
    await expect(readPlan(path, '/')).rejects.toThrow(
      `plan "${path}": expected a file, received none that can be read. Write one with --csv FILE.`,
    );
  });
});
