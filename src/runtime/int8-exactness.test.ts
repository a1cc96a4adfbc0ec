import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isInt8Exact } from './int8-exactness.ts';

const flags = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';

describe('isInt8Exact', () => {
  it('tells one or the other', async () => {
    expect(await isInt8Exact()).toBeTypeOf('boolean');
  });

  it.runIf(/avx512_vnni|avx_vnni/.test(flags))('is true of a processor with VNNI', async () => {
    expect(await isInt8Exact()).toBe(true);
  });

  it.runIf(process.arch === 'arm64')('is true of ARM, which adds products in int32', async () => {
    expect(await isInt8Exact()).toBe(true);
  });
});
