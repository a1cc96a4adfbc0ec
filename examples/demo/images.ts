/** @file Draws the images of the demo: three styles of emoji to train on, a fourth to validate on. */

import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import {
  type Concept,
  EMOJI_SETS,
  type EmojiSetName,
  listAnimals,
  listPeople,
  loadEmojiSet,
} from './emoji.ts';

/** The style that the network never sees in training. */
const VALIDATION_SET: EmojiSetName = 'fluent-emoji-flat';

const SIZE_PX = 224;

/** Drawings in flight; each takes a thread of libuv's four. */
const PARALLEL = 8;

/** How many images there are. */
export interface ImageCounts {
  readonly train: number;
  readonly val: number;
}

/**
 * Draws `{train,val}/{animals,people}/<emoji>-<style>.png` below `folder`, on white. The folder appears under its name when
 * it is complete, so that an interrupted run leaves no half of a data set behind.
 *
 * @throws If `folder` exists.
 */
export async function drawImages(folder: string): Promise<ImageCounts> {
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  const classes: Record<string, Concept[]> = { animals: listAnimals(), people: listPeople() };
  const counts = { train: 0, val: 0 };
  for (const name of EMOJI_SETS) {
    const part = name === VALIDATION_SET ? 'val' : 'train';
    const set = loadEmojiSet(name);
    for (const [className, concepts] of Object.entries(classes)) {
      const target = join(unfinished, part, className);
      await mkdir(target, { recursive: true });
      const waiting = [...concepts];
      const drawNext = async (): Promise<void> => {
        for (let concept = waiting.shift(); concept; concept = waiting.shift()) {
          const svg = set.draw(concept, SIZE_PX);
          if (svg === undefined) continue;
          await sharp(Buffer.from(svg))
            .flatten({ background: '#ffffff' })
            .png({ compressionLevel: 6 })
            .toFile(join(target, `${concept.name}-${name}.png`));
          counts[part]++;
        }
      };
      await Promise.all(Array.from({ length: PARALLEL }, drawNext));
    }
  }
  await rename(unfinished, folder);
  return counts;
}

// `tsx examples/demo/images.ts` draws the images and does no more.
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const folder = process.argv[2] ?? 'demo/images';
  const { train, val } = await drawImages(folder);
  console.log(`${train} images to train and ${val} to validate lie in ${folder}.`);
}
