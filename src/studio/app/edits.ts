/** @file What is done to images, from any page: each says what it did, and can be undone. */

import type { EditReport } from '../engine/project-state.ts';
import { countExamples } from './noun.ts';
import { attempt, engine, project, say, selection } from './store.ts';
import { sentence } from './words.ts';

/** Moves the selected images to a class. */
export async function relabelSelection(className: string): Promise<void> {
  await edit(() => engine.relabel([...selection.value], className));
}

/** Moves the selected images to the classes that the check finds likelier. */
export async function acceptSelection(): Promise<void> {
  await edit(() => engine.acceptLabels([...selection.value]));
}

export async function binSelection(): Promise<void> {
  await edit(() => engine.bin([...selection.value]));
}

export async function restoreSelection(): Promise<void> {
  await edit(() => engine.restore([...selection.value]));
}

export async function undo(): Promise<void> {
  if (project.value?.undo === null) say('There is nothing to undo.');
  else await edit(() => engine.undo());
}

export async function redo(): Promise<void> {
  if (project.value?.redo === null) say('There is nothing to redo.');
  else await edit(() => engine.redo());
}

/** Carries out an edit, says what it did, and forgets the selection. */
export async function edit(work: () => Promise<EditReport>): Promise<boolean> {
  const report = await attempt(work);
  if (report === undefined) return false;
  selection.value = new Set();
  const { done, left } = report;
  if (left.length > 0) {
    const [first] = left;
    say(`${countExamples(left.length)} stayed: ${first!.name}, since ${first!.reason}.`, 'failed');
  } else if (done !== 'nothing') say(`${sentence(done)}.`);
  return true;
}

/** The class of the number on a key, from 1. */
export function classOfKey(key: string): string | undefined {
  return /^[1-9]$/.test(key) ? project.value?.classes[Number(key) - 1]?.name : undefined;
}
