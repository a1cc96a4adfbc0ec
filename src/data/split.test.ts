import { describe, expect, it } from 'vitest';
import { saying } from '../../tests/support/saying.ts';
import type { Sample } from './sample.ts';
import { splitSamples } from './split.ts';

function pictures(folder: string, label: number, fileNames: readonly string[]): Sample[] {
  return fileNames.map((name) => ({ file: `/data/${folder}/${name}`, label }));
}

function numbered(count: number, name: (index: number) => string): string[] {
  return Array.from({ length: count }, (_, index) => name(index));
}

const cats = pictures(
  'cats',
  0,
  numbered(50, (i) => `cat.${i}.jpg`),
);
const dogs = pictures(
  'dogs',
  1,
  numbered(10, (i) => `dog.${i}.jpg`),
);

describe('splitSamples', () => {
  it('takes the share of every class, and loses nobody', () => {
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

  it('keeps the views of an individual together, by the first capture group', () => {
    const horses = pictures(
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
    const horses = pictures('horses', 0, [
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

  it('tells apart individuals of the same name in two classes', () => {
    const both = [
      ...pictures('cats', 0, ['1-a.jpg', '1-b.jpg', '2-a.jpg']),
      ...pictures('dogs', 1, ['1-a.jpg', '2-a.jpg']),
    ];
    expect(splitSamples(both, { fraction: 0.3, seed: 1, group: /^\d/ }).groups).toBe(4);
  });

  it('counts names that do not match, each a group of its own', () => {
    const mixed = pictures('x', 0, ['h1-a.jpg', 'h1-b.jpg', 'other.jpg', 'stray.jpg']);
    expect(splitSamples(mixed, { fraction: 0.5, seed: 1, group: /^h\d/ })).toMatchObject({
      groups: 3,
      unmatched: 2,
    });
  });

  it('comes as near to the share as uneven groups allow', () => {
    // Groups of 7, 5, 3 and 1: a quarter of 16 is 4 = 3 + 1, the only exact choice.
    const names = [...'aaaaaaabbbbbcccd'].map((group, index) => `${group}-${index}.jpg`);
    for (const seed of [1, 2, 3, 4, 5]) {
      const { validation } = splitSamples(pictures('x', 0, names), { fraction: 0.25, seed, group: /^\w/ });
      expect(validation.map(({ file }) => file.slice(8, 9)).join('')).toBe('cccd');
    }
  });

  it('leaves at least one picture on each side', () => {
    const two = pictures('x', 0, ['a.jpg', 'b.jpg']);
    for (const fraction of [0.01, 0.5, 0.99]) {
      const split = splitSamples(two, { fraction, seed: 1 });
      expect([split.train.length, split.validation.length]).toEqual([1, 1]);
    }
  });

  it('refuses a class with one picture', () => {
    const samples = [...cats, ...pictures('dogs', 1, ['only.jpg'])];
    expect(() => splitSamples(samples, { fraction: 0.2, seed: 1, classes: ['cats', 'dogs'] })).toThrow(
      saying(
        'split of class "dogs": expected at least 2 pictures, one to train and one to validate, received 1. Add pictures, or give a validation folder.',
      ),
    );
  });

  it('refuses a class with one group', () => {
    const samples = pictures('horses', 0, ['horse1-a.jpg', 'horse1-b.jpg', 'horse1-c.jpg']);
    expect(() => splitSamples(samples, { fraction: 0.2, seed: 1, group: /^horse\d/ })).toThrow(
      saying(
        'split of class 0: expected at least 2 groups, one to train and one to validate, received 1 group of 3 pictures ("horse1"). Add pictures of another individual, or check the group pattern.',
      ),
    );
  });

  it.each([0, 1, -0.1, 1.5, Number.NaN])('refuses the share %s', (fraction) => {
    expect(() => splitSamples(cats, { fraction, seed: 1 })).toThrow(
      saying(
        `split: expected a validation fraction between 0 and 1, received ${fraction}. Give 0.2 to validate on a fifth of the pictures.`,
      ),
    );
  });
});
