/** @file Images side by side with a line of text below each, as one JPEG. */

import sharp from 'sharp';

export interface CaptionedImage {
  readonly file: string;
  readonly caption: string;
  /** Drawn in red. */
  readonly wrong: boolean;
}

const TILE_PX = 112;
const CAPTION_PX = 20;
const GAP_PX = 6;

/** Draws rows of images on white. */
export async function drawImageSheet(
  rows: readonly (readonly CaptionedImage[])[],
  quality: number,
): Promise<Buffer> {
  const columns = Math.max(...rows.map((row) => row.length));
  const width = GAP_PX + columns * (TILE_PX + GAP_PX);
  const height = GAP_PX + rows.length * (TILE_PX + CAPTION_PX + GAP_PX);
  const parts = await Promise.all(
    rows.flatMap((row, r) =>
      row.map(async ({ file, caption, wrong }, column) => {
        const left = GAP_PX + column * (TILE_PX + GAP_PX);
        const top = GAP_PX + r * (TILE_PX + CAPTION_PX + GAP_PX);
        const image = await sharp(file).resize(TILE_PX, TILE_PX, { fit: 'fill' }).toBuffer();
        return [
          { input: image, left, top },
          { input: captionImage(caption, wrong), left, top: top + TILE_PX },
        ];
      }),
    ),
  );
  return sharp({ create: { width, height, channels: 3, background: '#ffffff' } })
    .composite(parts.flat())
    .jpeg({ quality })
    .toBuffer();
}

function captionImage(caption: string, wrong: boolean): Buffer {
  const color = wrong ? '#cf222e' : '#1f2328';
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${TILE_PX}" height="${CAPTION_PX}">` +
      `<text x="${TILE_PX / 2}" y="14" text-anchor="middle" font-family="sans-serif" font-size="12" fill="${color}">${caption}</text></svg>`,
  );
}
