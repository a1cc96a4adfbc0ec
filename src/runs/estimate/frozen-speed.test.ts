import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { plainImage, temporaryFolder, writeFiles } from '../../../tests/support/image-folder.ts';
import type { Sample } from '../../core/examples/sample.ts';
import type { Session } from '../../core/runtime/session.ts';
import { floats } from '../../core/tensor/tensor.ts';
import { imageFiles } from '../../node/images/image-files.ts';
import { measureFrozen } from './frozen-speed.ts';

/** Gives the first byte of every image as its feature, and tells how many came at once. */
function firstBytes(runs: number[]): Session {
  return {
    inputNames: ['image'],
    outputNames: ['features'],
    run: async ({ image }) => {
      const [count = 0] = image!.shape as number[];
      runs.push(count);
      const each = image!.data.length / count;
      return {
        features: floats(
          [count, 1],
          Array.from({ length: count }, (_, i) => Number(image!.data[i * each])),
        ),
      };
    },
    dispose: async () => {},
  };
}

async function images(contents: Record<string, string | Uint8Array>): Promise<Sample[]> {
  const folder = await temporaryFolder();
  await writeFiles(folder, contents);
  return Object.keys(contents).map((name) => ({ file: join(folder, name), label: 0 }));
}

const size = { images: imageFiles, widthPx: 8, heightPx: 8 };

describe('measureFrozen', () => {
  it('runs one image to warm up, and then a pass whose features it hands on', async () => {
    const samples = await images({
      'a.png': await plainImage('#010000'),
      'b.png': await plainImage('#020000'),
      'c.png': await plainImage('#030000'),
    });
    const runs: number[] = [];
    const measured = await measureFrozen({ samples, session: firstBytes(runs), ...size });
    expect(runs).toEqual([1, 1, 2]);
    expect([...measured!.features]).toEqual([2, 3]);
    expect(measured!.compute).toBeGreaterThan(0);
    expect(measured!.decode).toBeGreaterThan(0);
  });

  it('draws views', async () => {
    const samples = await images({
      'a.png': await plainImage('#010000'),
      'b.png': await plainImage('#020000'),
    });
    const draw = (pixels: Uint8Array) => pixels.fill(7);
    const measured = await measureFrozen({ samples, session: firstBytes([]), ...size, draw });
    expect([...measured!.features]).toEqual([7]);
  });

  it('makes do with the images that can be read', async () => {
    const good = await plainImage('#050000');
    const first = await images({ 'a.png': good, 'b.png': 'no image' });
    const measured = await measureFrozen({ samples: first, session: firstBytes([]), ...size });
    expect([...measured!.features]).toEqual([5]);
    const second = await images({ 'a.png': 'no image', 'b.png': good });
    expect([
      ...(await measureFrozen({ samples: second, session: firstBytes([]), ...size }))!.features,
    ]).toEqual([5]);
    const none = await images({ 'a.png': 'no image', 'b.png': 'nor this' });
    expect(await measureFrozen({ samples: none, session: firstBytes([]), ...size })).toBeUndefined();
  });
});
