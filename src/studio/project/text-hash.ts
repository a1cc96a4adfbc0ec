/** @file What texts are known by. */

import { platform } from '../../core/runtime/platform.ts';

/** As a model file knows the texts of its training. */
export function hashOfText(text: string): string {
  return platform.sha256().update(text).hex();
}
