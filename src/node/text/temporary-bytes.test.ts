/** @file Bytes in a temporary file are those that were put there, and nobody else finds it. */

import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TextPool } from '../../text/tables/text-pool.ts';
import { keepInFile } from './temporary-bytes.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'graft-temporary-bytes-'));
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) vi.stubEnv(name, folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const BYTES = new Uint8Array(5_000_000).map((_, index) => (index * 7919) >>> 5);

describe('bytes in a file', () => {
  it('are given back from anywhere, few and many at once', () => {
    const kept = keepInFile(BYTES)!;
    const spans = [
      [0, 10],
      [5, 60_000],
      [4_999_990, 5_000_000],
      [100, 100],
      [2_000_000, 2_300_000],
      [65_530, 65_545],
      [1, 9],
    ] as const;
    for (const [start, end] of spans)
      expect(Buffer.compare(kept.read(start, end), BYTES.subarray(start, end))).toBe(0);
    expect(() => kept.read(4_999_990, 5_000_001)).toThrow('fewer');
    expect(() => kept.read(4_900_000, 5_000_001)).toThrow('fewer');
  });

  it('lie in no file that others see', () => {
    expect(keepInFile(BYTES)).toBeDefined();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('stay where they are, if they are few, or cannot be written', () => {
    expect(keepInFile(BYTES.subarray(0, 1000))).toBeUndefined();
    vi.stubEnv('TMPDIR', join(folder, 'none'));
    expect(keepInFile(BYTES)).toBeUndefined();
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });

  it('are what a pool of texts reads its own from', () => {
    const lines = Array.from({ length: 200_000 }, (_, index) => `text ${index} — ${'x'.repeat(index % 40)}`);
    const pool = new TextPool('a.csv', new TextEncoder().encode(lines.join('\n')));
    for (const [index, line] of lines.entries()) pool.append(line, index + 1);
    pool.append('elsewhere', 7);
    const keep = vi.fn(keepInFile);
    pool.moveSource(keep);
    expect(keep.mock.results[0]!.value).toBeDefined();
    for (const index of [0, 1, 99_999, 3, 199_999]) expect(pool.textAt(index)).toBe(lines[index]);
    expect(pool.textAt(200_000)).toBe('elsewhere');
    expect(pool.textAt(pool.append('text 5', 8))).toBe('text 5');
  });
});
