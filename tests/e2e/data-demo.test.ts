/** @file The images of the demo: the right emoji, in four styles. */

import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { EMOJI_SETS, listAnimals, listPeople, loadEmojiSet } from '../../examples/demo/emoji.ts';

const animals = listAnimals();
const people = listPeople();
const namesOf = (concepts: readonly { name: string }[]): string[] => concepts.map(({ name }) => name);

describe('the emoji of the demo', () => {
  it('are animals without plants and traces, and persons without hands, faces and skin tones', () => {
    expect(namesOf(animals)).toEqual(expect.arrayContaining(['dog', 'dog-face', 'zebra', 'snail', 't-rex']));
    for (const name of ['rose', 'paw-prints', 'feather', 'mushroom', 'spider-web', 'rosette']) {
      expect(namesOf(animals)).not.toContain(name);
    }
    expect(namesOf(people)).toEqual(
      expect.arrayContaining(['man-cook', 'woman-astronaut', 'skier', 'ninja']),
    );
    for (const name of ['thumbs-up', 'man-bald', 'woman-zombie', 'family', 'woman-and-man-holding-hands']) {
      expect(namesOf(people)).not.toContain(name);
    }
    expect(namesOf(people).filter((name) => name.includes('skin-tone'))).toEqual([]);
    expect(new Set(namesOf([...animals, ...people])).size).toBe(animals.length + people.length);
  });

  it.each(EMOJI_SETS)('are drawn by %s, all but a few, each in its own way', async (name) => {
    const set = loadEmojiSet(name);
    const drawings = [...animals, ...people].map((concept) => set.draw(concept, 32));
    const drawn = drawings.filter((svg) => svg !== undefined);
    expect(drawings.length - drawn.length).toBeLessThanOrEqual(2);
    // Twemoji draws the detective once for both, and such; no more than these may coincide.
    expect(drawn.length - new Set(drawn).size).toBeLessThanOrEqual(10);
    const dog = set.draw(animals.find((animal) => animal.name === 'dog')!, 32)!;
    const pixels = await sharp(Buffer.from(dog)).removeAlpha().raw().toBuffer();
    expect(new Set(pixels).size).toBeGreaterThan(20);
  });
});
