/** @file Examples side by side: images, or texts one below the other. */

import type { JSX } from 'preact';
import { visible } from '../core/errors/visible-text.ts';
import { Photos } from '../ui/photos.tsx';
import type { ShownExample } from './report-data.ts';

export function ExampleList({
  examples,
  size,
}: {
  readonly examples: readonly ShownExample[];
  readonly size?: string | undefined;
}): JSX.Element {
  const photos = examples.flatMap(({ photo }) => photo ?? []);
  if (photos.length > 0) return <Photos photos={photos} size={size} />;
  return (
    <ul class="texts">
      {examples.map(({ text = '' }) => (
        <li key={text} dir="auto">
          {visible(text)}
        </li>
      ))}
    </ul>
  );
}
