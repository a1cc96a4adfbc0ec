/** @file The texts of class folders that a browser keeps: each a file of its folder, whose letters are in the journal. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { decodeCsvText } from '../../core/examples/labels/csv-text.ts';
import { compareNaturally } from '../../core/examples/sample.ts';
import type { FilesOfClass } from '../engine/project-state.ts';
import { NOT_A_TEXT, textOf } from '../project/added-text.ts';
import { EditJournal } from '../project/edit-journal.ts';
import { safeTextName } from '../project/file-name.ts';
import type { IndexedImage } from '../project/image-index.ts';
import { Project } from '../project/project.ts';
import { editStepSchema } from '../project/project-place.ts';
import { hashOfText } from '../project/text-hash.ts';
import type { KeptFiles } from './kept-files.ts';
import { type KeepImage, KeptFolder } from './kept-folder.ts';
import { openKeptJournal } from './kept-journal.ts';
import { TEXT_FOLDERS } from './kept-places.ts';
import type { KeptTexts } from './kept-texts.ts';
import { writeArchive } from './project-archive.ts';

/** @throws {GraftError} `file-write`; `dataset`, if a newer version wrote it. */
export async function folderTexts(files: KeptFiles, onChange: () => void): Promise<KeptTexts> {
  const { file, text } = await openKeptJournal(files);
  const place = new KeptFolder(file, text, keepText, 'texts');
  const journal = await EditJournal.open(file, text, editStepSchema);
  const project = new Project({ place, journal, onChange: () => tell() });
  const { index } = project;
  const tell = (): void => {
    for (const example of index.all) {
      if (example.hash !== undefined) continue;
      const said = place.textAt(example.path);
      example.text = said?.trim();
      index.setHash(example, said === undefined ? null : place.hashAt(example.path)!, '');
    }
    onChange();
  };
  /** As a folder is read: by class, then by name. */
  const classed = (): IndexedImage[] =>
    index.all
      .filter(({ className }) => className !== null)
      .sort((a, b) => compareNaturally(a.className!, b.className!) || compareNaturally(a.path, b.path));
  const labeled: KeptTexts['labeled'] = () =>
    classed().map(({ text = '', className, path }) => ({ text, label: className!, place: path }));
  return {
    name: place.name,
    runName: place.name,
    data: 'FOLDER',
    project,
    begin: () => project.rescan(),
    labeled,
    checked: labeled,
    async save() {
      const encoder = new TextEncoder();
      const entries = classed().map(({ path }) => [path, path] as const);
      await writeArchive(files, entries, async (path) => encoder.encode(place.textAt(path)));
      return `download/project/${place.name}`;
    },
  };
}

/** @throws {GraftError} `dataset`, if no file has a text in it. */
export async function requireTexts(folders: readonly FilesOfClass[]): Promise<void> {
  for (const { files } of folders) {
    for (const { bytes } of files)
      if (textOf(new Uint8Array(await bytes.arrayBuffer())) !== undefined) return;
  }
  throw new GraftError('dataset', {
    where: 'text folders',
    expected: 'a folder of .txt files for each class',
    received: 'none with a text in it',
    advice: 'Drop the folder that holds the class folders, or these.',
  });
}

/** Keeps folders of texts, in the place of nothing. @throws {GraftError} `file-write`. */
export async function keepFolders(files: KeptFiles, folders: readonly FilesOfClass[]): Promise<void> {
  // First: a project of images must not find texts.
  await files.write(TEXT_FOLDERS, new TextEncoder().encode('{}'));
  const { project, begin } = await folderTexts(files, () => {});
  try {
    await begin();
    const group = crypto.randomUUID();
    for (const { className, files: given } of folders) {
      const read = given.map(async ({ name, bytes }) => ({
        name,
        bytes: new Uint8Array(await bytes.arrayBuffer()),
      }));
      await project.add(className, await Promise.all(read), group);
    }
  } finally {
    await project.close();
  }
}

const keepText: KeepImage = async ({ name, bytes }) => {
  const said = textOf(bytes);
  if (said === undefined) return { reason: NOT_A_TEXT };
  const { text } = decodeCsvText(bytes, '');
  return { hash: hashOfText(said), name: safeTextName(name, new Set()), text };
};
