import { expect, it } from 'vitest';
import { crc32, crc32InJavaScript } from './checksum.ts';

it('is the CRC-32 of zlib, whoever computes it, in one piece or two', () => {
  const bytes = Buffer.from('123456789');
  for (const compute of [crc32, crc32InJavaScript]) {
    // The check value of CRC-32/ISO-HDLC: https://reveng.sourceforge.io/crc-catalog/17plus.htm
    expect(compute(bytes)).toBe(0xcbf43926);
    expect(compute(bytes.subarray(4), compute(bytes.subarray(0, 4)))).toBe(0xcbf43926);
    expect(compute(new Uint8Array())).toBe(0);
    expect(compute(bytes, 0xffffffff)).toBe(crc32(bytes, 0xffffffff));
  }
});
