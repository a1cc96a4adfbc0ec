import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { plainPicture, temporaryFolder, writeFiles } from '../../tests/support/picture-folder.ts';
import { saying } from '../../tests/support/saying.ts';
import { decodeBatches } from '../data/decode-batches.ts';
import type { Sample, SkippedFile } from '../data/sample.ts';
import type { Session } from '../runtime/session.ts';
import { floats, type Tensor } from '../tensor/tensor.ts';
import { type ExtractionOptions, extractFeatures, FORWARD_BATCH } from './feature-extraction.ts';
import type { FeatureSet } from './feature-set.ts';

/** Gives the red and the blue of each picture's first pixel. */
class FirstPixel implements Session {
  readonly inputNames = ['image'];
  readonly outputNames = ['features'];
  readonly shapes: (readonly number[])[] = [];
  onRun?: () => void;

  async run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    const { image } = feeds as { image: Tensor<'uint8'> };
    this.shapes.push(image.shape);
    this.onRun?.();
    const [count = 0, height = 0, width = 0] = image.shape;
    const stride = height * width * 3;
    const features = Array.from({ length: count }, (_, i) => [
      image.data[i * stride]!,
      image.data[i * stride + 2]!,
    ]);
    return { features: floats([count, 2], features.flat()) };
  }

  async dispose(): Promise<void> {}
}

/** Picture `i` has red `i`; those of `broken` cannot be read. */
async function makeSamples(count: number, broken: readonly number[] = []): Promise<Sample[]> {
  const folder = await temporaryFolder();
  const samples: Sample[] = [];
  for (let i = 0; i < count; i++) {
    const file = `${i}.png`;
    await writeFiles(folder, { [file]: broken.includes(i) ? 'x' : await plainPicture(`rgb(${i}, 0, 200)`) });
    samples.push({ file: join(folder, file), label: i % 3 });
  }
  return samples;
}

/** Decodes the samples to 5 x 5 pixels and extracts. */
function extract(
  session: Session,
  samples: readonly Sample[],
  more: Partial<ExtractionOptions> & {
    readonly strict?: boolean;
    readonly signal?: AbortSignal;
    readonly onSkip?: (file: SkippedFile) => void;
  } = {},
): Promise<FeatureSet> {
  const { strict = false, signal, onSkip, ...rest } = more;
  let skipped = 0;
  const batches = decodeBatches(samples, {
    width: 5,
    height: 5,
    batchSize: FORWARD_BATCH,
    strict,
    ...(signal && { signal }),
    onSkip(file) {
      skipped++;
      onSkip?.(file);
    },
  });
  const size = { widthPx: 5, heightPx: 5, width: 2, classes: 3, pictures: samples.length };
  return extractFeatures(session, batches, { ...size, skipped: () => skipped, ...rest });
}

describe('extractFeatures', () => {
  it('gives the features of all pictures, in their order, with their labels', async () => {
    const session = new FirstPixel();
    const done: number[] = [];
    const set = await extract(session, await makeSamples(35), {
      onProgress: (count) => done.push(count),
    });
    expect(set).toMatchObject({ size: 35, width: 2, classes: 3 });
    expect([...set.features]).toEqual(Array.from({ length: 35 }, (_, i) => [i, 200]).flat());
    expect([...set.labels]).toEqual(Array.from({ length: 35 }, (_, i) => i % 3));
    expect(session.shapes).toEqual([
      [16, 5, 5, 3],
      [16, 5, 5, 3],
      [3, 5, 5, 3],
    ]);
    expect(done).toEqual([16, 32, 35]);
  });

  it('leaves out what cannot be read, says so, and counts it as done', async () => {
    // Of the second batch one picture is left, of the third none.
    const broken = [2, ...Array.from({ length: 15 }, (_, i) => 16 + i), 32, 33];
    const samples = await makeSamples(34, broken);
    const skipped: SkippedFile[] = [];
    const done: number[] = [];
    const set = await extract(new FirstPixel(), samples, {
      onSkip: (file) => skipped.push(file),
      onProgress: (count) => done.push(count),
    });
    const kept = Array.from({ length: 34 }, (_, i) => i).filter((i) => !broken.includes(i));
    expect(set.size).toBe(16);
    expect([...set.features]).toEqual(kept.flatMap((i) => [i, 200]));
    expect([...set.labels]).toEqual(kept.map((i) => i % 3));
    expect(skipped).toEqual(broken.map((i) => ({ file: samples[i]!.file, reason: 'not a picture' })));
    expect(done).toEqual([16, 32, 34]);
  });

  it('gives an empty set where there are no pictures', async () => {
    const set = await extract(new FirstPixel(), []);
    expect(set).toEqual({
      features: new Float32Array(0),
      labels: new Uint16Array(0),
      width: 2,
      classes: 3,
      size: 0,
    });
  });

  it('stops at the first unreadable picture in strict mode', async () => {
    const samples = await makeSamples(3, [1]);
    await expect(extract(new FirstPixel(), samples, { strict: true })).rejects.toThrow(
      saying(
        `picture "${samples[1]!.file}": expected a picture, received not a picture. ` +
          'Give a JPEG, PNG, WebP, GIF, TIFF or AVIF file.',
      ),
    );
  });

  it("stops with the signal's reason", async () => {
    const session = new FirstPixel();
    const stop = new AbortController();
    session.onRun = () => stop.abort('enough');
    await expect(extract(session, await makeSamples(20), { signal: stop.signal })).rejects.toBe('enough');
    expect(session.shapes).toHaveLength(1);
  });

  it('shows the network a view of each picture', async () => {
    const seen: string[] = [];
    const set = await extract(new FirstPixel(), await makeSamples(3), {
      view(pixels, { file }) {
        seen.push(file.slice(-5));
        expect(pixels).toHaveLength(75);
        pixels[0]! += 100;
      },
    });
    expect(seen).toEqual(['0.png', '1.png', '2.png']);
    expect([...set.features]).toEqual([100, 200, 101, 200, 102, 200]);
  });
});
