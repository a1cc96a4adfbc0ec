/** @file Safetensors on the disk, in one file and in several. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { floats } from '../../core/tensor/tensor.ts';
import { writeSafetensors } from '../../core/weights/safetensors.ts';
import { openSafetensors, openShardedSafetensors } from './safetensors-file.ts';

describe('safetensors on the disk', () => {
  let folder: string;
  const path = (name: string): string => join(folder, name);
  const index = (map: Record<string, string>): string => {
    const file = path('model.safetensors.index.json');
    writeFileSync(file, JSON.stringify({ metadata: {}, weight_map: map }));
    return file;
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'graft-shards-'));
    writeFileSync(path('1.safetensors'), writeSafetensors(new Map([['a', floats([2], [1, 2])]])));
    writeFileSync(path('2.safetensors'), writeSafetensors(new Map([['b', floats([1, 1], [3])]])));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are read when they are asked for', () => {
    const { tensors, where } = openSafetensors(path('1.safetensors'));
    expect(where).toBe('weights "1.safetensors"');
    expect([...tensors.keys()]).toEqual(['a']);
    expect(tensors.get('a')).toEqual(floats([2], [1, 2]));
  });

  it('may be several, with an index', async () => {
    const { tensors } = await openShardedSafetensors(index({ a: '1.safetensors', b: '2.safetensors' }));
    expect([...tensors]).toEqual([
      ['a', floats([2], [1, 2])],
      ['b', floats([1, 1], [3])],
    ]);
  });

  const where = 'weights "model.safetensors.index.json"';
  const damaged = 'The file is damaged or of another kind: fetch it again.';
  it.each([
    [
      { a: '3.safetensors' },
      `${where}: expected "3.safetensors" beside it, received no such file. Fetch all files of the model: 3.safetensors is missing.`,
    ],
    [{ a: '../x' }, `${where}: expected files beside the index, received "../x". ${damaged}`],
    [
      { b: '1.safetensors' },
      `${where}: expected "b" in "1.safetensors", received a file without it. ${damaged}`,
    ],
  ] as const)('refuse an index of %j', async (map, message) => {
    await expect(openShardedSafetensors(index({ ...map }))).rejects.toThrow(withMessage(message));
  });

  it('refuse a file that is not there', () => {
    expect(() => openSafetensors(path('none.safetensors'))).toThrow(
      `weights "none.safetensors": expected a file, received no file at "${path('none.safetensors')}". Check the path.`,
    );
  });
});
