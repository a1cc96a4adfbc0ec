import { describe, expect, it } from 'vitest';
import { convolutionFile } from '../../tests/support/convolution-file.ts';
import { withMessage } from '../../tests/support/saying.ts';
import { createRandom } from '../core/tensor/random.ts';
import { type CheckEvent, checkImages } from './check-images.ts';
import { nearImages } from './near-images.ts';

const SIZE = 16;

const backbone = (): File => convolutionFile(SIZE, 16, 4);

/** Noise in mostly one color. */
function images(channel: number, count = 16, seed = channel) {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, index) => ({
    name: `${index}.png`,
    image: {
      data: Uint8Array.from({ length: SIZE * SIZE * 3 }, (_, place) =>
        place % 3 === channel ? 150 + random.integer(100) : random.integer(90),
      ),
      width: SIZE,
      height: SIZE,
    },
  }));
}

/** Red and blue, with a copy among them, and one of each in the other's place. */
function planted() {
  const [red, blue] = [images(0), images(2)];
  const gray = { data: new Uint8Array(SIZE * SIZE * 3).fill(128), width: SIZE, height: SIZE };
  return {
    red: [
      ...red,
      { name: 'a copy.png', image: red[3]!.image },
      { name: 'wrong.png', image: images(2, 1, 9)[0]!.image },
    ],
    blue: [...blue, { name: 'also.png', image: red[5]!.image }, { name: 'one color.png', image: gray }],
  };
}

describe('a check in a page', () => {
  it('finds copies, leaks, wrong labels and faults, as graft check does, and tells how far it is', async () => {
    const events: CheckEvent[] = [];
    const report = await checkImages(planted(), {
      backbone: backbone(),
      onEvent: (event) => events.push(event),
    });
    expect(report.images).toBe(36);
    expect(report.duplicates.filter(({ kind }) => kind === 'exact')).toEqual([
      { kind: 'exact', files: ['blue/also.png', 'red/5.png'] },
      { kind: 'exact', files: ['red/3.png', 'red/a copy.png'] },
    ]);
    expect(report.leaks).toContainEqual({ kind: 'label', files: ['blue/also.png', 'red/5.png'] });
    expect(report.labelErrors.map(({ file, given, suggested }) => [file, given, suggested])).toContainEqual([
      'red/wrong.png',
      'red',
      'blue',
    ]);
    expect(report.warnings).toContainEqual({
      kind: 'blank',
      text: '1 image is of one color.',
      files: ['blue/one color.png'],
    });
    expect(report.classes.map(({ className, sets }) => [className, sets])).toEqual([
      ['blue', { all: 18 }],
      ['red', { all: 18 }],
    ]);
    const stages = events.flatMap((event) => (event.type === 'stage' ? event.stage : []));
    expect(stages).toEqual(['features', 'looks', 'neighbors', 'labels']);
    expect(events[0]).toMatchObject({
      type: 'data',
      sets: [{ set: 'all', examples: 36, source: 'all images of images' }],
    });
    expect(events.at(-1)).toEqual({ type: 'result', useCase: 'check', report });
  });

  it('tells images that are in several parts', async () => {
    const red = images(0);
    const report = await checkImages(
      { red, blue: images(2) },
      { backbone: backbone(), test: { red: [red[2]!] } },
    );
    expect(report.leaks).toContainEqual({ kind: 'split', files: ['train/red/2.png', 'test/red/2.png'] });
  });

  it('takes one class, and refuses none', async () => {
    const { warnings } = await checkImages({ red: images(0, 3) }, { backbone: backbone() });
    expect(warnings).toContainEqual({
      kind: 'few',
      text: 'There is one class ("red"): labels cannot be checked.',
    });
    await expect(checkImages({}, {})).rejects.toThrow(
      withMessage(
        'images: expected at least 1 image, received none. Give images by class: { cat: files, dog: files }.',
      ),
    );
  });

  it('stops when it is told to, and says so', async () => {
    const stop = new AbortController();
    const checked = checkImages(planted(), {
      backbone: backbone(),
      signal: stop.signal,
      onEvent: ({ type }) => {
        if (type === 'progress') stop.abort();
      },
    });
    await expect(checked).rejects.toThrow(
      withMessage(
        'check: expected to reach its end, received an interruption. Nothing was changed; features that were computed are kept for the next check.',
      ),
    );
  });
});

describe('the nearest images in a page', () => {
  it('are those that the network sees as alike, without the image itself and its copies', async () => {
    const given = planted();
    const to = given.red[3]!.image;
    const near = await nearImages(given, { to, k: 6, backbone: backbone() });
    expect(near.length).toBe(6);
    expect(near.filter(({ className }) => className === 'blue').map(({ name }) => name)).toEqual([
      'also.png',
    ]);
    expect(near.map(({ name }) => name)).not.toContain('a copy.png');
    expect(near.map(({ name }) => name)).not.toContain('3.png');
    const distances = near.map(({ distance }) => distance);
    expect(distances).toEqual(distances.toSorted((a, b) => a - b));
  });
});
