import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { plainImage, temporaryFolder, writeFiles } from '../../../tests/support/image-folder.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import type { Sample, SkippedFile } from '../../core/examples/sample.ts';
import type { ImageBatch } from '../../vision/images/image-reader.ts';
import { type DecodeBatchesOptions, decodeBatches } from './decode-batches.ts';
import { decodeImage } from './image-decoder.ts';

// The real decoder, but its calls are counted.
vi.mock('./image-decoder.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('./image-decoder.ts')>();
  return { ...original, decodeImage: vi.fn(original.decodeImage) };
});

const SIZE = { width: 3, height: 2 };

/** Images that are gray with the value 10 x index; those of `broken` hold other content. */
async function greys(count: number, broken: Readonly<Record<number, string>> = {}): Promise<Sample[]> {
  const folder = await temporaryFolder();
  const samples: Sample[] = [];
  for (let index = 0; index < count; index++) {
    const value = index * 10;
    const name = `${index}.png`;
    await writeFiles(folder, {
      [name]: broken[index] ?? (await plainImage(`rgb(${value},${value},${value})`)),
    });
    samples.push({ file: join(folder, name), label: index % 2 });
  }
  return samples;
}

async function collect(
  samples: readonly Sample[],
  options: Omit<DecodeBatchesOptions, 'width' | 'height'>,
): Promise<ImageBatch[]> {
  const batches: ImageBatch[] = [];
  for await (const { pixels, samples: read } of decodeBatches(samples, { ...SIZE, ...options }))
    batches.push({ pixels: pixels.slice(), samples: read });
  return batches;
}

/** The value of every image, after checking that all its pixels have it. */
function valuesOf({ pixels, samples }: ImageBatch): number[] {
  expect(pixels).toHaveLength(samples.length * 18);
  return samples.map((_, index) => {
    const image = pixels.subarray(index * 18, (index + 1) * 18);
    expect(new Set(image).size).toBe(1);
    return image[0]!;
  });
}

describe('decodeBatches', () => {
  it.each([0, 1, 2, 10])('yields all images in order with prefetch %i', async (prefetch) => {
    const samples = await greys(10);
    const batches = await collect(samples, { batchSize: 4, prefetch });
    expect(batches.map(valuesOf)).toEqual([
      [0, 10, 20, 30],
      [40, 50, 60, 70],
      [80, 90],
    ]);
    expect(batches.flatMap((batch) => batch.samples)).toEqual(samples);
  });

  it('yields nothing for no samples', async () => {
    expect(await collect([], { batchSize: 4 })).toEqual([]);
  });

  it('leaves out what cannot be read, tells why, and moves the others up', async () => {
    const samples = await greys(8, { 0: '', 2: 'words', 6: '', 7: '' });
    await rm(samples[6]!.file);
    const skipped: SkippedFile[] = [];
    const batches = await collect(samples, { batchSize: 3, onSkip: (file) => skipped.push(file) });
    expect(batches.map(valuesOf)).toEqual([[10], [30, 40, 50]]);
    expect(batches.map((batch) => batch.samples)).toEqual([[samples[1]], samples.slice(3, 6)]);
    expect(skipped).toEqual([
      { file: samples[0]!.file, reason: 'empty file' },
      { file: samples[2]!.file, reason: 'not an image' },
      { file: samples[6]!.file, reason: 'file not found' },
      { file: samples[7]!.file, reason: 'empty file' },
    ]);
  });

  it('throws at the first unreadable image in strict mode', async () => {
    const samples = await greys(6, { 3: 'words', 4: '' });
    const seen: number[] = [];
    const work = async (): Promise<void> => {
      for await (const batch of decodeBatches(samples, { ...SIZE, batchSize: 2, strict: true }))
        seen.push(...valuesOf(batch));
    };
    await expect(work()).rejects.toThrow(
      withMessage(
        `image "${samples[3]!.file}": expected an image, received not an image. Give a JPEG, PNG, WebP, GIF, TIFF or AVIF file.`,
      ),
    );
    expect(seen).toEqual([0, 10]);
  });

  it.each([
    [0, [2, 4, 6, 8]],
    [2, [6, 8, 10, 12]],
    [9, [12, 12, 12, 12]],
  ])(
    'with prefetch %i has that many batches ahead in the decoder when it yields, and no more',
    async (prefetch, started) => {
      const samples = await greys(12);
      vi.mocked(decodeImage).mockClear();
      const batches = decodeBatches(samples, { ...SIZE, batchSize: 2, prefetch });
      expect(decodeImage).toHaveBeenCalledTimes(0);
      for (const expected of started) {
        await batches.next();
        expect(decodeImage).toHaveBeenCalledTimes(expected);
      }
    },
  );

  it.each([0, 2])('with prefetch %i, leaves a batch alone while it is looked at', async (prefetch) => {
    const samples = await greys(20);
    const seen: number[] = [];
    for await (const batch of decodeBatches(samples, { ...SIZE, batchSize: 2, prefetch })) {
      // By then, all that were started are decoded.
      await new Promise((resolve) => setTimeout(resolve, 20));
      seen.push(...valuesOf(batch));
    }
    expect(seen).toEqual(samples.map((_, index) => index * 10));
  });

  it.each([0, 2])(
    'with prefetch %i, takes no more memory for many batches than for few',
    async (prefetch) => {
      const samples = await greys(20, { 4: '', 5: '' });
      const memories = new Set<ArrayBufferLike>();
      for await (const { pixels } of decodeBatches(samples, { ...SIZE, batchSize: 2, prefetch }))
        memories.add(pixels.buffer);
      expect(memories.size).toBe(prefetch + 1);
    },
  );

  it('may be left early', async () => {
    const samples = await greys(9, { 8: '' });
    for await (const batch of decodeBatches(samples, { ...SIZE, batchSize: 1, strict: true })) {
      expect(valuesOf(batch)).toEqual([0]);
      break;
    }
  });

  it('stops with the reason of the signal, before and between batches', async () => {
    const samples = await greys(6);
    const reason = new Error('enough');
    await expect(collect(samples, { batchSize: 2, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const seen: number[] = [];
    const work = async (): Promise<void> => {
      const options = { ...SIZE, batchSize: 2, signal: controller.signal };
      for await (const batch of decodeBatches(samples, options)) {
        seen.push(...valuesOf(batch));
        controller.abort(reason);
      }
    };
    await expect(work()).rejects.toBe(reason);
    expect(seen).toEqual([0, 10]);
  });

  it('refuses a batch that no array can hold', async () => {
    const huge = decodeBatches(await greys(2), { width: 1e6, height: 1e6, batchSize: 2 });
    await expect(huge.next()).rejects.toThrow(
      withMessage(
        'image batches: expected batches of at most 4.0 GB, received 6.0 TB: images of 1000000 x 1000000 pixels. Give a smaller size, or smaller batches.',
      ),
    );
  });

  it('refuses counts that are none', async () => {
    await expect(collect([], { batchSize: 0 })).rejects.toThrow(
      withMessage('image batches: expected a batch size of at least 1, received 0. Give a whole number.'),
    );
    await expect(collect([], { batchSize: 1, prefetch: -1 })).rejects.toThrow(
      withMessage('image batches: expected a prefetch of at least 0, received -1. Give a whole number.'),
    );
  });
});
