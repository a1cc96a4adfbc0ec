import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { pngOfSize, temporaryFolder } from '../../../tests/support/image-folder.ts';
import { imageFiles } from '../../node/images/image-files.ts';
import { largestDecodeBytes } from './decode-need.ts';

describe('largestDecodeBytes', () => {
  it('is what the largest image takes that is decoded at all', async () => {
    const folder = await temporaryFolder();
    const form = { depth: 8, colorType: 2, isInterlaced: true };
    const files = {
      'small.png': await sharp({ create: { width: 9, height: 9, channels: 3, background: '#888' } })
        .png()
        .toBuffer(),
      'large.png': pngOfSize(5000, 4000, form),
      'larger.png': pngOfSize(5000, 6000, form),
      // Above the limit, and so refused.
      'refused.png': pngOfSize(14_000, 14_000, form),
      'text.png': Buffer.from('text'),
    };
    const samples = Object.keys(files).map((name) => ({ file: join(folder, name), label: 0 }));
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
    expect(await largestDecodeBytes({ images: imageFiles, samples })).toBeCloseTo(5000 * 6000 * 3 * 1.12, 0);
    expect(await largestDecodeBytes({ images: imageFiles, samples: samples.slice(0, 1) })).toBe(0);
    expect(await largestDecodeBytes({ images: imageFiles, samples: [] })).toBe(0);
  });

  it('ends at once when it is told to', async () => {
    const reason = new Error('enough');
    const samples = [{ file: 'missing.jpg', label: 0 }];
    await expect(
      largestDecodeBytes({ images: imageFiles, samples, signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
  });
});
