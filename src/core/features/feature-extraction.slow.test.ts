import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { plainImage, temporaryFolder, writeFiles } from '../../../tests/support/image-folder.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { hashImages } from '../../node/images/hash-images.ts';
import { imageFiles } from '../../node/images/image-files.ts';
import { imageModality } from '../../vision/modality/image-modality.ts';
import { ZERO_TO_ONE } from '../../vision/preprocessing/preprocessing.ts';
import { emptyHashes } from '../examples/content-hashes.ts';
import type { Feeds } from '../examples/modality.ts';
import type { Sample, SkippedFile } from '../examples/sample.ts';
import { Functional } from '../layers/functional.ts';
import { input } from '../layers/input-layer.ts';
import type { FeatureStore, Locations } from '../runtime/feature-store.ts';
import { platform } from '../runtime/platform.ts';
import type { Session } from '../runtime/session.ts';
import { floats, type Tensor, tensor } from '../tensor/tensor.ts';
import { DecodedExamples } from './decoded-examples.ts';
import {
  type ExtractionOptions,
  extractFeatures,
  extractJointly,
  type FeatureTarget,
  FORWARD_BATCH,
} from './feature-extraction.ts';
import { type FeatureSet, RowBuffer } from './feature-set.ts';
import { type FeatureDType, RowLayout } from './row-layout.ts';

const IMAGE = input({ shape: [5, 5, 3] });
const modality = imageModality({
  reader: imageFiles,
  model: new Functional({ inputs: IMAGE, outputs: IMAGE }),
  preprocessing: ZERO_TO_ONE,
  seed: 1,
});

function layoutOf(width: number, dtype: FeatureDType = 'float32'): RowLayout {
  return new RowLayout([{ name: 'features', dtype, shape: [width] }]);
}

/** Gives the red and the blue of each image's first pixel. */
class FirstPixel implements Session {
  readonly inputNames = ['image'];
  readonly outputNames = ['features'];
  readonly shapes: (readonly number[])[] = [];
  onRun?: () => void | Promise<void>;

  async run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    const { image } = feeds as { image: Tensor<'uint8'> };
    this.shapes.push(image.shape);
    await this.onRun?.();
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

/** Image `i` has red `i`; those of `broken` cannot be read. */
async function makeSamples(count: number, broken: readonly number[] = []): Promise<Sample[]> {
  const folder = await temporaryFolder();
  const samples: Sample[] = [];
  for (let i = 0; i < count; i++) {
    const file = `${i}.png`;
    await writeFiles(folder, { [file]: broken.includes(i) ? 'x' : await plainImage(`rgb(${i}, 0, 200)`) });
    samples.push({ file: join(folder, file), label: i % 3 });
  }
  return samples;
}

/** A store in memory. */
class MemoryStore implements FeatureStore {
  readonly entries = new Map<string, Uint8Array>();
  readonly lost = new Set<string>();
  isFull = false;
  #places: string[] = [];

  locate(keys: Uint8Array): Locations {
    return Int32Array.from({ length: keys.length / 32 }, (_, i) => {
      const key = Buffer.from(keys.subarray(i * 32, (i + 1) * 32)).toString('hex');
      return this.entries.has(key) ? this.#places.push(key) - 1 : -1;
    });
  }

  async put(keys: Uint8Array, values: Uint8Array): Promise<Locations | undefined> {
    if (this.isFull) return undefined;
    const count = keys.length / 32;
    const each = values.length / count;
    for (let i = 0; i < count; i++) {
      const key = Buffer.from(keys.subarray(i * 32, (i + 1) * 32)).toString('hex');
      this.entries.set(key, values.slice(i * each, (i + 1) * each));
      this.lost.delete(key);
    }
    return this.locate(keys);
  }

  async flush(): Promise<void> {}

