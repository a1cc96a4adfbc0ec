import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../../../tests/support/image-folder.ts';
import { needs } from '../../../tests/support/needs.ts';
import { reversed } from '../project/project-place.ts';
import { doSteps } from './edit-steps.ts';
import { FolderProject } from './folder-project.ts';

/** The smallest GIF; what follows its end makes it another file. */
const GIF = Buffer.from('R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==', 'base64');

function image(mark: string): Buffer {
  return Buffer.concat([GIF, Buffer.from(mark)]);
}

/** Two classes: cats a, b, c and dogs a, d. */
async function drawProject(): Promise<string> {
  const root = await temporaryFolder();
  const names = ['cat/a', 'cat/b', 'cat/c', 'dog/a', 'dog/d'];
  for (const name of names) await writeFiles(root, { [`${name}.gif`]: image(name) });
  return root;
}

/** By their paths, what is in the files: marks of images. */
async function imagesIn(root: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.gif')) continue;
    const path = join(entry.parentPath, entry.name);
    const mark = (await readFile(path)).subarray(GIF.length).toString();
    found[relative(root, path).replace(/^\.graft\/bin\/[^/]+\//, 'BIN/')] = mark;
  }
  return Object.fromEntries(Object.entries(found).toSorted());
}

async function opened(root: string): Promise<FolderProject> {
  const project = await FolderProject.open(root, () => {});
  await project.rescan();
  return project;
}

function idsOf(project: FolderProject, ...paths: string[]): number[] {
  return paths.map((path) => project.index.at(path)!.id);
}

describe('a project', () => {
  it('moves images between class folders, and writes over none', async () => {
    const root = await drawProject();
    const project = await opened(root);
    const report = await project.relabel(idsOf(project, 'cat/a.gif', 'cat/b.gif'), 'dog');
    expect(report).toEqual({ done: 'move 2 images to "dog"', images: 2, left: [] });
    expect(await imagesIn(root)).toEqual({
      'cat/c.gif': 'cat/c',
      'dog/a-2.gif': 'cat/a',
      'dog/a.gif': 'dog/a',
      'dog/b.gif': 'cat/b',
      'dog/d.gif': 'dog/d',
    });
    expect(project.state().classes).toEqual([
      { name: 'cat', images: 1 },
      { name: 'dog', images: 4 },
    ]);
    // What it knows is what is there.
    const known = project.index.all.map(({ path }) => path);
    expect(known.toSorted()).toEqual(Object.keys(await imagesIn(root)));
    await project.relabel(idsOf(project, 'dog/a-2.gif'), 'cat');
    expect(await imagesIn(root)).toMatchObject({ 'cat/a-2.gif': 'cat/a', 'dog/a.gif': 'dog/a' });
    await project.close();
  });

  it('takes back and does again everything, also after it was opened anew', async () => {
    const root = await drawProject();
    const before = await imagesIn(root);
    let project = await opened(root);
    await project.relabel(idsOf(project, 'cat/a.gif'), 'dog');
    await project.renameClass('cat', 'kitten');
    await project.bin(idsOf(project, 'dog/d.gif'));
    await project.makeClass('bird');
    await project.add('bird', [{ name: '../../../etc/passwd.exe', bytes: image('new') }], 'one');
    await project.renameClass('kitten', 'dog');
    await project.binClass('bird');
    const after = await imagesIn(root);
    expect(after).toEqual({
      'BIN/bird/passwd.gif': 'new',
      'BIN/dog/d.gif': 'dog/d',
      'dog/a-2.gif': 'cat/a',
      'dog/a.gif': 'dog/a',
      'dog/b.gif': 'cat/b',
      'dog/c.gif': 'cat/c',
    });
    expect(project.classNames).toEqual(['dog']);
    await project.close();
    project = await opened(root);
    expect([project.state().undo, project.state().redo]).toEqual(['move the class "bird" to the bin', null]);
    while (project.state().undo !== null) await project.undo();
    const { 'BIN/bird/passwd.gif': added, ...rest } = await imagesIn(root);
    expect([added, rest]).toEqual(['new', before]);
    expect(project.classNames).toEqual(['cat', 'dog']);
    while (project.state().redo !== null) await project.redo();
    expect(await imagesIn(root)).toEqual(after);
    await project.rescan();
    expect(project.state().classes).toEqual([{ name: 'dog', images: 4 }]);
    await project.close();
  });

  it('undoes what was added together at once', async () => {
    const root = await drawProject();
    const project = await opened(root);
    for (const name of ['x', 'y']) await project.add('cat', [{ name, bytes: image(name) }], 'same');
    expect(project.state().undo).toBe('add 1 image to "cat", and 1 more');
    await project.undo();
    expect(project.state().classes[0]).toEqual({ name: 'cat', images: 3 });
    await project.restore(
      project.index.all.filter(({ className }) => className === null).map(({ id }) => id),
    );
    expect(project.state()).toMatchObject({ binned: 0, classes: [{ images: 5 }, { images: 2 }] });
    await project.close();
  });

  it('finishes an edit that a kill cut short, wherever it was, and can take it back', async () => {
    for (let done = 0; done <= 3; done++) {
      const root = await drawProject();
      const before = await imagesIn(root);
      const project = await opened(root);
      await project.renameClass('cat', 'dog');
      const after = await imagesIn(root);
      await project.undo();
      await project.redo();
      await project.close();
      // The journal as a kill leaves it, and so many of the steps.
      const journal = join(root, '.graft/journal.jsonl');
      const lines = (await readFile(journal, 'utf8')).split('\n');
      const { steps } = JSON.parse(lines[1]!);
      await doSteps(root, reversed(steps), () => {});
      await doSteps(root, steps.slice(0, done), () => {});
      await writeFile(journal, `${lines.slice(0, 2).join('\n')}\n{"edit":2,"na`);
      const again = await opened(root);
      expect(await imagesIn(root)).toEqual(after);
      await again.undo();
      expect(await imagesIn(root)).toEqual(before);
      await again.close();
    }
  });

  it('leaves what it cannot move, and says why', async () => {
    const root = await drawProject();
    await symlink(join(root, 'cat/a.gif'), join(root, 'cat/link.gif'));
    const project = await opened(root);
    const ids = idsOf(project, 'cat/link.gif', 'cat/b.gif', 'cat/c.gif');
    await rm(join(root, 'cat/b.gif'));
    expect(await project.relabel(ids, 'dog')).toEqual({
      done: 'move 3 images to "dog"',
      images: 1,
      left: [
        { name: 'link.gif', reason: 'it is a link to a file elsewhere' },
        { name: 'b.gif', reason: 'it is no longer there' },
      ],
    });
    const before = project.state().classes;
    await project.undo();
    await project.redo();
    // What was left is where it was: each image is known once.
    expect(project.state().classes).toEqual(before);
    const known = project.index.all.map(({ path }) => path);
    expect(known).toEqual([...new Set(known)]);
    await project.close();
  });

  it('takes images only, by their bytes', async () => {
    const root = await drawProject();
    const project = await opened(root);
    const files = [
      { name: 'page.jpg', bytes: Buffer.from('<html>') },
      { name: 'nothing.png', bytes: Buffer.alloc(0) },
      { name: 'really.txt', bytes: image('x') },
    ];
    expect(await project.add('cat', files, 'one')).toEqual({
      added: 1,
      refused: [
        { name: 'page.jpg', reason: 'an HTML page' },
        { name: 'nothing.png', reason: 'empty file' },
      ],
    });
    expect(project.index.at('cat/really.gif')).toBeDefined();
    await project.close();
  });

  it('is open in one studio at a time', async () => {
    const root = await drawProject();
    const project = await opened(root);
    await expect(FolderProject.open(root, () => {})).rejects.toThrow(
      `project "${root}": expected to be open in one studio, received a folder that another studio has open. Use that one, or end it first with Ctrl-C.`,
    );
    await project.close();
    await (await opened(root)).close();
  });

  it('has classes in each of its parts', async () => {
    const root = await temporaryFolder();
    for (const path of ['train/cat/a', 'train/dog/b', 'val/cat/c']) {
      await writeFiles(root, { [`${path}.gif`]: image(path) });
    }
    const project = await opened(root);
    expect(project.state()).toMatchObject({
      parts: ['train', 'validation'],
      classes: [
        { name: 'cat', images: 2 },
        { name: 'dog', images: 1 },
      ],
    });
    await project.relabel(idsOf(project, 'val/cat/c.gif'), 'dog');
    await project.renameClass('cat', 'lion');
    expect(await imagesIn(root)).toEqual({
      'train/dog/b.gif': 'train/dog/b',
      'train/lion/a.gif': 'train/cat/a',
      'val/dog/c.gif': 'val/cat/c',
    });
    await project.close();
  });

  it('refuses a journal of a newer version, and touches nothing', async () => {
    const root = await drawProject();
    const journal = join(root, '.graft/journal.jsonl');
    await writeFiles(root, { '.graft/journal.jsonl': '{"graft":"studio journal","version":2}\n{"x":1}\n' });
    await expect(FolderProject.open(root, () => {})).rejects.toThrow(
      `journal "${journal}": expected edits of the studio, version 1, received something else. A newer Graft may have written it: update Graft, or move the file away; the images stay as they are.`,
    );
    expect(await readFile(journal, 'utf8')).toBe('{"graft":"studio journal","version":2}\n{"x":1}\n');
  });

  it('keeps its journal whole on a disk that fills, and says so', needs.root, async () => {
    const root = await drawProject();
    const own = join(root, '.graft');
    await mkdir(own);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', own]);
    let project = await opened(root);
    try {
      const [rest, journal] = [join(own, 'rest'), join(own, 'journal.jsonl')];
      const journalBytes = async (): Promise<number> => (await stat(journal)).size;
      // The disk gives pages of 4,096 bytes: there is room for a part of the next line.
      while ((await journalBytes()) < 3900) await project.makeClass(`class ${await journalBytes()}`);
      await writeFile(rest, Buffer.alloc(16_384)).catch(() => undefined);
      const bytes = await journalBytes();
      const name = 'n'.repeat(150);
      await expect(project.makeClass(name)).rejects.toThrow(
        `file "${journal}": expected a place that can be written, received a full disk. Nothing was written there. Make room or choose another place with --out.`,
      );
      expect(await journalBytes()).toBe(bytes);
      await rm(rest);
      await project.renameClass('dog', 'wolf');
      await project.close();
      project = await opened(root);
      expect(project.state().undo).toBe('rename "dog" to "wolf"');
      expect(project.classNames).not.toContain(name);
    } finally {
      await project.close();
      execFileSync('umount', ['--lazy', own]);
    }
  });

  it('says that its folder is gone, and that a file is no folder', async () => {
    const root = await drawProject();
    const project = await opened(root);
    await rm(root, { recursive: true });
    await expect(project.rescan()).rejects.toThrow(
      `project "${root}": expected the folder that was opened, received ENOENT. Put it back, or end the studio and open another one.`,
    );
    expect(project.state()).toMatchObject({
      isScanning: false,
      notes: [
        `project "${root}": expected the folder that was opened, received ENOENT. Put it back, or end the studio and open another one.`,
      ],
    });
    await project.close();
    await writeFile(root, '');
    await expect(FolderProject.open(root, () => {})).rejects.toThrow(
      `project "${root}": expected a folder with one folder for each class, received a file. Give the folder that holds the class folders, or a new one.`,
    );
    await rm(root);
  });
});
