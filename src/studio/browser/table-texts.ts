/** @file The texts of a table that a browser keeps. */

import { joinBytes } from '../../core/tensor/join-bytes.ts';
import { EditJournal } from '../project/edit-journal.ts';
import { TableProject } from '../project/table-project.ts';
import type { TableRow } from '../project/table-row.ts';
import { tableStepSchema } from '../project/table-steps.ts';
import { openKeptJournal } from './kept-journal.ts';
import { SAVED_TABLE } from './kept-places.ts';
import { openKeptTable } from './kept-table.ts';
import type { OpenKeptTexts } from './kept-texts.ts';

/** @throws {GraftError} `file-write`, `file-not-found`; `dataset`, if a newer version wrote it. */
export function tableTexts(name: string): OpenKeptTexts {
  return async (files, onChange) => {
    const place = await openKeptTable(files, name);
    const { file, text } = await openKeptJournal(files);
    const journal = await EditJournal.open(file, text, tableStepSchema);
    const project = new TableProject({ place, journal, onChange });
    const partsOf = (rows: readonly TableRow[]): Uint8Array<ArrayBuffer>[] =>
      Array.from(place.table.encode(rows), (part) => Uint8Array.from(part));
    return {
      name,
      runName: name.replace(/\.\w+$/, '').replace(/[^\w -]/g, '_'),
      data: name,
      project,
      begin: () => project.begin(),
      labeled() {
        const rows = project.labeledRows();
        const lines = place.table.lines(rows);
        return rows.map(({ text, label }, at) => ({ text, label, place: `${name}, line ${lines[at]}` }));
      },
      checked: () => ({ name, bytes: new Blob(partsOf(project.labeledRows())) }),
      checkedExamples: () => project.labeledExamples(name),
      async save() {
        await files.write(SAVED_TABLE, joinBytes(partsOf(project.rows)));
        return `download/table/${encodeURIComponent(name)}`;
      },
    };
  };
}