  read(locations: Locations, rows: Uint32Array, target: Uint8Array): readonly number[] {
    return [...rows].flatMap((row, index) => {
      const key = this.#places[locations[row]!]!;
      if (this.lost.has(key)) return index;
      const values = this.entries.get(key)!;
      target.set(values, index * values.length);
      return [];
    });
  }
}

interface ExtractOptions extends Partial<ExtractionOptions> {
  readonly strict?: boolean;
  readonly onSkip?: (file: SkippedFile) => void;
}

/** Decodes the samples to 5 x 5 pixels and extracts. */
function extract(
  session: Session,
  samples: readonly Sample[],
  { strict = false, onSkip = () => {}, ...more }: ExtractOptions = {},
): Promise<FeatureSet> {
  const decoding = { modality, batchSize: FORWARD_BATCH, strict, onSkip };
  return extractFeatures({
    examples: samples,
    hashes: emptyHashes(samples.length),
    decoded: new DecodedExamples(samples.length, decoding, 0),
    session: async () => session,
    memory: { bytes: 1e9 },
    outputs: ['features'],
    layout: layoutOf(2),
    numClasses: 3,
    ...more,
  });
}

/** All rows, in order. */
async function numbersOf(set: FeatureSet): Promise<number[]> {
  const rows = new Uint32Array(set.size).map((_, row) => row);
  const [numbers] = await set.read(rows, new RowBuffer());
  return [...(numbers!.data as Float32Array)];
}

const notFinite = (received: string) =>
  withMessage(
    `features: expected finite numbers from the frozen part of the network, received ${received}. Look for weights of the backbone that are not numbers, or fetch its file again.`,
  );

describe('extractFeatures', () => {
  it('gives the features of all images, in their order, with their labels', async () => {
    const session = new FirstPixel();
    const done: number[] = [];
    const set = await extract(session, await makeSamples(35), {
      onProgress: (count) => done.push(count),
    });
    const tensors = [{ name: 'features', dtype: 'float32', shape: [2] }];
    expect(set).toMatchObject({ size: 35, tensors, numClasses: 3 });
    expect(await numbersOf(set)).toEqual(Array.from({ length: 35 }, (_, i) => [i, 200]).flat());
    expect([...set.labels]).toEqual(Array.from({ length: 35 }, (_, i) => i % 3));
    expect(session.shapes).toEqual([
      [16, 5, 5, 3],
      [16, 5, 5, 3],
      [3, 5, 5, 3],
    ]);
    expect(done).toEqual([16, 32, 35]);
  });

  it('asks for a collection in between where there are many, as often as it computes', async () => {
    const [sample] = (await makeSamples(1)) as [Sample];
    const many = Array.from({ length: 2100 }, () => ({ ...sample }));
    let collections = 0;
    const runtime = {
      ...platform,
      collectGarbage: async () => {
        collections++;
      },
    };
    await extract(new FirstPixel(), many.slice(0, 20), { runtime });
    expect(collections).toBe(0);
    const store = new MemoryStore();
    await extract(new FirstPixel(), many, { runtime });
    expect(collections).toBe(1);
    await extract(new FirstPixel(), [sample], { store });
    await extract(new FirstPixel(), many, { runtime, store });
    expect(collections).toBe(1);
  });

  it.each([true, false])(
    'gives rows their targets, whatever cannot be read (in memory: %s)',
    async (fits) => {
      const samples = (await makeSamples(5, [1, 2])).map(
        (sample, i): Sample => ({ ...sample, label: 0, target: Float32Array.of(i, -i) }),
      );
      const set = await extract(new FirstPixel(), samples, {
        store: new MemoryStore(),
        memory: { bytes: fits ? 1e9 : 0 },
      });
      expect([...set.labels]).toEqual([0, 0, 0]);
      expect(set.targets?.width).toBe(2);
      expect([...set.targets!.values]).toEqual([0, -0, 3, -3, 4, -4]);
      expect((await extract(new FirstPixel(), await makeSamples(2))).targets).toBeUndefined();
    },
  );

  it('leaves out what cannot be read, says so, and counts it as done', async () => {
    // Of the second batch one image is left, of the third none.
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
    expect(await numbersOf(set)).toEqual(kept.flatMap((i) => [i, 200]));
    expect([...set.labels]).toEqual(kept.map((i) => i % 3));
    expect(skipped).toEqual(broken.map((i) => ({ file: samples[i]!.file, reason: 'not an image' })));
    expect(done).toEqual([16, 32, 34]);
  });

  it('gives an empty set where there are no images', async () => {
    const set = await extract(new FirstPixel(), []);
    expect(set.size).toBe(0);
    expect(set.labels).toHaveLength(0);
  });

  it('stops at the first unreadable image in strict mode', async () => {
    const samples = await makeSamples(3, [1]);
    await expect(extract(new FirstPixel(), samples, { strict: true })).rejects.toThrow(
      withMessage(
        `image "${samples[1]!.file}": expected an image, received not an image. ` +
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

  it('shows the network a view of each image, named by its content', async () => {
    const samples = await makeSamples(3);
    const hashes = emptyHashes(3);
    await hashImages(samples, 0, 3, hashes);
    const seen: string[] = [];
    const set = await extract(new FirstPixel(), samples, {
      view: {
        number: 4,
        draw({ image }, row, key) {
          seen.push(key);
          (image!.data as Uint8Array)[row * 75]! += 100;
        },
      },
    });
    const keys = [0, 1, 2].map((i) =>
      Buffer.from(hashes.hashes.subarray(32 * i, 32 * (i + 1))).toString('hex'),
    );
    expect(seen).toEqual(keys);
    expect(await numbersOf(set)).toEqual([100, 200, 101, 200, 102, 200]);
  });

  it('keeps float16 where that is asked for, and refuses what it cannot hold', async () => {
    const bits = (value: number): Session => ({
      inputNames: ['image'],
      outputNames: ['features'],
      run: async () => ({ features: tensor('float16', [1, 2], Uint16Array.of(0x3c00, value)) }),
      dispose: async () => {},
    });
    const samples = await makeSamples(1);
    const set = await extract(bits(0xc100), samples, { layout: layoutOf(2, 'float16') });
    expect(await numbersOf(set)).toEqual([1, -2.5]);
    await expect(extract(bits(0x7c00), samples, { layout: layoutOf(2, 'float16') })).rejects.toThrow(
      withMessage(
        'features: expected numbers up to 65,504, which float16 can hold, received a larger one. Keep them as float32 (--features float32).',
      ),
    );
    await expect(extract(bits(0xfe00), samples, { layout: layoutOf(2, 'float16') })).rejects.toThrow(
      notFinite('NaN'),
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses features that are %s', async (value) => {
    const session: Session = {
      inputNames: ['image'],
      outputNames: ['features'],
      run: async () => ({ features: floats([1, 2], [1, value]) }),
      dispose: async () => {},
    };
    await expect(extract(session, await makeSamples(1))).rejects.toThrow(notFinite(`${value}`));
  });
});

describe.each([
  ['in memory', 1e9],
  ['on disk', 0],
])('extractFeatures with a store, rows %s', (_, bytes) => {
  const memory = { bytes };

  it('computes what is not known, and nothing twice, whatever the names', async () => {
    const session = new FirstPixel();
    const store = new MemoryStore();
    const samples = await makeSamples(20);
    await extract(session, samples.slice(0, 5), { store, memory });
    const done: number[] = [];
    const set = await extract(session, samples, { store, memory, onProgress: (count) => done.push(count) });
    expect(session.shapes.map(([count]) => count)).toEqual([5, 15]);
    expect(done).toEqual([5, 20]);
    const again = await extract(session, await makeSamples(20), { store, memory });
    expect(session.shapes).toHaveLength(2);
    const numbers = Array.from({ length: 20 }, (_, i) => [i, 200]).flat();
    expect(await numbersOf(set)).toEqual(numbers);
    expect(await numbersOf(again)).toEqual(numbers);
    const [rows] = await set.read(Uint32Array.of(7, 3), new RowBuffer());
    expect([...rows!.data]).toEqual([7, 200, 3, 200]);
  });

  it('keeps views of different numbers apart', async () => {
    const session = new FirstPixel();
    const store = new MemoryStore();
    const samples = await makeSamples(2);
    const view = (number: number) => ({
      number,
      draw: ({ image }: Feeds, row: number) => {
        (image!.data as Uint8Array)[row * 75]! += 10 * number;
      },
    });
    await extract(session, samples, { store, memory });
    for (const number of [1, 2, 1]) {
      const set = await extract(session, samples, { store, memory, view: view(number) });
      expect(await numbersOf(set)).toEqual([10 * number, 200, 10 * number + 1, 200]);
    }
    expect(session.shapes).toHaveLength(3);
  });

  it('does not store an image that was changed while it was computed', async () => {
    const session = new FirstPixel();
    const store = new MemoryStore();
    const samples = await makeSamples(2);
    session.onRun = () => writeFile(samples[1]!.file, 'other');
    const set = await extract(session, samples, { store, memory });
    expect(await numbersOf(set)).toEqual([0, 200, 1, 200]);
    expect(store.entries.size).toBe(1);
  });

  it('goes on in memory when the store is full', async () => {
    const store = new MemoryStore();
    const samples = await makeSamples(20);
    const session = new FirstPixel();
    session.onRun = () => {
      store.isFull = session.shapes.length > 1;
    };
    const set = await extract(session, samples, { store, memory });
    expect(store.entries.size).toBe(16);
    expect(await numbersOf(set)).toEqual(Array.from({ length: 20 }, (_, i) => [i, 200]).flat());
  });

  it('computes rows again that the store lost', async () => {
    const session = new FirstPixel();
    const store = new MemoryStore();
    const samples = await makeSamples(4);
    await extract(session, samples, { store, memory });
    store.lost.add([...store.entries.keys()][2]!);
    const set = await extract(session, samples, { store, memory });
    expect(await numbersOf(set)).toEqual([0, 200, 1, 200, 2, 200, 3, 200]);
    expect(await numbersOf(set)).toEqual([0, 200, 1, 200, 2, 200, 3, 200]);
    expect(session.shapes.map(([count]) => count)).toEqual([4, 1]);
  });

  it('puts into the store again what it lost, and keeps it in memory only where the store is full', async () => {
    const session = new FirstPixel();
    const store = new MemoryStore();
    const samples = await makeSamples(4);
    const set = await extract(session, samples, { store, memory: { bytes: 0 } });
    const numbers = [0, 200, 1, 200, 2, 200, 3, 200];
    const computed = (): (number | undefined)[] => session.shapes.map(([count]) => count);
    const lose = (...indices: number[]): void => {
      const keys = [...store.entries.keys()];
      for (const index of indices) store.lost.add(keys[index]!);
    };
    lose(1, 2);
    for (let pass = 0; pass < 2; pass++) expect(await numbersOf(set)).toEqual(numbers);
    expect([computed(), store.lost.size]).toEqual([[4, 2], 0]);
    // Were it in memory, nobody would ask the store.
    lose(1);
    for (let pass = 0; pass < 2; pass++) expect(await numbersOf(set)).toEqual(numbers);
    expect(computed()).toEqual([4, 2, 1]);
    store.isFull = true;
    lose(0, 1, 2, 3);
    for (let pass = 0; pass < 2; pass++) expect(await numbersOf(set)).toEqual(numbers);
    expect([computed(), store.lost.size]).toEqual([[4, 2, 1, 4], 4]);
  });

  it('leaves unreadable images out, each time', async () => {
    const store = new MemoryStore();
    const samples = await makeSamples(4, [1]);
    for (let run = 0; run < 2; run++) {
      const skipped: SkippedFile[] = [];
      const set = await extract(new FirstPixel(), samples, {
        store,
        memory,
        onSkip: (file) => skipped.push(file),
      });
      expect(await numbersOf(set)).toEqual([0, 200, 2, 200, 3, 200]);
      expect([...set.labels]).toEqual([0, 2, 0]);
      expect(skipped).toEqual([{ file: samples[1]!.file, reason: 'not an image' }]);
    }
  });
});

describe('extractJointly', () => {
  /** Gives the red of each image's first pixel as `red`, and both colors as `both`. */
  class TwoOutputs extends FirstPixel {
    override async run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
      const { features } = (await super.run(feeds)) as { features: Tensor<'float32'> };
      const count = features.shape[0]!;
      const reds = Array.from({ length: count }, (_, i) => features.data[2 * i]!);
      return { both: features, red: floats([count, 1], reds) };
    }
  }

  const jointly = (session: Session, samples: readonly Sample[], targets: readonly FeatureTarget[]) => {
    const asked: string[][] = [];
    const decoding = {
      modality,
      batchSize: FORWARD_BATCH,
      strict: false,
      onSkip: () => {},
    };
    const extracted = extractJointly({
      examples: samples,
      hashes: emptyHashes(samples.length),
      decoded: new DecodedExamples(samples.length, decoding, 0),
      targets,
      session: async (wanted) => {
        asked.push(wanted.flatMap(({ outputs }) => outputs));
        return session;
      },
      numClasses: 3,
    });
    return { asked, extracted };
  };
  const memory = { bytes: 1e9 };
  const reds = (count: number) => Array.from({ length: count }, (_, i) => i);

  it('gives every kind of features from one pass, and leaves out what cannot be read', async () => {
    const session = new TwoOutputs();
    const samples = await makeSamples(20, [3]);
    const { asked, extracted } = jointly(session, samples, [
      { outputs: ['both'], layout: layoutOf(2), store: new MemoryStore() },
      { outputs: ['red'], layout: layoutOf(1) },
    ]);
    const [both, red] = await Promise.all((await extracted).map((each) => each.table(memory)));
    const readable = reds(20).filter((i) => i !== 3);
    expect(await numbersOf(red!)).toEqual(readable);
    expect(await numbersOf(both!)).toEqual(readable.flatMap((i) => [i, 200]));
    expect(asked).toEqual([['both', 'red']]);
    expect(session.shapes.map(([count]) => count)).toEqual([15, 4]);
  });

  it('asks only for the kinds that are not known, of the images whose kinds are not', async () => {
    const samples = await makeSamples(20);
    const stores = { both: new MemoryStore(), red: new MemoryStore() };
    const targets = [
      { outputs: ['both'], layout: layoutOf(2), store: stores.both },
      { outputs: ['red'], layout: layoutOf(1), store: stores.red },
    ];
    await jointly(new TwoOutputs(), samples, [targets[0]!]).extracted;
    const session = new TwoOutputs();
    const second = jointly(session, samples, targets);
    const [both, red] = await Promise.all((await second.extracted).map((each) => each.table(memory)));
    expect(second.asked).toEqual([['red']]);
    expect(await numbersOf(red!)).toEqual(reds(20));
    expect(await numbersOf(both!)).toEqual(reds(20).flatMap((i) => [i, 200]));
    const third = jointly(session, samples, targets);
    await third.extracted;
    expect([third.asked, session.shapes.length]).toEqual([[], 2]);
    // One entry is gone: its image alone goes through the network.
    stores.both.entries.delete([...stores.both.entries.keys()][7]!);
    const fourth = jointly(session, samples, targets);
    const [again] = await Promise.all((await fourth.extracted).map((each) => each.table(memory)));
    expect(await numbersOf(again!)).toEqual(reds(20).flatMap((i) => [i, 200]));
    expect([fourth.asked, session.shapes.at(-1)]).toEqual([[['both']], [1, 5, 5, 3]]);
    // Each store has lost another image: both go through the network, and each store gets back its own.
    const [keys, written] = [[...stores.red.entries.keys()], { both: 0, red: 0 }];
    stores.both.entries.delete(keys[2]!);
    stores.red.entries.delete(keys[9]!);
    for (const name of ['both', 'red'] as const) {
      const put = stores[name].put.bind(stores[name]);
      stores[name].put = (some, values) => {
        written[name] += some.length / 32;
        return put(some, values);
      };
    }
    const fifth = jointly(session, samples, targets);
    const [last] = await Promise.all((await fifth.extracted).map((each) => each.table(memory)));
    expect(await numbersOf(last!)).toEqual(reds(20).flatMap((i) => [i, 200]));
    expect([session.shapes.at(-1)![0], written]).toEqual([2, { both: 1, red: 1 }]);
  });

  it('computes again what a store loses, of that kind alone', async () => {
    const samples = await makeSamples(4);
    const stores = { both: new MemoryStore(), red: new MemoryStore() };
    const { asked, extracted } = jointly(new TwoOutputs(), samples, [
      { outputs: ['both'], layout: layoutOf(2), store: stores.both },
      { outputs: ['red'], layout: layoutOf(1), store: stores.red },
    ]);
    const [, red] = await extracted;
    for (const key of stores.red.entries.keys()) stores.red.lost.add(key);
    expect(await numbersOf(await red!.table({ bytes: 0 }))).toEqual(reds(4));
    expect(asked).toEqual([['both', 'red'], ['red']]);
  });
});
