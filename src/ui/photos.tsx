/** @file Images in a page: their bytes are in it. */

import type { ComponentChildren, JSX } from 'preact';

export interface PhotoProps {
  /** `data:image/...;base64,...`. */
  readonly src: string;
  /** What is on it, for those who do not see it. */
  readonly alt: string;
  readonly caption?: ComponentChildren | undefined;
}

export function Photo({ src, alt, caption }: PhotoProps): JSX.Element {
  return (
    <figure class="photo">
      <img src={src} alt={alt} />
      {caption === undefined ? null : <figcaption>{caption}</figcaption>}
    </figure>
  );
}

export interface PhotosProps {
  readonly photos: readonly PhotoProps[];
  /** Least width of one, in CSS. Default `6rem`. */
  readonly size?: string | undefined;
}

export function Photos({ photos, size = '6rem' }: PhotosProps): JSX.Element {
  return (
    <ul class="photos" style={`--photo: ${size}`}>
      {photos.map((photo, index) => (
        <li key={index}>
          <Photo {...photo} />
        </li>
      ))}
    </ul>
  );
}
