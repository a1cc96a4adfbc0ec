import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../tests/support/image-folder.ts';
import { withMessage } from '../../tests/support/saying.ts';
import { writeCheckPage } from './check-page.tsx';

const PAGE = {
  data: 'photos',
  root: undefined,
  report: {
    images: 3,
    duplicates: [],
    leaks: [],
    labelErrors: [],
    outliers: [],
    groups: null,
    classes: [],
    learningCurve: null,
    warnings: [],
  },
};

describe('the page of a check', () => {
  it('is written over an older one', async () => {
    const path = join(await temporaryFolder(), 'page.html');
    await writeCheckPage(path, { ...PAGE, data: 'older' });
    await writeCheckPage(path, PAGE);
    expect(await readFile(path, 'utf8')).toContain('<title>photos · Graft</title>');
  });

  it("is not written over a person's, however usual its beginning", async () => {
    const path = join(await temporaryFolder(), 'garden.html');
    const own = '<!DOCTYPE html>\n<html lang="en">\n<head><title>My garden</title></head></html>\n';
    await writeFile(path, own);
    await expect(writeCheckPage(path, PAGE)).rejects.toThrow(
      withMessage(
        `file "${path}": expected a name that is free, received one that is there already. Remove it, or choose another --html.`,
      ),
    );
    expect(await readFile(path, 'utf8')).toBe(own);
  });
});
