/** @file `graft augment preview`: what does augmentation do to these images? */

import { relative, resolve, sep } from 'node:path';
import { Command, Option } from 'commander';
import { GraftError } from '../../core/errors/graft-error.ts';
import { visible } from '../../core/errors/visible-text.ts';
import { createWarpKernel } from '../../core/kernels/warp-kernel.ts';
import { drawContactSheet, type SheetRow } from '../../node/images/augmentation-sheet.ts';
import { decodeImage } from '../../node/images/image-decoder.ts';
import { type ListedImage, listImages } from '../../node/images/image-list.ts';
import { loadKernel } from '../../node/runtime/kernel-files.ts';
import { DEFAULT_RECIPE } from '../../recipe/recipe.ts';
import { findRange } from '../../recipe/recipe-numbers.ts';
import { isNumbered, outputPlace } from '../../use-cases/output-place.ts';
import { type Augmenter, createAugmenter } from '../../vision/augmentation/augmentation.ts';
import {
  AUGMENTATION_FORMS,
  describeAugmentation,
  parseAugmentation,
} from '../../vision/augmentation/augmentation-text.ts';
import { RESIZE_MODES, type ResizeMode } from '../../vision/images/resize-mode.ts';
import { createNumberReader, wholeNumber } from '../arguments.ts';
import { printOut, say } from '../terminal.ts';

const DEFAULT_SHEET = 'augment-preview.png';

interface PreviewFlags {
  readonly augment: string;
  readonly out?: string;
  readonly overwrite?: boolean;
  readonly seed: number;
  readonly views: number;
  readonly images: number;
  readonly size: number;
  readonly resize: ResizeMode;
}

const MAX_SHEET_MEGAPIXELS = 100;

export function augmentCommand(): Command {
  const command = new Command('augment').description('See what augmentation does to images.');
  command.addCommand(previewCommand());
  return command;
}

function previewCommand(): Command {
  return new Command('preview')
    .description('Write a contact sheet: images at the left, random views of each beside it.')
    .argument('<dir>', 'folder of images, or of class folders')
    .option('--augment <spec>', 'which changes, see below', 'geometric')
    .option(
      '--out <file.png>',
      'where the sheet goes (default: augment-preview.png, or the next free augment-preview-N.png)',
    )
    .option('--overwrite', 'write over a file that is there')
    .option(
      '--seed <n>',
      'the same seed gives the same views',
      createNumberReader(findRange('seed')),
      DEFAULT_RECIPE.seed,
    )
    .option('--views <k>', 'views of each image', wholeNumber(1), 6)
    .option('--images <n>', 'how many images, taken evenly from the folder', wholeNumber(1), 6)
    .option('--size <px>', 'side of an image, as the network sees it', wholeNumber(1), 150)
    .addOption(
      new Option('--resize <how>', 'what becomes of an image that is not square')
        .choices(RESIZE_MODES)
        .default(RESIZE_MODES[0]),
    )
    .addHelpText(
      'after',
      `
Changes, separated by commas; a preset may come first. One number x of a RANGE means 1-x..1+x.
${wrapped(AUGMENTATION_FORMS)}

Examples:
  $ graft augment preview photos
  $ graft augment preview photos --augment rotation:15,flip,brightness:0.3,fill:reflect
  $ graft augment preview photos --augment geometric,contrast:0.8..1.5 --out sheet.png`,
    )
    .exitOverride()
    .action(preview);
}

async function preview(dir: string, flags: PreviewFlags): Promise<void> {
  const spec = parseAugmentation(flags.augment);
  if (flags.out !== undefined) requirePngName(flags.out);
  const place = await outputPlace(flags.out, DEFAULT_SHEET, { flag: '--out', overwrite: flags.overwrite });
  // Earlier sheets may lie among the images.
  const listed = (await listImages([dir])).filter(
    ({ file }) => resolve(file) !== resolve(place.path) && !isNumbered(resolve(file), resolve(DEFAULT_SHEET)),
  );
  const images = choose(listed, flags.images, dir);
  requireSheetSize({ ...flags, images: images.length });
  const augmenter = createAugmenter(spec, flags.seed, createWarpKernel(await loadKernel('warp')));
  const rows: SheetRow[] = [];
  let failure: unknown;
  for (const file of images) {
    try {
      rows.push(await makeRow(file, dir, augmenter, flags));
    } catch (error) {
      if (!(error instanceof GraftError) || error.code !== 'image') throw error;
      failure ??= error;
      say(visible(`skipped ${file}: ${error.parts.received}`));
    }
  }
  if (rows.length === 0) throw failure;
  const sheet = await drawContactSheet(rows, { width: flags.size, height: flags.size });
  printOut(`${visible(await place.write(sheet))}\n`);
  const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;
  say(
    `${count(rows.length, 'image')}, ${count(flags.views, 'view')} of each, seed ${flags.seed}: ${describeAugmentation(spec)}`,
  );
}

async function makeRow(
  file: string,
  dir: string,
  augmenter: Augmenter,
  { size, resize, views }: PreviewFlags,
): Promise<SheetRow> {
  const pixels = await decodeImage(file, { width: size, height: size, resize });
  const key = relative(dir, file).split(sep).join('/');
  const image = { pixels, width: size, height: size };
  return [
    pixels,
    ...Array.from({ length: views }, (_, view) => augmenter.augment(image, { key, epoch: 0, view })),
  ];
}

/** So many images, evenly from the list. @throws {GraftError} If there are none. */
function choose(listed: readonly ListedImage[], count: number, dir: string): readonly string[] {
  const files = listed.flatMap(({ file, error }) => (error === undefined ? [file] : []));
  const wanted = Math.min(count, files.length);
  if (wanted === 0) {
    const error = listed[0]?.error ?? 'no images in this folder';
    throw new GraftError(error === 'file not found' ? 'file-not-found' : 'dataset', {
      where: `folder "${dir}"`,
      expected: 'images',
      received: error,
      advice: 'Give a folder with JPEG, PNG, WebP, GIF, TIFF or AVIF images in it, or in folders below it.',
    });
  }
  return Array.from({ length: wanted }, (_, i) => files[Math.floor(((i + 0.5) * files.length) / wanted)]!);
}

function requirePngName(file: string): void {
  if (file.toLowerCase().endsWith('.png')) return;
  throw new GraftError('argument', {
    where: 'graft augment preview',
    expected: '--out with a name that ends in .png',
    received: `"${file}"`,
    advice: 'The sheet is a PNG file.',
  });
}

/** Before anything is drawn: views of one image, and the sheet, lie in memory. */
function requireSheetSize({ size, views, images }: PreviewFlags): void {
  const megapixels = ((views + 1) * images * size ** 2) / 1e6;
  if (megapixels <= MAX_SHEET_MEGAPIXELS) return;
  throw new GraftError('argument', {
    where: 'graft augment preview',
    expected: `a sheet of at most ${MAX_SHEET_MEGAPIXELS} megapixels`,
    received: `${images} x ${views + 1} images of ${size} px`,
    advice: 'Give a smaller --size, or fewer --views or --images.',
  });
}

/** Lines of at most 90 characters, indented. */
function wrapped(words: readonly string[]): string {
  const lines: string[] = [];
  for (const word of words) {
    const longer = `${lines.at(-1) ?? ' '.repeat(90)}  ${word}`;
    if (longer.length <= 90) lines[lines.length - 1] = longer;
    else lines.push(`  ${word}`);
  }
  return lines.join('\n');
}
