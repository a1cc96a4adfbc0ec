import { describe, expect, it } from 'vitest';
import { EditJournal, type JournalFile } from '../project/edit-journal.ts';
import { Project } from '../project/project.ts';
import { editStepSchema } from '../project/project-place.ts';
import { KeptFolder } from './kept-folder.ts';

/** A journal in memory, which may be cut short. */
function memoryJournal(text = ''): JournalFile & { readonly text: () => string } {
  let all = text;
  return {
    path: 'journal.jsonl',
    async append(line) {
      all += line;
    },
    close: async () => {},
    text: () => all,
  };
}

/** Of each file, its first byte as a hash; zero is no image. */
async function openProject(journal: JournalFile & { readonly text: () => string }): Promise<Project> {
  const text = journal.text();
  const place = new KeptFolder(journal, text, async ({ name, bytes }) =>
    bytes[0] === 0 ? { reason: 'not an image' } : { hash: String(bytes[0]).padStart(64, '0'), name },
  );
  const project = new Project({
    place,
    journal: await EditJournal.open(journal, text, editStepSchema),
    onChange: () => {},
  });
  await project.finish();
  await project.rescan();
  return project;
}

function file(name: string, byte: number): { readonly name: string; readonly bytes: Uint8Array } {
  return { name, bytes: Uint8Array.of(byte) };
}

function placesOf(project: Project): string[] {
  return project.index.all.map(({ path }) => path.replace(/^\.graft\/bin\/[^/]+\//, 'BIN/')).sort();
}

describe('a project that a browser keeps', () => {
  it('is as it was after every edit when it is opened again, and so is undo', async () => {
    const journal = memoryJournal();
    const project = await openProject(journal);
    const id = (path: string): number => project.index.at(path)!.id;
    await project.add('cat', [file('a.png', 1), file('a.png', 2), file('words.txt', 0)], 'one');
    await project.add('dog', [file('b.png', 3)], 'two');
    await project.relabel([id('cat/a-2.png')], 'dog');
    await project.renameClass('dog', 'wolf');
    await project.bin([id('wolf/b.png')]);
    await project.makeClass('fox');
    const places = ['BIN/wolf/b.png', 'cat/a.png', 'wolf/a-2.png'];
    expect(placesOf(project)).toEqual(places);
    const again = await openProject(memoryJournal(journal.text()));
    expect(placesOf(again)).toEqual(places);
    expect(again.state()).toEqual({ ...project.state(), version: again.state().version });
    while (again.state().undo !== null) await again.undo();
    expect(placesOf(again)).toEqual(['BIN/cat/a-2.png', 'BIN/cat/a.png', 'BIN/dog/b.png']);
    while (again.state().redo !== null) await again.redo();
    expect(placesOf(again)).toEqual(places);
  });

  it('has what texts say from the journal, wherever they were moved', async () => {
    const journal = memoryJournal();
    const placeOf = (text: string) =>
      new KeptFolder(
        journal,
        text,
        async ({ name, bytes }) => ({
          hash: String(bytes[0]).padStart(64, '0'),
          name,
          text: `says ${bytes[0]}\n`,
        }),
        'texts',
      );
    const project = new Project({
      place: placeOf(''),
      journal: await EditJournal.open(journal, '', editStepSchema),
      onChange: () => {},
    });
    await project.rescan();
    await project.add('cat', [file('a.txt', 1), file('b.txt', 2)], 'one');
    await project.renameClass('cat', 'lion');
    const again = placeOf(journal.text());
    expect(['lion/a.txt', 'lion/b.txt', 'cat/a.txt'].map((path) => again.textAt(path))).toEqual([
      'says 1\n',
      'says 2\n',
      undefined,
    ]);
  });

  it('names what is no image, and adds the rest', async () => {
    const project = await openProject(memoryJournal());
    expect(await project.add('cat', [file('words.txt', 0), file('a.png', 1)], 'one')).toEqual({
      added: 1,
      refused: [{ name: 'words.txt', reason: 'not an image' }],
    });
  });

  it('takes a line that was cut short for one that was never written, wherever that was', async () => {
    const journal = memoryJournal();
    const project = await openProject(journal);
    await project.add('cat', [file('a.png', 1)], 'one');
    const whole = journal.text();
    await project.add('cat', [file('b.png', 2)], 'two');
    const more = journal.text().slice(whole.length);
    for (let length = 0; length < more.length; length += 7) {
      const cut = memoryJournal(whole + more.slice(0, length));
      const again = await openProject(cut);
      const before = placesOf(again);
      expect(before).toContain('cat/a.png');
      await again.add('cat', [file('c.png', 3)], 'three');
      expect(placesOf(await openProject(memoryJournal(cut.text())))).toEqual(placesOf(again));
    }
  });

  it('refuses a journal of a newer version', async () => {
    const newer = memoryJournal('{"graft":"studio journal","version":2}\n');
    await expect(openProject(newer)).rejects.toThrow(
      'journal "journal.jsonl": expected edits of the studio, version 1, received something else. A newer Graft may have written it: update Graft, or move the file away; the images stay as they are.',
    );
  });
});
