/** @file What browsers train on in tests: drawn images, recipes, and a server with the page of training-page.ts. */

import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp, { type Sharp } from 'sharp';
import { loadBackbone } from '../../src/node/backbones/load-backbone.ts';
import type { RecipeInput } from '../../src/recipe/recipe.ts';
import { encodeBackbone } from '../../src/vision/backbone/backbone-file.ts';
import { type PageServer, startPageServer } from './browser-server.ts';
import { drawImages } from './drawn-images.ts';

export const CLASSES = ['bars', 'discs', 'rings'] as const;
export const SIZE = 64;
/** The linear head; a Dense layer with dropout; drawn views of each image. */
export const RECIPES: readonly (readonly [name: string, recipe: RecipeInput])[] = [
  ['linear', { head: 'linear', epochs: 20, sizePx: SIZE }],
  ['dense', { head: 'gap,dense:32:relu,dropout:0.3', epochs: 8, sizePx: SIZE, seed: 3 }],
  [
    'augmented',
    { head: 'linear', epochs: 6, sizePx: SIZE, augmentation: 'rotation:20,flip', views: 3, seed: 5 },
  ],
];

/**
 * @param folder - Gets the images in class folders, below `data`.
 * @param kind - PNG files that every decoder reads alike; or photographs, which each reduces in its own way while it decodes them.
 * @returns With the names of the images by their classes.
 */
export async function startTrainingServer(
  folder: string,
  kind: 'plain' | 'photographs' = 'plain',
): Promise<{ readonly server: PageServer; readonly images: Readonly<Record<string, readonly string[]>> }> {
  const entry = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  const server = await startPageServer({
    page: entry('training-page.ts'),
    worker: entry('../../dist/web/training-worker.js'),
    threadless: entry('threadless-worker.ts'),
    exact: entry('exact-worker.ts'),
    mortal: entry('mortal-worker.ts'),
  });
  const images: Record<string, readonly string[]> = {};
  for (const motif of CLASSES) {
    await drawImages(join(folder, 'drawn'), motif, 12);
    await mkdir(join(folder, 'data', motif), { recursive: true });
    for (const [index, file] of (await readdir(join(folder, 'drawn', motif))).entries()) {
      const drawn = sharp(join(folder, 'drawn', motif, file));
      const name = kind === 'plain' ? file.replace('.jpg', '.png') : file;
      const path = join(folder, 'data', motif, name);
      if (kind === 'photographs') await photograph(drawn, index).toFile(path);
      // Of the network's size, and smaller: both enlarge in the same way.
      else
        await drawn
          .resize(index % 2 ? SIZE : 40)
          .png()
          .toFile(path);
      server.files.set(name, await readFile(path));
    }
    images[motif] = (await readdir(join(folder, 'data', motif))).reverse();
  }
  const backbone = await loadBackbone('mobilenet_v2_openimages', { upToCut: true });
  server.files.set('backbone.safetensors', encodeBackbone(backbone));
  return { server, images };
}

/** Five to eight times as large as the network's images; some lie on a side. */
function photograph(drawn: Sharp, index: number): Sharp {
  const sized = drawn.resize(320 + 20 * index, 300, { fit: 'fill' });
  return sized.withMetadata({ orientation: index % 3 === 0 ? 6 : 1 }).jpeg({ quality: 85 });
}
