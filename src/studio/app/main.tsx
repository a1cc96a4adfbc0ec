/** @file The studio's page: navigation, the pages, and what all of them have. */

import './app.css';
import { type JSX, render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { redo, undo } from './edits.ts';
import { noun } from './noun.ts';
import { ExportPage } from './pages/export-page.tsx';
import { ImagesPage } from './pages/images-page.tsx';
import { ResultsPage } from './pages/results-page.tsx';
import { RunsPage } from './pages/runs-page.tsx';
import { TrainPage } from './pages/train-page.tsx';
import { TryPage } from './pages/try-page.tsx';
import { Icon } from './parts/icon.tsx';
import { KeysDialog } from './parts/keys-dialog.tsx';
import {
  engine,
  goTo,
  isConnected,
  onEvent,
  PAGES,
  type PageName,
  page,
  project,
  runningTraining,
  say,
  selection,
  toast,
} from './store.ts';
import { sentence } from './words.ts';

const CONTENT: Readonly<Record<PageName, () => JSX.Element>> = {
  images: ImagesPage,
  train: TrainPage,
  results: ResultsPage,
  try: TryPage,
  runs: RunsPage,
  export: ExportPage,
};

/** After `g`. */
const LETTERS: Readonly<Record<string, PageName>> = {
  i: 'images',
  t: 'train',
  r: 'results',
  y: 'try',
  u: 'runs',
  e: 'export',
};

function App(): JSX.Element {
  const [showsKeys, setShowsKeys] = useState(false);
  useKeys(() => setShowsKeys(true));
  const Content = CONTENT[page.value];
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        To the page
      </button>
      <Side onKeys={() => setShowsKeys(true)} />
      <main id="main" tabIndex={-1}>
        {project.value === undefined ? <p class="soft page">Opening the folder ...</p> : <Content />}
      </main>
      <Message />
      {isConnected.value ? null : (
        <p class="offline" role="status">
          The studio does not answer. Is graft studio still running? The page goes on when it is back.
        </p>
      )}
      {showsKeys ? <KeysDialog onClose={() => setShowsKeys(false)} /> : null}
    </>
  );
}

function Side({ onKeys }: { readonly onKeys: () => void }): JSX.Element {
  const state = project.value;
  const training = runningTraining.value;
  return (
    <header class="side">
      <div class="brand">
        <Icon name="leaf" />
        <span>Graft studio</span>
      </div>
      <p class="project" title={state?.folder}>
        {state?.name}
      </p>
      <nav class="pages" aria-label="Pages">
        {PAGES.map((name) => (
          <a key={name} href={`#${name}`} aria-current={page.value === name ? 'page' : undefined}>
            <Icon name={name} />
            <span>{sentence(name === 'images' ? noun.value.several : name)}</span>
            {name === 'train' && training !== undefined ? <span class="pulse" title="training" /> : null}
          </a>
        ))}
      </nav>
      <div class="tools">
        <ToolButton name="undo" text={state?.undo ?? null} onPress={() => void undo()} />
        <ToolButton name="redo" text={state?.redo ?? null} onPress={() => void redo()} />
        <button
          type="button"
          class="quiet round wide-only"
          aria-label="Keys"
          title="Keys (?)"
          onClick={onKeys}
        >
          <Icon name="keys" />
        </button>
      </div>
    </header>
  );
}

interface ToolProps {
  readonly name: 'undo' | 'redo';
  readonly text: string | null;
  readonly onPress: () => void;
}

function ToolButton({ name, text, onPress }: ToolProps): JSX.Element {
  const label = text === null ? sentence(name) : `${sentence(name)}: ${text}`;
  return (
    <button
      type="button"
      class="quiet round"
      disabled={text === null}
      aria-label={label}
      title={label}
      onClick={onPress}
    >
      <Icon name={name} />
    </button>
  );
}

function Message(): JSX.Element {
  const message = toast.value;
  return (
    <div class="messages" role="status">
      {message === undefined ? null : (
        <p class={`toast ${message.kind}`}>
          <span>{message.text}</span>
          <button type="button" class="quiet round" aria-label="Close message" onClick={() => say('')}>
            <Icon name="close" />
          </button>
        </p>
      )}
    </div>
  );
}

function useKeys(onKeys: () => void): void {
  useEffect(() => {
    let wentFor = false;
    const onKeyDown = (event: KeyboardEvent): void => {
      const element = event.target as HTMLElement;
      const key = event.key.toLowerCase();
      if (element.closest('input:not([type=checkbox]), select, textarea, dialog')) return;
      if ((event.ctrlKey || event.metaKey) && (key === 'z' || key === 'y')) {
        event.preventDefault();
        void (key === 'y' || event.shiftKey ? redo() : undo());
      }
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const target = wentFor ? LETTERS[key] : undefined;
      wentFor = key === 'g';
      if (target !== undefined) {
        event.stopPropagation();
        event.preventDefault();
        goTo(target);
      } else if (event.key === '?') onKeys();
    };
    addEventListener('keydown', onKeyDown, { capture: true });
    return () => removeEventListener('keydown', onKeyDown, { capture: true });
  }, []);
}

function readAddress(): void {
  const name = location.hash.slice(1) as PageName;
  const next = PAGES.includes(name) ? name : 'images';
  if (next !== page.value) selection.value = new Set();
  page.value = next;
  document.title = `${sentence(next)} · Graft studio`;
  scrollTo({ top: 0 });
}

// The token is in a cookie by now, and need not be in the address, where others may read it.
if (location.search !== '') history.replaceState(null, '', `/${location.hash}`);
addEventListener('hashchange', readAddress);
readAddress();
engine.listen(onEvent, (isThere) => {
  isConnected.value = isThere;
});
// Other programs may have changed the folder meanwhile.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') void engine.rescan().catch(() => undefined);
});
render(<App />, document.getElementById('app')!);
