import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../../../tests/support/image-folder.ts';
import { needs } from '../../../tests/support/needs.ts';
import {
  beginsWith,
  either,
  isJsonWith,
  isReplaceable,
  isVoid,
  NAME_IS_PROOF,
  type OwnFile,
  removeEmptyFolder,
  removeOwnFile,
  removeOwnFolder,
  removeOwnTree,
} from './own-files.ts';

const OURS: OwnFile = { name: /^\d{6}\.json$/, proof: beginsWith(/^\{"ours":/) };

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .toSorted();
}

describe('proofs', () => {
  it.each<[name: string, kind: string, expected: boolean, content: string]>([
    ['begins as ours', 'head', true, '{"ours":1}'],
    ['begins otherwise', 'head', false, '{"mine":1}'],
    ['is empty', 'head', false, ''],
    ['is empty', 'void', true, ''],
    ['is all zeros', 'void', true, '\0'.repeat(100_000)],
    ['has something behind its zeros', 'void', false, `${'\0'.repeat(100_000)}x`],
    ['has the entries', 'json', true, '{"a":1,"b":null}'],
    ['lacks an entry', 'json', false, '{"a":1}'],
    ['is a string', 'json', false, '"a b"'],
    ['is null', 'json', false, 'null'],
    ['ends too early', 'json', false, '{"a":1,"b'],
  ])('a file that %s, by its %s: %s', async (_, kind, expected, content) => {
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, content);
    const proof = { head: OURS.proof, void: isVoid, json: isJsonWith('a', 'b') }[kind]!;
    expect(await isReplaceable(file, proof)).toBe(expected);
    expect(
      await isReplaceable(
        file,
        either(async () => false, proof),
      ),
    ).toBe(expected);
    expect(await removeOwnFile(file, proof)).toBe(expected);
    expect(await filesIn(join(file, '..'))).toEqual(expected ? [] : ['file']);
  });
});

describe('what is not proven to be of Graft', () => {
  it('is neither removed nor replaced: a folder or a link of the name, and what a link leads to', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, { 'real.json': '{"ours":1}', '000001.json/inside': 'precious' });
    await symlink(join(root, 'real.json'), join(root, '000002.json'));
    await symlink(root, join(root, 'link'));
    for (const name of ['000001.json', '000002.json']) {
      expect(await removeOwnFile(join(root, name), NAME_IS_PROOF)).toBe(false);
    }
    expect(await isReplaceable(join(root, '000001.json'), NAME_IS_PROOF)).toBe(false);
    expect(await removeOwnFolder(join(root, 'link'), [{ name: /./, proof: NAME_IS_PROOF }])).toBe(false);
    expect(await removeOwnTree(join(root, 'link'), () => NAME_IS_PROOF)).toBe(false);
    expect(await filesIn(root)).toEqual(['000001.json/inside', '000002.json', 'link', 'real.json']);
  });

  it('is what came while its predecessor was looked at: another file, other content, a link', async () => {
    const root = await temporaryFolder();
    const file = join(root, '000001.json');
    const changes = [
      () => rename(join(root, 'new'), file),
      () => writeFile(file, 'precious'),
      () => rename(join(root, 'link'), file),
    ];
    for (const change of changes) {
      await writeFiles(root, { '000001.json': '{"ours":1}', new: 'precious', far: 'precious' });
      await symlink('far', join(root, 'link'));
      const proof = async (path: string): Promise<boolean> => {
        const isOurs = await OURS.proof(path);
        await change();
        return isOurs;
      };
      expect(await removeOwnFile(file, proof)).toBe(false);
      expect(await readFile(file, 'utf8')).toBe('precious');
      await rm(root, { recursive: true });
    }
  });

  it('is neither a pipe nor a device that would never end, nor a link to one', needs.signals, async () => {
    const root = await temporaryFolder();
    execFileSync('mkfifo', [join(root, 'pipe')]);
    await symlink('pipe', join(root, 'link'));
    await symlink('/dev/zero', join(root, 'zeros'));
    for (const name of ['pipe', 'link', 'zeros']) {
      for (const proof of [isVoid, OURS.proof, isJsonWith('a')]) {
        expect(await isReplaceable(join(root, name), proof)).toBe(false);
        expect(await removeOwnFile(join(root, name), proof)).toBe(false);
      }
    }
    expect(await filesIn(root)).toEqual(['link', 'pipe', 'zeros']);
  });

  it('stays in the folder that is emptied, and the folder with it', async () => {
    const root = await temporaryFolder();
    const precious = { 'notes.txt': 'x', '000002.json': 'precious', 'folder/000003.json': '{"ours":1}' };
    await writeFiles(root, { ...precious, '000001.json': '{"ours":1}' });
    expect(await removeOwnFolder(root, [OURS])).toBe(false);
    expect(await filesIn(root)).toEqual(Object.keys(precious).toSorted());
    const folder = join(root, 'ours');
    await writeFiles(folder, { '000001.json': '{"ours":1}' });
    expect([await removeOwnFolder(folder, [OURS]), await removeOwnFolder(folder, [OURS])]).toEqual([
      true,
      true,
    ]);
    expect(await readdir(root)).not.toContain('ours');
  });

  it('stays below the folder that is removed, at any depth', async () => {
    const root = join(await temporaryFolder(), 'tree');
    await writeFiles(root, ['a/1.jpg', 'a/notes.txt', 'b/2.jpg', 'c/deep/3.jpg', 'mark']);
    await mkdir(join(root, 'd'));
    const proofOf = (path: string) => (/^[ab]\/\d\.jpg$|^mark$/.test(path) ? NAME_IS_PROOF : undefined);
    expect(await removeOwnTree(root, proofOf)).toBe(false);
    expect(await filesIn(root)).toEqual(['a/notes.txt', 'c/deep/3.jpg']);
    expect(await removeOwnTree(root, () => NAME_IS_PROOF)).toBe(true);
  });

  it('stays where the proof cannot be had', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, ['000001.json']);
    const failing = async (): Promise<boolean> => {
      throw new Error('cannot be read');
    };
    expect(await removeOwnFile(join(root, '000001.json'), failing)).toBe(false);
    expect(await filesIn(root)).toEqual(['000001.json']);
  });

  it('keeps its folder: one with something in it is not removed', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, ['full/x']);
    await mkdir(join(root, 'empty'));
    const gone = ['full', 'empty', 'none'].map((name) =>
      removeEmptyFolder(join(root, name)).catch(() => false),
    );
    expect(await Promise.all(gone)).toEqual([false, true, true]);
  });
});

