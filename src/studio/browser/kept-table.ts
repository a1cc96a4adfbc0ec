/**
 * @file A table of texts that a browser keeps: its bytes stay as they were opened, and what was edited is what the journal says. So an
 * edit is one line of a file, done when it is written.
 */

import * as z from 'zod';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { TablePlace } from '../project/table-project.ts';
import { TextTable } from '../project/text-table.ts';
import type { KeptFiles } from './kept-files.ts';
import { TABLE, TABLE_NAME } from './kept-places.ts';

const nameSchema = z.object({ name: z.string() });

/** The name of the table that is kept; undefined where there is none. */
export async function keptTableName(files: KeptFiles): Promise<string | undefined> {
  const text = await (await files.read(TABLE_NAME))?.text();
  if (text === undefined) return undefined;
  try {
    return nameSchema.parse(JSON.parse(text)).name;
  } catch {
    // It was being written when the browser ended: the table was not opened.
    return undefined;
  }
}

/** Whether it can be opened. @throws {GraftError} `dataset`, if it is none of texts with one class each. */
export function requireTable(name: string, bytes: Uint8Array): void {
  new TextTable(bytes, name);
}

/** Keeps a table, of which nothing was edited. @throws {GraftError} `file-write`. */
export async function keepTable(files: KeptFiles, name: string, bytes: Uint8Array): Promise<void> {
  await files.write(TABLE, bytes);
  // Last: with a name, it is there.
  await files.write(TABLE_NAME, new TextEncoder().encode(JSON.stringify({ name })));
}

/** @throws {GraftError} `file-not-found`; `dataset`. */
export async function openKeptTable(files: KeptFiles, name: string): Promise<TablePlace> {
  const bytes = await (await files.read(TABLE))?.arrayBuffer();
  if (bytes === undefined) throw lostTable(name);
  const table = new TextTable(new Uint8Array(bytes), name);
  return {
    name,
    where: 'kept in this browser',
    table,
    hash: undefined,
    refresh: async () => false,
    async write(rows) {
      // A letter that the encoding does not have is told, as where a file is written.
      for (const _ of table.encode(rows));
    },
    goneError: () => lostTable(name),
    close: async () => {},
  };
}

function lostTable(name: string): GraftError {
  return new GraftError('file-not-found', {
    where: 'studio',
    expected: `the table "${name}" in what the browser keeps`,
    received: 'none',
    advice: 'Begin a new project, and open the table again.',
  });
}
