/** @file A file without a name gives back what was written, says what it lacks, and leaves nothing behind. */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UnnamedFile } from './unnamed-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'graft-unnamed-file-'));
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) vi.stubEnv(name, folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe('a file without a name', () => {
  const parts = [Uint8Array.of(1, 2, 3), new Uint8Array(0), Uint8Array.of(4, 5)];

  it('holds arrays one behind the other, and is in no folder', () => {
    const file = UnnamedFile.write(parts, 'a table')!;
    expect(readdirSync(folder)).toEqual([]);
    const all = new Uint8Array(5);
    expect(file.read(all, 0)).toBe(5);
    expect([...all]).toEqual([1, 2, 3, 4, 5]);
    const more = new Uint8Array(4);
    expect(file.read(more, 2, 3)).toBe(3);
    expect([...more]).toEqual([3, 4, 5, 0]);
  });

  it('says that bytes are missing', () => {
    const file = UnnamedFile.write(parts, 'a table')!;
    expect(() => file.read(new Uint8Array(4), 2)).toThrow(
      'temporary file of a table: expected the bytes that were written into it, received fewer',
    );
  });

  it('is none where no file can be made', () => {
    vi.stubEnv('TMPDIR', join(folder, 'none'));
    expect(UnnamedFile.write(parts, 'a table')).toBeUndefined();
  });
});