describe('the files of src/ that remove or rename at all', () => {
  /** Each of them is described in docs/architecture.md, "What Graft removes". */
  const KNOWN = [
    'node/data-sets/data-sets.ts',
    'node/download/download.ts',
    'node/download/fetched-file.ts',
    'node/download/part-file.ts',
    'node/download/pin.ts',
    'node/feature-cache/cache-mark.ts',
    'node/feature-cache/segment-files.ts',
    'node/files/file-lock.ts',
    'node/files/own-files.ts',
    'node/files/quarantine.ts',
    'node/files/unnamed-file.ts',
    'node/files/write-file.ts',
    'node/text/stored-weights.ts',
    'studio/server/edit-steps.ts',
  ];

  /** Write in other ways than by `writeWhole`: to new files alone, to the end of a file, or in folders of Graft's own. */
  const WRITING = [
    'node/callbacks/csv-logger.ts',
    'node/callbacks/tensorboard.ts',
    'node/data-sets/data-sets.ts',
    'node/data-sets/unpack-zip.ts',
    'node/download/part-file.ts',
    'node/download/pin.ts',
    'node/feature-cache/cache-mark.ts',
    'node/feature-cache/segment-index.ts',
    'node/feature-cache/segment-writer.ts',
    'node/files/file-lock.ts',
    'node/files/quarantine.ts',
    'node/files/run-mark.ts',
    'node/files/unnamed-file.ts',
    'node/files/write-file.ts',
    'node/text/stored-weights.ts',
    'studio/server/journal-file.ts',
  ];

  /** Ways to a file system that the lists would not see. */
  const HIDDEN =
    /import (?:\* as )?\w+ from '(?:node:)?fs|from 'fs[/']|import\('(?:node:)?fs|require\('(?:node:)?fs/;

  it('are known, so that a new one is thought over', async () => {
    const src = fileURLToPath(new URL('../..', import.meta.url));
    const sources = (await filesIn(src)).filter(
      (name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name),
    );
    const found: string[] = [];
    const writing: string[] = [];
    for (const name of sources) {
      const text = await readFile(join(src, name), 'utf8');
      const imported = /import \{([^}]*)\} from 'node:fs(?:\/promises)?'/g;
      const names = [...text.matchAll(imported)].flatMap(([, list]) =>
        // `rm as remove` removes, too.
        list!.split(',').map((each) => each.trim().split(' ')[0]!),
      );
      const slashed = name.replaceAll('\\', '/');
      if (names.some((each) => /^(?:rm|rmdir|unlink|rename|f?truncate|cp|copyFile)(?:Sync)?$/.test(each))) {
        found.push(slashed);
      }
      const opens = /\bopen(?:Sync)?\([^)]*'(?:[wa]x?|r)\+?'/g;
      const opened = [...text.matchAll(opens)].some(([call]) => !call.endsWith("'r'"));
      if (
        opened ||
        names.some((each) => /^(?:writeFile|appendFile|createWriteStream|writev?)(?:Sync)?$/.test(each))
      ) {
        writing.push(slashed);
      }
      expect([name, HIDDEN.test(text)]).toEqual([name, false]);
    }
    expect(found).toEqual(KNOWN);
    expect(writing).toEqual(WRITING);
    const architecture = await readFile(join(src, '../docs/architecture.md'), 'utf8');
    for (const name of KNOWN) expect(architecture).toContain(`\`${name}\``);
  });
});
