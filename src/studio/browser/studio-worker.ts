/** @file The worker of the studio in a browser: one tab at a time has the project, and what its page asks is answered here. */

import type { StudioEvent } from '../engine/studio-engine.ts';
import { inFieldWords } from '../project/field-words.ts';
import { openBrowserStudio } from './browser-studio.ts';
import type { EngineMessage, EngineQuestion } from './engine-messages.ts';
import { KeptFiles } from './kept-files.ts';
import { TABLE_NAME, TEXT_FOLDERS } from './kept-places.ts';

const say = (message: EngineMessage): void => postMessage(message);

const opening = openAlone();
opening.then(
  () => say({ type: 'ready' }),
  (error: Error) => say({ type: 'refusal', id: 0, message: error.message }),
);

addEventListener('message', async ({ data }: MessageEvent<EngineQuestion>) => {
  const { id, method, args } = data;
  try {
    const methods = (await opening) as Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;
    const answer = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (answer === undefined) {
      throw new Error('The studio in the browser cannot do this: start graft studio on a machine.');
    }
    say({ type: 'answer', id, value: await answer(...args) });
  } catch (error) {
    say({ type: 'refusal', id, message: inFieldWords((error as Error).message) });
  }
});

/** Waits for another tab's end; this one has the project until its own. */
async function openAlone(): ReturnType<typeof openBrowserStudio> {
  const files = await KeptFiles.open();
  await new Promise<void>((resolve) => {
    const isMine = (): Promise<never> => {
      resolve();
      return new Promise(() => {});
    };
    void navigator.locks.request('graft-studio', { ifAvailable: true }, (lock) => {
      if (lock !== null) return isMine();
      say({ type: 'busy' });
      void navigator.locks.request('graft-studio', isMine);
      return undefined;
    });
  });
  const tell = (event: StudioEvent): void => say({ type: 'event', event });
  if ((await files.read(TABLE_NAME)) !== undefined) {
    // Nothing of texts is loaded for images.
    const { keptTableName } = await import('./kept-table.ts');
    const name = await keptTableName(files);
    const { tableTexts } = await import('./table-texts.ts');
    if (name !== undefined)
      return (await import('./text-studio.ts')).openTextStudio(files, tableTexts(name), tell);
  }
  if ((await files.read(TEXT_FOLDERS)) !== undefined) {
    const { folderTexts } = await import('./folder-texts.ts');
    return (await import('./text-studio.ts')).openTextStudio(files, folderTexts, tell);
  }
  return openBrowserStudio(files, tell);
}
