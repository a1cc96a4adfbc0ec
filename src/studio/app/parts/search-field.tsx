/** @file Narrows what is shown to what has some letters in it. */

import type { JSX } from 'preact';
import { isOfTexts } from '../noun.ts';
import { imageQuery } from '../store.ts';
import { Icon } from './icon.tsx';

export function SearchField(): JSX.Element {
  return (
    <label class="search">
      <Icon name="search" />
      <input
        id="search"
        type="search"
        placeholder={isOfTexts.value ? 'Words' : 'File name'}
        aria-label={isOfTexts.value ? 'Search in the texts' : 'Search by file name'}
        value={imageQuery.value.search ?? ''}
        onInput={({ currentTarget }) => {
          imageQuery.value = { ...imageQuery.value, search: currentTarget.value };
        }}
      />
    </label>
  );
}
