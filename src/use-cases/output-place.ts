/** @file Where a command writes its one file: never over a file that is there, unless it is asked to. */

import { existsSync } from 'node:fs';
import { GraftError } from '../core/errors/graft-error.ts';
import { requireNew, writeWhole } from '../node/files/write-file.ts';

export interface OutputPlace {
  /** Where it will go, as far as is known: another process may take a default name meanwhile. */
  readonly path: string;
  /** @returns Where it went. @throws {GraftError} `file-exists`, `file-write`. */
  write(content: string | Uint8Array): Promise<string>;
}

/**
 * Finds a place before the work.
 *
 * @param named - What a person named; undefined takes the default name, or the next free one: `lr.svg`, `lr-2.svg`, ...
 * @throws {GraftError} `file-exists`, if a file of the name is there, and was not to be overwritten.
 */
export async function outputPlace(
  named: string | undefined,
  byDefault: string,
  { flag, overwrite = false }: { readonly flag: string; readonly overwrite?: boolean | undefined },
): Promise<OutputPlace> {
  const advice = `Choose another ${flag}, or give --overwrite.`;
  if (named !== undefined && !overwrite) await requireNew(named, advice);
  if (named !== undefined || overwrite) {
    const path = named ?? byDefault;
    return {
      path,
      async write(content) {
        await writeWhole(path, content, { replace: overwrite, advice });
        return path;
      },
    };
  }
  return {
    path: nextFree(byDefault, 1),
    async write(content) {
      for (let number = 1; ; number++) {
        const path = nextFree(byDefault, number);
        try {
          await writeWhole(path, content, { replace: false });
          return path;
        } catch (error) {
          if (!(error instanceof GraftError) || error.code !== 'file-exists') throw error;
        }
      }
    },
  };
}

/** Whether a path is the default name, or one of those that follow it. */
export function isNumbered(path: string, byDefault: string): boolean {
  const [stem, ending] = parts(byDefault);
  return (
    path.startsWith(stem) &&
    path.endsWith(ending) &&
    /^(?:-\d+)?$/.test(path.slice(stem.length, -ending.length))
  );
}

function nextFree(byDefault: string, from: number): string {
  const [stem, ending] = parts(byDefault);
  for (let number = from; ; number++) {
    const path = number === 1 ? byDefault : `${stem}-${number}${ending}`;
    if (!existsSync(path)) return path;
  }
}

/** `lr` and `.svg`. */
function parts(path: string): [stem: string, ending: string] {
  const dot = path.lastIndexOf('.');
  return [path.slice(0, dot), path.slice(dot)];
}
