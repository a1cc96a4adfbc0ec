/** @file The studio's icons, drawn in one line width. */

import type { JSX } from 'preact';

const PATHS = {
  images: 'M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.5h.01',
  train: 'M4 19V5M4 19h16M7 9c3 0 3 7 6 7s3-9 7-9',
  results: 'M5 5h6v6H5zM13 5h6v6h-6zM5 13h6v6H5zM13 13h6v6h-6z',
  try: 'M4 8h4l2-3h4l2 3h4v11H4zM12 16.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4Z',
  runs: 'M5 6h14M5 12h14M5 18h9',
  export: 'M12 4v11M8 11l4 4 4-4M5 19h14',
  undo: 'M9 7 4 11l5 4M4 11h10a6 6 0 0 1 6 6',
  redo: 'm15 7 5 4-5 4M20 11H10a6 6 0 0 0-6 6',
  plus: 'M12 5v14M5 12h14',
  bin: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13',
  close: 'M6 6l12 12M18 6 6 18',
  keys: 'M3 7h18v11H3zM7 11h.01M11 11h.01M15 11h.01M8 15h8',
  folder: 'M3 6h6l2 2h10v11H3z',
  camera: 'M3 7h12v11H3zM15 11l6-3v9l-6-3',
  edit: 'M4 20l1-5L16 4l4 4L9 19zM14 6l4 4',
  leaf: 'M12 21v-9M12 15c0-5 3.5-8.5 9-8.5 0 5.5-3.5 8.500-9 8.500ZM12 12c0-4.500-2.700-7-8-7 0 4.500 2.700 7 8 7Z',
  check: 'M5 13l4 4L19 7',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM20 20l-4-4',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
