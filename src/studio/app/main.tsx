/** @file The studio's page: navigation, the pages, and what all of them have. */

import './app.css';
import { type JSX, render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { StudioEngine } from '../engine/studio-engine.ts';
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
  onEvent,
  PAGES,
  type PageName,
  page,
  problem,
  project,
  runningTraining,
  say,
  selection,
  setEngine,
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
        {project.value === undefined ? <p class="soft page">Opening the project ...</p> : <Content />}
      </main>
      <Message />
      {problem.value === undefined ? null : (
        <p class="offline" role="status">
          {problem.value}
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

/** Shows the studio of an engine. */
export function showStudio(chosen: StudioEngine): void {
  setEngine(chosen);
  addEventListener('hashchange', readAddress);
  readAddress();
  engine.listen(onEvent, (words) => {
    problem.value = words;
  });
  // Other programs may have changed the folder meanwhile.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void engine.rescan().catch(() => undefined);
  });
  render(<App />, document.getElementById('app')!);
}
