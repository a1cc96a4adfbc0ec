import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decodeImageFilter, encodeImageFilter } from './image-filter.ts';

/** Hashes of made-up images. */
function hashesOf(from: number, count: number): Uint8Array {
  const hashes = new Uint8Array(count * 32);
  for (let i = 0; i < count; i++)
    hashes.set(
      createHash('sha256')
        .update(`image ${from + i}`)
        .digest(),
      i * 32,
    );
  return hashes;
}

function found(text: string, hashes: Uint8Array): number {
  const filter = decodeImageFilter(text)!;
  let count = 0;
  for (let i = 0; i < hashes.length; i += 32) if (filter.has(hashes.subarray(i, i + 32))) count++;
  return count;
}

describe('a filter of images', () => {
  it.each([0, 1, 2, 1000, 20_000])('of %i images finds them all, and practically no other', (count) => {
    const own = hashesOf(0, count);
    const text = encodeImageFilter(own, 7);
    expect(found(text, own)).toBe(count);
    expect(found(text, hashesOf(1_000_000, 2000))).toBe(0);
    expect(decodeImageFilter(text)).toMatchObject({ images: count });
  });

  it('of 100,000 images takes at most 100 KB, and as many others for its own as it says', () => {
    const own = hashesOf(0, 100_000);
    const text = encodeImageFilter(own, 1);
    expect(text.length).toBeLessThanOrEqual(100_000);
    const { falsePositiveRate } = decodeImageFilter(text)!;
    expect(falsePositiveRate).toBeLessThan(0.05);
    expect(found(text, own)).toBe(100_000);
    const others = 20_000;
    const expected = others * falsePositiveRate;
    expect(Math.abs(found(text, hashesOf(1_000_000, others)) - expected)).toBeLessThan(
      5 * Math.sqrt(expected),
    );
  });

  it('is the same whatever the order and the number of copies, and another with another seed', () => {
    const own = hashesOf(0, 50);
    const rows = Array.from({ length: 50 }, (_, i) => own.subarray(i * 32, (i + 1) * 32));
    const turned = Buffer.concat([...rows.toReversed(), ...rows]);
    expect(encodeImageFilter(turned, 3)).toBe(encodeImageFilter(own, 3));
    expect(encodeImageFilter(own, 4)).not.toBe(encodeImageFilter(own, 3));
  });

  it('knows nothing of images that could not be read', () => {
    const filter = decodeImageFilter(encodeImageFilter(new Uint8Array(3 * 32), 1))!;
    expect(filter.images).toBe(0);
    expect(filter.has(new Uint8Array(32))).toBe(false);
  });

  // The format is documented: this is what a program of someone else's would write.
  it('reads what the format says', () => {
    // Range 16, rice 1, numbers 3 and 9: gaps 3 = 10 1, 5 = 110 1; bits 1011 1010.
    const filter = decodeImageFilter(
      JSON.stringify({ version: 1, seed: 0, images: 2, range: 16, rice: 1, data: 'ug==' }),
    )!;
    const multiplier = BigInt(createHash('sha256').update('graft images 1 0').digest().readUIntBE(0, 6)) | 1n;
    const numbers = Array.from({ length: 200 }, (_, i) => {
      const hash = createHash('sha256').update(`${i}`).digest();
      const mixed = (BigInt(hash.readUIntBE(0, 6)) * multiplier) % 2n ** 48n;
      return { is: filter.has(hash), number: Number((mixed * 16n) / 2n ** 48n) };
    });
    expect(numbers.filter(({ is }) => is).length).toBeGreaterThan(0);
    for (const { is, number } of numbers) expect(is).toBe(number === 3 || number === 9);
  });

  it.each([
    ['text', 'no JSON'],
    ['nothing', 'null'],
    ['another version', change({ version: 2 })],
    ['more images than its bytes can hold', change({ images: 2 ** 31 })],
    ['fewer images than its bytes hold', change({ images: 5 })],
    ['a range that its numbers leave', change({ range: 16 * 100 })],
    ['a filter in which everything is found', change({ range: 700 })],
    ['a remainder that is too long', change({ rice: 1000 })],
    ['bytes that end too soon', change({ data: 'AAAA' })],
    ['ones without end', change({ data: Buffer.alloc(1000, 255).toString('base64') })],
    ['data that is not base64', change({ data: '<script>' })],
    ['a number in the place of the data', change({ data: 1 })],
    ['a huge range', change({ range: 2 ** 60 })],
  ])('that is damaged is none: %s', (_, text) => {
    expect(decodeImageFilter(text)).toBeUndefined();
  });
});

function change(fields: object): string {
  return JSON.stringify({ ...JSON.parse(encodeImageFilter(hashesOf(0, 100), 1)), ...fields });
}
