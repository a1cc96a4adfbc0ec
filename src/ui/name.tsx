/** @file Names from outside (of classes, files, recipes) in a page. */

import type { JSX } from 'preact';
import { visible } from '../core/errors/visible-text.ts';

/** A name as it is, whatever its script: markup is text, what would hide or reorder text is shown by its code. */
export function Name({ of }: { readonly of: string }): JSX.Element {
  return <bdi>{visible(of)}</bdi>;
}
