/** @file Which pictures belong together, by their file names. */

import { basename, sep } from 'node:path';

/** What identifies a picture's group. */
export interface GroupKey {
  /** Equal for pictures of one group. Also what groups are sorted by, so that their order is always the same. */
  readonly key: string;
  /** Whether the name matched; if not, the picture is a group of its own. */
  readonly matched: boolean;
}

/**
 * The group of a file.
 *
 * @param pattern - Applied to the name without its folders: the first capture group if there is one, otherwise the
 *   whole match, is the key. Without a pattern, every picture is a group of its own.
 */
export function groupKeyOf(file: string, pattern: RegExp | undefined): GroupKey {
  const individual = pattern && matchIndividual(pattern, basename(file));
  if (individual !== undefined) return { key: individual, matched: true };
  // The keys decide the order only: a folder that all files share does not matter. A slash cannot occur in
  // an individual's name, so that the two kinds of key never meet.
  return { key: `/${file.split(sep).join('/')}`.normalize('NFC'), matched: false };
}

function matchIndividual(pattern: RegExp, fileName: string): string | undefined {
  // A sticky or global expression remembers where it stopped.
  pattern.lastIndex = 0;
  const match = pattern.exec(fileName);
  if (!match) return undefined;
  return (match[1] ?? match[0]).normalize('NFC');
}
