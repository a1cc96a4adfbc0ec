import { describe, expect, it } from 'vitest';
import { baseName } from './base-name.ts';

describe('baseName', () => {
  it.each([
    ['/a/folder/model.h5', 'model.h5'],
    ['model.h5', 'model.h5'],
    ['C:\\weights\\model.h5', 'model.h5'],
    ['/a/folder/', 'folder'],
    ['', ''],
  ])('of "%s" is "%s"', (path, name) => {
    expect(baseName(path)).toBe(name);
  });
});
