import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../tests/support/image-folder.ts';
import { FileTableProject as TableProject } from './file-table-project.ts';

const TABLE = 'id,text,label\n1,so good,good\n2,so bad,bad\n3,quite good,good\n4,not bad,bad\n';

async function drawTable(text: string = TABLE): Promise<string> {
  const file = join(await temporaryFolder(), 'reviews.csv');
  await writeFile(file, text);
  return file;
}

function opened(file: string): Promise<TableProject> {
  return TableProject.open(file, () => {});
}

function idsOf(project: TableProject, ...texts: string[]): number[] {
  return texts.map((text) => project.index.all.find((each) => each.text === text)!.id);
}

const contentOf = (file: string): Promise<string> => readFile(file, 'utf8');

describe('a table in the studio', () => {
  it('changes labels in the file alone, keeps the file as it was first, and undoes all to the byte', async () => {
    const file = await drawTable();
    const project = await opened(file);
    const report = await project.relabel(idsOf(project, 'not bad'), 'good');
    expect(report).toEqual({ done: 'move 1 text to "good"', images: 1, left: [] });
    expect(await contentOf(file)).toBe(TABLE.replace('not bad,bad', 'not bad,good'));
    expect(await contentOf(join(file, '../.graft/reviews.csv/original.csv'))).toBe(TABLE);
    await project.renameClass('bad', 'poor');
    await project.bin(idsOf(project, 'so good', 'quite good'));
    expect(await contentOf(file)).toBe('id,text,label\n2,so bad,poor\n4,not bad,good\n');
    expect(project.state()).toMatchObject({
      binned: 2,
      classes: [
        { name: 'good', images: 1 },
        { name: 'poor', images: 1 },
      ],
      undo: 'move 2 texts to the bin',
    });
    for (let edits = 0; edits < 3; edits++) await project.undo();
    expect(await contentOf(file)).toBe(TABLE);
    for (let edits = 0; edits < 3; edits++) await project.redo();
    expect(await contentOf(file)).toBe('id,text,label\n2,so bad,poor\n4,not bad,good\n');
    await project.close();
  });

  it('keeps the bin, classes without a text, and undo beyond its end', async () => {
    const file = await drawTable();
    const first = await opened(file);
    await first.makeClass('mixed');
    await first.bin(idsOf(first, 'so good'));
    await first.close();
    const project = await opened(file);
    expect(project.state()).toMatchObject({ binned: 1, undo: 'move 1 text to the bin' });
    expect(project.classNames).toEqual(['bad', 'good', 'mixed']);
    expect(project.index.find({ bin: true }).map(({ text }) => text)).toEqual(['so good']);
    await project.restore(idsOf(project, 'so good'));
    expect(await contentOf(file)).toBe(`${TABLE.replace('1,so good,good\n', '')}1,so good,good\n`);
    await project.undo();
    await project.undo();
    expect(await contentOf(file)).toBe(TABLE);
    await project.undo();
    expect(project.classNames).toEqual(['bad', 'good']);
    await project.close();
  });

  it('adds texts as rows, whose other columns are empty', async () => {
    const file = await drawTable();
    const project = await opened(file);
    const files = [
      { name: 'a', bytes: Buffer.from(' well, "fine" \n') },
      { name: 'b', bytes: Buffer.from('\n') },
    ];
    expect(await project.add('good', files, 'group')).toEqual({
      added: 1,
      refused: [{ name: 'b', reason: 'not a text, or an empty one' }],
    });
    expect(await contentOf(file)).toBe(`${TABLE},"well, ""fine""",good\n`);
    await project.undo();
    expect(await contentOf(file)).toBe(TABLE);
    await project.close();
  });

  it('keeps what another program does meanwhile, and undoes its own edits around it', async () => {
    const file = await drawTable();
    const project = await opened(file);
    const [id] = idsOf(project, 'not bad');
    await project.relabel([id!], 'good');
    const other = (await contentOf(file))
      .replace('1,so good,good\n', '')
      .replace('so bad,bad', 'so bad,poor');
    await writeFile(file, `${other}5,by another,bad\n`);
    await project.rescan();
    expect(idsOf(project, 'not bad')).toEqual([id]);
    expect(await project.undo()).toEqual({
      done: 'undone: move 1 text to "good"',
      images: 1,
      left: [],
    });
    expect(await contentOf(file)).toBe(
      'id,text,label\n2,so bad,poor\n3,quite good,good\n4,not bad,bad\n5,by another,bad\n',
    );
    await project.relabel(idsOf(project, 'so bad'), 'good');
    await writeFile(file, (await contentOf(file)).replace('2,so bad,good\n', ''));
    expect((await project.undo()).left).toEqual([{ name: 'row 1', reason: 'another program changed it' }]);
    await project.close();
  });

  it.each([true, false])(
    'finishes an edit that a kill cut short, once (%s: before the file was written)',
    async (isBefore) => {
      const file = await drawTable();
      const first = await opened(file);
      await first.add('good', [{ name: 'a', bytes: Buffer.from('well made') }], 'group');
      await first.close();
      const after = await contentOf(file);
      expect(after).toBe(`${TABLE},well made,good\n`);
      // The last line of the journal says that it was done.
      const journal = join(file, '../.graft/reviews.csv/journal.jsonl');
      const lines = (await contentOf(journal)).trimEnd().split('\n');
      expect(lines.at(-1)).toBe('{"done":1}');
      await writeFile(journal, `${lines.slice(0, -1).join('\n')}\n`);
      if (isBefore) await writeFile(file, TABLE);
      const project = await opened(file);
      expect(await contentOf(file)).toBe(after);
      expect(project.state()).toMatchObject({ binned: 0, undo: 'add 1 text to "good"' });
      await project.undo();
      expect([await contentOf(file), project.state().binned]).toEqual([TABLE, 1]);
      await project.close();
    },
  );

  it('has texts without a label in a class of their own, which has no name', async () => {
    const file = await drawTable('text,label\nso good,\nso bad,bad\n');
    const project = await opened(file);
    expect(project.state()).toMatchObject({ unlabeled: 1, classes: [{ name: 'bad', images: 1 }] });
    await project.makeClass('good');
    await project.relabel(
      project.index.find({ className: '' }).map(({ id }) => id),
      'good',
    );
    expect(await contentOf(file)).toBe('text,label\nso good,good\nso bad,bad\n');
    expect(await project.trainingData()).toBe(file);
    expect([...project.checkedExamples().keys()]).toEqual(['reviews.csv, line 2', 'reviews.csv, line 3']);
    await project.undo();
    const labeled = join(file, '../.graft/reviews.csv/labeled.csv');
    expect(await project.trainingData()).toBe(labeled);
    expect(await contentOf(labeled)).toBe('text,label\nso bad,bad\n');
    expect([...project.checkedExamples().keys()]).toEqual(['labeled.csv, line 2']);
    await project.close();
  });

  it.each([
    ['a|b', 'one with a character that tables have between labels, or that cannot be seen'],
    [' ', 'none'],
  ])('refuses the class %j', async (name, received) => {
    const project = await opened(await drawTable());
    await expect(project.makeClass(name)).rejects.toThrow(
      `class "${name}": expected a name for a cell, received ${received}. Give another name.`,
    );
    await project.close();
  });

  it('leaves the table to those who may read it', async () => {
    const file = await drawTable();
    await chmod(file, 0o600);
    const project = await opened(file);
    await project.relabel(idsOf(project, 'not bad'), 'good');
    const modes = [file, join(file, '../.graft/reviews.csv/original.csv')].map(
      async (each) => (await stat(each)).mode & 0o777,
    );
    expect(await Promise.all(modes)).toEqual([0o600, 0o600]);
    await project.close();
  });

  it('leaves nothing beside the table but its own folder', async () => {
    const file = await drawTable();
    const before = await stat(file);
    const project = await opened(file);
    await project.rescan();
    await project.close();
    expect((await stat(file)).mtimeMs).toBe(before.mtimeMs);
    expect((await readdir(join(file, '..'))).toSorted()).toEqual(['.graft', 'reviews.csv']);
    expect((await readdir(join(file, '../.graft/reviews.csv'))).toSorted()).toEqual(['journal.jsonl']);
  });
});
