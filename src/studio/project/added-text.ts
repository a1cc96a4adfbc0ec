/** @file Texts that come from a page: what their bytes say. */

import { decodeCsvText } from '../../core/examples/labels/csv-text.ts';

/** What texts are refused with. */
export const NOT_A_TEXT = 'not a text, or an empty one';

/** What a file says, without blanks around it; undefined where it is no text, or says nothing. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decodeCsvText(bytes, '').text.trim() || undefined;
  } catch {
    return undefined;
  }
}
