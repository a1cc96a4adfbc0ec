/** @file A contact sheet: images and their augmented views in one image, to look at. */

import { loadSharp } from './image-loaders.ts';

/** One line of the sheet: the image as it is, then its views, each `[height, width, 3]` in [0, 255]. */
export type SheetRow = readonly [original: Uint8Array, ...views: Uint8Array[]];

const GAP_PX = 4;
/** Between the originals and their views. */
const WIDE_GAP_PX = 16;
const BACKGROUND = 255;

/**
 * Draws a sheet, one row an image, the original at the left.
 *
 * @param rows - At least one, all equally long.
 * @param tile - Size of every image, pixels.
 * @returns A PNG file.
 */
export async function drawContactSheet(
  rows: readonly SheetRow[],
  tile: { readonly width: number; readonly height: number },
): Promise<Buffer> {
  const columns = Math.max(...rows.map((row) => row.length));
  const left = (column: number): number =>
    GAP_PX + column * (tile.width + GAP_PX) + (column > 0 ? WIDE_GAP_PX - GAP_PX : 0);
  const width = left(columns);
  const height = GAP_PX + rows.length * (tile.height + GAP_PX);
  const sheet = new Uint8Array(width * height * 3).fill(BACKGROUND);
  const tileBytes = tile.width * 3;
  rows.forEach((row, r) => {
    row.forEach((pixels, column) => {
      for (let y = 0; y < tile.height; y++) {
        const line = GAP_PX + r * (tile.height + GAP_PX) + y;
        const from = pixels.subarray(y * tileBytes, (y + 1) * tileBytes);
        sheet.set(from, (line * width + left(column)) * 3);
      }
    });
  });
  return loadSharp()(sheet, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}
