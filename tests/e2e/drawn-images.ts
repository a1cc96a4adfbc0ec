/** @file Small images to train on, drawn with a seed: discs and bars in many colors and places. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { createRandom } from '../../src/core/tensor/random.ts';

export type Motif = 'bars' | 'discs' | 'rings';

/** Draws `count` images of a motif into `folder/motif/`. */
export async function drawImages(folder: string, motif: Motif, count: number, seed = 1): Promise<void> {
  const random = createRandom(seed).fork(motif);
  await mkdir(join(folder, motif), { recursive: true });
  for (let index = 0; index < count; index++) {
    const color = (): string => `hsl(${random.integer(360)} 80% ${35 + random.integer(30)}%)`;
    const shapes = Array.from({ length: 6 }, () =>
      shape(motif, random.integer(200), random.integer(200), color()),
    );
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="224" height="224"><rect width="224" height="224" fill="${color()}"/>${shapes.join('')}</svg>`;
    await sharp(Buffer.from(svg))
      .jpeg()
      .toFile(join(folder, motif, `${motif}${index}.jpg`));
  }
}

export interface MixedImage {
  /** Its name in the folder. */
  readonly file: string;
  /** Those that are on it: none, one or several. */
  readonly motifs: readonly Motif[];
  readonly discs: number;
}

/** Draws `count` images into a folder, each of them with any of the motifs, and with up to five discs. */
export async function drawMixedImages(folder: string, count: number, seed = 1): Promise<MixedImage[]> {
  const random = createRandom(seed).fork('mixed');
  await mkdir(folder, { recursive: true });
  const drawn: MixedImage[] = [];
  for (let index = 0; index < count; index++) {
    const color = (): string => `hsl(${random.integer(360)} 80% ${35 + random.integer(30)}%)`;
    const motifs = (['bars', 'discs', 'rings'] as const).filter(() => random.integer(2) === 1);
    const discs = motifs.includes('discs') ? 1 + random.integer(5) : 0;
    const shapes = motifs.flatMap((motif) =>
      Array.from({ length: motif === 'discs' ? discs : 4 }, () =>
        shape(motif, random.integer(200), random.integer(200), color()),
      ),
    );
    const file = `mixed${index}.jpg`;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="224" height="224"><rect width="224" height="224" fill="#ddd"/>${shapes.join('')}</svg>`;
    await sharp(Buffer.from(svg)).jpeg().toFile(join(folder, file));
    drawn.push({ file, motifs, discs });
  }
  return drawn;
}

function shape(motif: Motif, x: number, y: number, fill: string): string {
  switch (motif) {
    case 'bars':
      return `<rect x="${x}" y="${y}" width="14" height="120" fill="${fill}"/>`;
    case 'discs':
      return `<circle cx="${x}" cy="${y}" r="30" fill="${fill}"/>`;
    case 'rings':
      return `<circle cx="${x}" cy="${y}" r="30" fill="none" stroke="${fill}" stroke-width="8"/>`;
  }
}
