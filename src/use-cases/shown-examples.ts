/** @file Examples as a page shows them: images made small, texts made short. */

import { GraftError } from '../core/errors/graft-error.ts';
import { visible } from '../core/errors/visible-text.ts';
import type { Sample } from '../core/examples/sample.ts';
import { thumbnail } from '../node/images/heat-map-file.ts';
import type { TextSample } from '../node/training/text-sets.ts';
import type { ShownExample } from '../report/report-data.ts';

/** Examples as a page shows them; images that cannot be read are left out. */
export async function shown(
  samples: readonly Sample[],
  sidePx: number,
  signal: AbortSignal | undefined,
): Promise<ShownExample[]> {
  signal?.throwIfAborted();
  const all = await Promise.all(
    samples.map(async (sample): Promise<ShownExample | undefined> => {
      if ('text' in sample) return { text: shortText((sample as TextSample).text) };
      try {
        const src = dataUri(await thumbnail(sample.content ?? sample.file, sidePx));
        return { photo: { src, alt: fileName(sample) } };
      } catch (error) {
        if (error instanceof GraftError) return undefined;
        throw error;
      }
    }),
  );
  return all.filter((example) => example !== undefined);
}

/** With its name below it: who looks at mistakes wants to find the files. */
export function withName(example: ShownExample): ShownExample {
  const { photo } = example;
  return photo === undefined ? example : { ...example, photo: { ...photo, caption: visible(photo.alt) } };
}

/** An image as people name it: its folder and its file. */
export function fileName({ file }: Sample): string {
  return file.split(/[\\/]/).slice(-2).join('/');
}

export function shortText(text: string): string {
  return text.length <= 400 ? text : `${text.slice(0, 399).trimEnd()}…`;
}

export function dataUri(webp: Uint8Array): string {
  return `data:image/webp;base64,${Buffer.from(webp).toString('base64')}`;
}
