import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../../tests/support/saying.ts';
import type { Sample } from '../sample.ts';
import { splitSamples } from './split.ts';

function images(folder: string, label: number, fileNames: readonly string[]): Sample[] {
  return fileNames.map((name) => ({ file: `/data/${folder}/${name}`, label }));
}

function numbered(count: number, name: (index: number) => string): string[] {
  return Array.from({ length: count }, (_, index) => name(index));
}

const cats = images(
  'cats',
  0,
  numbered(50, (i) => `cat.${i}.jpg`),
);
const dogs = images(
  'dogs',
  1,
  numbered(10, (i) => `dog.${i}.jpg`),
);

describe('splitSamples', () => {
  it('takes the fraction of every class, and loses nobody', () => {
    const split = splitSamples([...cats, ...dogs], { fraction: 0.2, seed: 1 });
    expect(split.validation.filter(({ label }) => label === 0)).toHaveLength(10);
    expect(split.validation.filter(({ label }) => label === 1)).toHaveLength(2);
    expect(new Set([...split.train, ...split.validation])).toEqual(new Set([...cats, ...dogs]));
    expect(split).toMatchObject({ groups: 60, unmatched: 0 });
  });

  it('keeps the given order on both sides', () => {
    const { train, validation } = splitSamples(cats, { fraction: 0.3, seed: 5 });
    expect(train).toEqual(cats.filter((cat) => train.includes(cat)));
    expect(validation).toEqual(cats.filter((cat) => validation.includes(cat)));
  });

  it('depends on the seed', () => {
    const first = splitSamples(cats, { fraction: 0.3, seed: 1 }).validation;
    expect(splitSamples(cats, { fraction: 0.3, seed: 1 }).validation).toEqual(first);
    expect(splitSamples(cats, { fraction: 0.3, seed: 2 }).validation).not.toEqual(first);
  });

  it('stays the same in another place, and in another order of the folder', () => {
    const moved = [...cats, ...dogs].map(({ file, label }) => ({
      file: file.replace('/data/', '/mnt/usb/new/'),
      label,
    }));
    const here = splitSamples([...cats, ...dogs], { fraction: 0.2, seed: 3 });
    const there = splitSamples(moved.reverse(), { fraction: 0.2, seed: 3 });
    const tails = (samples: readonly Sample[]) =>
      samples.map(({ file }) => file.split('/').slice(-2).join('/')).sort();
    expect(tails(there.validation)).toEqual(tails(here.validation));
  });

  it('keeps a file that is listed twice on one side', () => {
    const listed = [...cats, ...dogs, ...cats.map((cat) => ({ ...cat }))];
    const { train, validation, groups } = splitSamples(listed, { fraction: 0.3, seed: 1 });
    expect(groups).toBe(60);
    expect(train.length + validation.length).toBe(110);
    const validating = new Set(validation.map(({ file }) => file));
    expect(train.filter(({ file }) => validating.has(file))).toEqual([]);
  });

  it('keeps the views of an individual together, by the first capture group', () => {
    const horses = images(
      'horses',
      0,
      numbered(100, (i) => `horse${String(Math.floor(i / 10)).padStart(2, '0')}-${i % 10}.png`),
    );
    const split = splitSamples(horses, { fraction: 0.2, seed: 1, group: /^(horse\d+)-\d/ });
    const individuals = (samples: readonly Sample[]) =>
      new Set(samples.map(({ file }) => file.slice(13, 20)));
    expect(split.validation).toHaveLength(20);
    expect(individuals(split.validation).size).toBe(2);
    expect(individuals(split.train).size).toBe(8);
    expect(split).toMatchObject({ groups: 10, unmatched: 0 });
  });

  it('uses the whole match where there is no capture group, whatever flags the pattern has', () => {
    const horses = images('horses', 0, [
      'a1-x.jpg',
      'a1-y.jpg',
      'b2-x.jpg',
      'b2-y.jpg',
      'c3-x.jpg',
      'c3-y.jpg',
    ]);
    for (const group of [/^[a-z]\d/, /^[a-z]\d/g, /[a-z]\d/y]) {
      const split = splitSamples(horses, { fraction: 0.34, seed: 1, group });
      expect(split).toMatchObject({ groups: 3, unmatched: 0 });
      expect(split.validation).toHaveLength(2);
    }
  });

  it('keeps an individual together whose images are of two classes, and fills up with those of one', () => {
    const samples = [
      ...images('ill', 0, ['p1-a.jpg', 'p1-b.jpg', 'p2-a.jpg', ...numbered(7, (i) => `p1${i}-a.jpg`)]),
      ...images('well', 1, ['p1-c.jpg', 'p2-b.jpg', 'p2-c.jpg', ...numbered(7, (i) => `p2${i}-a.jpg`)]),
    ];
    for (const seed of [1, 2, 3, 4, 5]) {
      const { train, validation, groups } = splitSamples(samples, { fraction: 0.3, seed, group: /^p\d+/ });
      const patients = (side: readonly Sample[]) => side.map(({ file }) => /p\d+/.exec(file)![0]);
      expect(patients(validation).filter((patient) => patients(train).includes(patient))).toEqual([]);
      expect(validation.map(({ label }) => label)).toEqual([0, 0, 0, 1, 1, 1]);
      expect(groups).toBe(16);
    }
  });

  it('brings classes to both sides that have no individual of their own', () => {
    const both = [
      ...images('cats', 0, ['1-a.jpg', '1-b.jpg', '2-a.jpg']),
      ...images('dogs', 1, ['1-a.jpg', '2-a.jpg']),
    ];
    for (const fraction of [0.01, 0.3, 0.99]) {
      const { train, validation, groups } = splitSamples(both, { fraction, seed: 1, group: /^\d/ });
      const names = [train, validation].map((side) => side.map(({ file }) => file.slice(-7, -4)));
      expect(names).toEqual(
        fraction < 0.5
          ? [
              ['1-a', '1-b', '1-a'],
              ['2-a', '2-a'],
            ]
          : [
              ['2-a', '2-a'],
              ['1-a', '1-b', '1-a'],
            ],
      );
      expect(groups).toBe(2);
    }
  });

  it('refuses individuals that cannot be divided so that every class trains and validates', () => {
    // Each two of three individuals make up a class: of any two sides, one has a class whole.
    const samples = [
      ...images('cats', 0, ['a-0.jpg', 'b-0.jpg']),
      ...images('dogs', 1, ['b-1.jpg', 'c-0.jpg']),
      ...images('owls', 2, ['a-1.jpg', 'c-1.jpg']),
    ];
    const advice = 'Add images of other individuals, or give a validation folder.';
    const expected =
      'expected groups of several classes that can be divided so that each class trains and validates';
    const options = { seed: 1, group: /^[a-c]/, classNames: ['cats', 'dogs', 'owls'] };
    expect(() => splitSamples(samples, { ...options, fraction: 0.1 })).toThrow(
      withMessage(`split of class "dogs": ${expected}, received none to validate. ${advice}`),
    );
    expect(() => splitSamples(samples, { ...options, fraction: 0.9 })).toThrow(
      withMessage(`split of class "dogs": ${expected}, received none to train. ${advice}`),
    );
  });

  it('counts names that do not match, each a group of its own', () => {
    const mixed = images('x', 0, ['h1-a.jpg', 'h1-b.jpg', 'other.jpg', 'stray.jpg']);
    expect(splitSamples(mixed, { fraction: 0.5, seed: 1, group: /^h\d/ })).toMatchObject({
      groups: 3,
      unmatched: 2,
    });
  });

  it('comes as near to the fraction as uneven groups allow', () => {
    // Groups of 7, 5, 3 and 1: a quarter of 16 is 4 = 3 + 1, the only exact choice.
    const names = [...'aaaaaaabbbbbcccd'].map((group, index) => `${group}-${index}.jpg`);
    for (const seed of [1, 2, 3, 4, 5]) {
      const { validation } = splitSamples(images('x', 0, names), { fraction: 0.25, seed, group: /^\w/ });
      expect(validation.map(({ file }) => file.slice(8, 9)).join('')).toBe('cccd');
    }
  });

  it('leaves at least one image on each side', () => {
    const two = images('x', 0, ['a.jpg', 'b.jpg']);
    for (const fraction of [0.01, 0.5, 0.99]) {
      const split = splitSamples(two, { fraction, seed: 1 });
      expect([split.train.length, split.validation.length]).toEqual([1, 1]);
    }
  });

  it('refuses a class with one image', () => {
    const samples = [...cats, ...images('dogs', 1, ['only.jpg'])];
    expect(() => splitSamples(samples, { fraction: 0.2, seed: 1, classNames: ['cats', 'dogs'] })).toThrow(
      withMessage(
        'split of class "dogs": expected at least 2 images, one to train and one to validate, received 1. Add images, or give a validation folder.',
      ),
    );
  });

  it('refuses a class with one group', () => {
    const samples = images('horses', 0, ['horse1-a.jpg', 'horse1-b.jpg', 'horse1-c.jpg']);
    expect(() => splitSamples(samples, { fraction: 0.2, seed: 1, group: /^horse\d/ })).toThrow(
      withMessage(
        'split of class 0: expected at least 2 groups, one to train and one to validate, received 1 group of 3 images ("horse1"). Add images of another individual, or check the group pattern.',
      ),
    );
  });

  it.each([0, 1, -0.1, 1.5, Number.NaN])('refuses the fraction %s', (fraction) => {
    expect(() => splitSamples(cats, { fraction, seed: 1 })).toThrow(
      withMessage(
        `split: expected a validation fraction between 0 and 1, received ${fraction}. Give 0.2 to validate on a fifth of the images.`,
      ),
    );
  });
});

