/** @file What a project that the browser keeps can do beside: be saved as a zip archive, and give its place to a new one. */

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { ProjectKeeping } from '../../engine/studio-engine.ts';
import { isTable, noun } from '../noun.ts';
import { attempt } from '../store.ts';
import { Dialog } from './dialog.tsx';
import { Icon } from './icon.tsx';

export function KeptProject({ keeping }: { readonly keeping: ProjectKeeping }): JSX.Element {
  const [isSaving, setIsSaving] = useState(false);
  const [asks, setAsks] = useState(false);
  const save = async (): Promise<void> => {
    setIsSaving(true);
    const address = await attempt(() => keeping.save());
    setIsSaving(false);
    if (address === undefined) return;
    location.href = address;
  };
  const clear = async (): Promise<void> => {
    await attempt(() => keeping.clear());
    location.reload();
  };
  return (
    <nav class="filters" aria-label="Project">
      <h2>Project</h2>
      <button type="button" class="class new" disabled={isSaving} onClick={() => void save()}>
        <Icon name="export" /> {isSaving ? 'Saving ...' : isTable.value ? 'Save the table' : 'Save as zip'}
      </button>
      <button type="button" class="class new" onClick={() => setAsks(true)}>
        <Icon name="bin" /> New project
      </button>
      <p class="soft wide-only">
        Kept in this browser.{isTable.value ? '' : ' Drop a saved zip here to open it.'}
      </p>
      {asks ? (
        <Dialog title="Begin a new project?" onClose={() => setAsks(false)}>
          <div class="stack">
            <p>
              The browser forgets all {noun.value.several} and models of this one, and they do not come back.
              Save it first if you may want it again.
            </p>
            <div class="row end wrap">
              <button type="button" class="quiet" onClick={() => setAsks(false)}>
                Keep it
              </button>
              <button type="button" class="primary" onClick={() => void clear()}>
                Forget it all
              </button>
            </div>
          </div>
        </Dialog>
      ) : null}
    </nav>
  );
}
