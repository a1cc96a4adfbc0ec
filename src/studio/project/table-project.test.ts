/** @file A table that stays as it was: what was edited is what the journal says, whenever it is opened. */

import { describe, expect, it } from 'vitest';
import { EditJournal, type JournalFile } from './edit-journal.ts';
import { TableProject } from './table-project.ts';
import { tableStepSchema } from './table-steps.ts';
import { TextTable } from './text-table.ts';

const TABLE = 'id,text,label\n1,so good,good\n2,so bad,bad\n3,quite good,good\n4,not bad,bad\n';

/** A journal in memory. */
class Lines implements JournalFile {
  readonly path = 'journal';
  text = '';
  async append(line: string): Promise<void> {
    this.text += line;
  }
  async close(): Promise<void> {}
}

async function opened(lines: Lines, content = TABLE): Promise<TableProject> {
  const table = new TextTable(new TextEncoder().encode(content), 'reviews.csv');
  const project = new TableProject({
    place: {
      name: 'reviews.csv',
      where: 'in memory',
      table,
      hash: undefined,
      refresh: async () => false,
      write: async () => {},
      goneError: () => new Error('gone'),
      close: async () => {},
    },
    journal: await EditJournal.open(lines, lines.text, tableStepSchema),
    onChange: () => {},
  });
  await project.begin();
  return project;
}

const rawOf = ({ rows }: TableProject): string => rows.map(({ raw }) => raw).join('');
const idsOf = (project: TableProject, ...texts: string[]): number[] =>
  texts.map((text) => project.index.all.find((each) => each.text === text)!.id);

async function edited(lines: Lines): Promise<TableProject> {
  const project = await opened(lines);
  await project.relabel(idsOf(project, 'not bad'), 'good');
  await project.bin(idsOf(project, 'so good'));
  await project.makeClass('mixed');
  const bytes = new TextEncoder().encode('neither');
  await project.add('mixed', [{ name: 'a.txt', bytes }], 'one');
  await project.relabel(idsOf(project, 'so bad', 'neither'), 'good');
  return project;
}

describe('a table of which the journal alone tells the edits', () => {
  it('is what it was before, with its bin, its classes and its undo, when it is opened again', async () => {
    const lines = new Lines();
    const before = await edited(lines);
    const again = await opened(lines);
    expect(rawOf(again)).toBe('2,so bad,good\n3,quite good,good\n4,not bad,good\n,neither,good\n');
    expect(rawOf(again)).toBe(rawOf(before));
    expect(again.state().classes.map(({ name }) => name)).toContain('mixed');
    expect(again.state()).toMatchObject({ binned: 1, undo: before.state().undo });
    for (let edits = 0; edits < 5; edits++) await again.undo();
    expect(rawOf(again)).toBe(TABLE.slice(TABLE.indexOf('\n') + 1));
    expect(rawOf(await opened(lines))).toBe(rawOf(again));
    for (let edits = 0; edits < 5; edits++) await again.redo();
    expect(rawOf(await opened(lines))).toBe(rawOf(before));
  });

  it('knows its texts by the lines that they have without those of no label', async () => {
    const project = await opened(new Lines(), 'text,label\nso so,\nso good,good\n\nwell,\nso bad,bad\n');
    const called = [...project.labeledExamples('labeled.csv')].map(([place, { text }]) => [place, text]);
    expect(called).toEqual([
      ['labeled.csv, line 2', 'so good'],
      ['labeled.csv, line 4', 'so bad'],
    ]);
    expect(project.labeledRows().map(({ raw }) => raw)).toEqual(['so good,good\n\n', 'so bad,bad\n']);
  });

  it('has an edit once it is in the journal, wherever the end came', async () => {
    const lines = new Lines();
    const whole = rawOf(await edited(lines));
    const all = lines.text.trimEnd().split('\n');
    // The last line says that the last edit is done.
    expect(JSON.parse(all.at(-1)!)).toHaveProperty('done');
    lines.text = `${all.slice(0, -1).join('\n')}\n`;
    expect(rawOf(await opened(lines))).toBe(whole);
    // Cut short, it was not begun.
    const cut = new Lines();
    cut.text = `${all.slice(0, -2).join('\n')}\n${all.at(-2)!.slice(0, -10)}`;
    expect(rawOf(await opened(cut))).toBe(
      '2,so bad,bad\n3,quite good,good\n4,not bad,good\n,neither,mixed\n',
    );
  });
});
