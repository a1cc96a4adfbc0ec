/** @file Projects of images and of texts in the studio of a plain web server, small enough to be trained on again and again. */

import type { Page } from 'playwright-core';
import { drawArchive } from './drawn-archive.ts';
import { chooseTable } from './site-page.ts';

const SIZE_PX = 64;
const TABLE = `text,label\n${Array.from(
  { length: 20 },
  (_, index) => `the ${index}. ${index % 2 === 0 ? 'cow eats grass,farm' : 'engine is loud,garage'}\n`,
).join('')}`;

interface SiteProject {
  open(page: Page, cwd: string): Promise<void>;
  /** What is chosen for every training, by labels of the form. */
  readonly fields: Readonly<Record<string, string>>;
  /** What a command calls the data. */
  readonly data: string;
  /** A layer of its network. */
  readonly layer: string;
}

/** By what they hold. */
export const SITE_PROJECTS: readonly (readonly [string, SiteProject])[] = Object.entries<SiteProject>({
  images: {
    async open(page: Page, cwd: string) {
      await page.locator('input[accept*=".zip"]').setInputFiles(await drawArchive(cwd, SIZE_PX));
      await page.getByText('Added 24 images.').waitFor();
    },
    fields: { Size: String(SIZE_PX) },
    data: 'FOLDER',
    layer: 'block_12_add',
  },
  texts: {
    async open(page: Page) {
      await chooseTable(page, 'notes.csv', TABLE);
      await page.locator('h1', { hasText: 'Texts' }).waitFor();
    },
    fields: {},
    data: 'notes.csv',
    layer: 'transformer_layer_1_self_attention',
  },
});