describe('splitSamples, of images with targets', () => {
  const targets = numbered(9, (i) => `horse${i % 4}-${i}.png`).map(
    (name, i): Sample => ({ file: `/d/${name}`, label: 0, target: Float32Array.of(i / 2) }),
  );

  it.each([0, 1, Number.NaN])('refuses a fraction of %s', (fraction) => {
    expect(() => splitSamples(targets, { fraction, seed: 1 })).toThrow(
      withMessage(
        `split: expected a validation fraction between 0 and 1, received ${fraction}. Give 0.2 to validate on a fifth of the images.`,
      ),
    );
  });

  it('refuses to leave one side empty', () => {
    const advice = 'Add images, or choose another validation fraction.';
    expect(() => splitSamples(targets.slice(0, 1), { fraction: 0.2, seed: 1 })).toThrow(
      withMessage(
        `split: expected enough images to train on and to validate on, received 1, of which none would validate. ${advice}`,
      ),
    );
    expect(() => splitSamples(targets, { fraction: 0.9, seed: 1, group: /^horse/ })).toThrow(
      withMessage(
        `split: expected enough groups to train on and to validate on, received 1, of which none would train. ${advice}`,
      ),
    );
  });
});

describe('identical images', () => {
  const all = [...cats, ...dogs];
  const sides = (identical: readonly (readonly Sample[])[], group?: RegExp) => {
    const { train, validation, groups } = splitSamples(all, {
      fraction: 0.3,
      seed: 4,
      identical,
      group,
    });
    return { train: new Set(train), validation: new Set(validation), groups };
  };

  it('are on one side, whatever their names and classes', () => {
    const copies = [cats.slice(0, 4), [cats[7]!, dogs[2]!], dogs.slice(4, 7)];
    for (const { train, validation, groups } of [sides(copies), sides(copies, /^[a-z]+\.\d/)]) {
      for (const same of copies) {
        expect(new Set(same.map((sample) => train.has(sample))).size).toBe(1);
        expect(new Set(same.map((sample) => validation.has(sample))).size).toBe(1);
      }
      expect(groups).toBeLessThan(60);
    }
  });

  it('join the groups that they are in', () => {
    // Groups cat.1, cat.2, ... of their first digits; a copy joins 1 and 2, another 2 and 3.
    const named = (number: number): Sample => cats[number]!;
    const copies = [
      [named(1), named(2)],
      [named(20), named(3)],
    ];
    const { train, validation, groups } = sides(copies, /^cat\.\d|^dog.*/);
    const joined = cats.filter(({ file }) => /cat\.[123]/.test(file));
    expect(joined).toHaveLength(33);
    for (const side of [train, validation]) {
      expect([0, 33]).toContain(joined.filter((sample) => side.has(sample)).length);
    }
    expect(groups).toBe(8 + 10);
  });

  it('change nothing where there are none', () => {
    const plain = splitSamples(all, { fraction: 0.3, seed: 4 });
    expect(splitSamples(all, { fraction: 0.3, seed: 4, identical: [] })).toEqual(plain);
    // Of images that are not among them.
    const others = [images('cats', 0, ['x.jpg', 'y.jpg'])];
    expect(splitSamples(all, { fraction: 0.3, seed: 4, identical: others })).toEqual(plain);
  });
});
