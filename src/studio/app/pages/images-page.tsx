/** @file The images, or the texts: collected, looked at, sorted. */

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { addFiles, byFolder, filesOfDrop } from '../dropped-files.ts';
import { edit } from '../edits.ts';
import { isOfTexts, noun } from '../noun.ts';
import { AddTextsDialog } from '../parts/add-texts.tsx';
import { ClassList, NewClassDialog, RenameDialog } from '../parts/class-list.tsx';
import { FINDINGS, FilterList } from '../parts/filter-list.tsx';
import { Icon } from '../parts/icon.tsx';
import { ImageGrid } from '../parts/image-grid.tsx';
import { KeptProject } from '../parts/project-keeping.tsx';
import { SelectionBar } from '../parts/selection-bar.tsx';
import { WebcamRecorder } from '../parts/webcam-recorder.tsx';
import { check, engine, goTo, imageQuery, project } from '../store.ts';
import { formatCount, sentence } from '../words.ts';

export function ImagesPage(): JSX.Element {
  const { classes, notes, isScanning } = project.value!;
  const query = imageQuery.value;
  const [dialog, setDialog] = useState<'new' | 'rename' | 'add'>();
  const [isRecording, setIsRecording] = useState(false);
  const [isOver, setIsOver] = useState(false);
  const { className } = query;
  const isClass = className === '' || classes.some(({ name }) => name === className);
  const here = isClass && className !== '' ? className : undefined;
  const canRecord = here !== undefined && !isOfTexts.value;
  useEffect(() => {
    // A class that was renamed or taken away; of one that was just made, the news is on its way.
    if (className === undefined || isClass || isScanning) return;
    const timer = setTimeout(() => {
      imageQuery.value = {};
    }, 2000);
    return () => clearTimeout(timer);
  }, [className, isClass, isScanning]);
  usePasteAndKeys(here, {
    onNew: () => setDialog('new'),
    onWebcam: () => canRecord && setIsRecording(true),
  });
  return (
    <div
      class={isOver ? 'page images over' : 'page images'}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget as Node | null)) setIsOver(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setIsOver(false);
        if (event.dataTransfer !== null)
          void filesOfDrop(event.dataTransfer).then((files) => addFiles(files, here));
      }}
    >
      <header class="page-head">
        <h1>
          {query.bin
            ? 'Bin'
            : className === ''
              ? 'No label yet'
              : (className ?? sentence(noun.value.several))}
        </h1>
        <div class="row wrap">
          {here === undefined ? null : (
            <ClassActions
              className={here}
              onRename={() => setDialog('rename')}
              onWebcam={() => setIsRecording(true)}
              onAdd={() => setDialog('add')}
            />
          )}
          {classes.length === 0 ? null : <SearchField />}
        </div>
      </header>
      <Notes title="on this folder" notes={notes} />
      <Notes title="of the check" notes={check.value?.warnings ?? []} />
      {classes.length === 0 && !query.bin ? (
        isScanning ? null : (
          <FirstSteps onNew={() => setDialog('new')} />
        )
      ) : (
        <div class="beside">
          <div class="aside">
            <ClassList onNew={() => setDialog('new')} />
            {query.bin ? null : <FilterList />}
            {engine.keeping === undefined ? null : <KeptProject keeping={engine.keeping} />}
          </div>
          <div class="stack">
            {query.found === undefined ? null : (
              <p class="soft">
                <strong>{FINDINGS[query.found].name}.</strong> {FINDINGS[query.found].hint}
              </p>
            )}
            {isRecording && canRecord ? (
              <WebcamRecorder className={here} onClose={() => setIsRecording(false)} />
            ) : null}
            <ImageGrid
              query={query}
              label={`${sentence(noun.value.several)} ${query.bin ? 'in the bin' : `of ${className ?? 'all classes'}`}`}
              run={query.judged?.run}
              empty={
                <NothingHere
                  className={here}
                  onWebcam={() => setIsRecording(true)}
                  onAdd={() => setDialog('add')}
                />
              }
            />
          </div>
        </div>
      )}
      <SelectionBar isBin={query.bin === true} isSuspect={query.found === 'label'} />
      {dialog === 'new' ? <NewClassDialog onClose={() => setDialog(undefined)} /> : null}
      {dialog === 'add' && here !== undefined ? (
        <AddTextsDialog className={here} onClose={() => setDialog(undefined)} />
      ) : null}
      {dialog === 'rename' && here !== undefined ? (
        <RenameDialog className={here} onClose={() => setDialog(undefined)} />
      ) : null}
    </div>
  );
}

function Notes({
  title,
  notes,
}: {
  readonly title: string;
  readonly notes: readonly string[];
}): JSX.Element | null {
  if (notes.length === 0) return null;
  return (
    <details class="notes">
      <summary>
        {formatCount(notes.length, 'note')} {title}
      </summary>
      <ul>
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </details>
  );
}

interface ClassActionsProps {
  readonly className: string;
  readonly onRename: () => void;
  readonly onWebcam: () => void;
  readonly onAdd: () => void;
}

function ClassActions({ className, onRename, onWebcam, onAdd }: ClassActionsProps): JSX.Element {
  return (
    <>
      {isOfTexts.value ? (
        <button type="button" onClick={onAdd}>
          <Icon name="plus" /> Add texts
        </button>
      ) : (
        <>
          <button type="button" onClick={onWebcam}>
            <Icon name="camera" /> Webcam
          </button>
          <FileButton className={className} />
        </>
      )}
      <button type="button" class="quiet" onClick={onRename}>
        <Icon name="edit" /> Rename
      </button>
      <button type="button" class="quiet" onClick={() => void edit(() => engine.binClass(className))}>
        <Icon name="bin" /> Remove
      </button>
    </>
  );
}

interface FileButtonProps {
  readonly className: string | undefined;
  readonly label?: string;
}

function FileButton({ className, label = 'Add files' }: FileButtonProps): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" onClick={() => input.current?.click()}>
        <Icon name="plus" /> {label}
      </button>
      <input
        ref={input}
        type="file"
        accept="image/*,.zip,.tm"
        multiple
        hidden
        onChange={({ currentTarget }) => {
          void addFiles(byFolder([...(currentTarget.files ?? [])]), className);
          currentTarget.value = '';
        }}
      />
    </>
  );
}

function FolderButton(): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" onClick={() => input.current?.click()}>
        <Icon name="folder" /> Choose a folder
      </button>
      <input
        ref={(element) => {
          input.current = element;
          element?.setAttribute('webkitdirectory', '');
        }}
        type="file"
        multiple
        hidden
        onChange={({ currentTarget }) => {
          void addFiles(byFolder([...(currentTarget.files ?? [])]), undefined);
          currentTarget.value = '';
        }}
      />
    </>
  );
}

function SearchField(): JSX.Element {
  return (
    <label class="search">
      <Icon name="search" />
      <input
        id="search"
        type="search"
        placeholder={isOfTexts.value ? 'Words' : 'File name'}
        aria-label={isOfTexts.value ? 'Search in the texts' : 'Search by file name'}
        value={imageQuery.value.search ?? ''}
        onInput={({ currentTarget }) => {
          imageQuery.value = { ...imageQuery.value, search: currentTarget.value };
        }}
      />
    </label>
  );
}

function FirstSteps({ onNew }: { readonly onNew: () => void }): JSX.Element {
  return (
    <section class="first">
      <ol class="steps">
        <li>
          <strong>Make two classes</strong>
          <span>
            A class is what images have in common: cat and dog, ripe and unripe, my mug and all else.
          </span>
        </li>
        <li>
          <strong>Show each some examples</strong>
          <span>
            With the webcam, or drop files, zip archives, or a project of Teachable Machine. A folder becomes
            a class by its name.
          </span>
        </li>
        <li>
          <strong>Train, and try it</strong>
          <span>It takes seconds, on this machine. Nothing is sent anywhere.</span>
        </li>
      </ol>
      <div class="row wrap">
        <button type="button" class="primary" onClick={onNew}>
          <Icon name="plus" /> Make the first class
        </button>
        <FolderButton />
        <FileButton className={undefined} label="Choose a zip or .tm file" />
      </div>
    </section>
  );
}

interface NothingHereProps {
  readonly className: string | undefined;
  readonly onWebcam: () => void;
  readonly onAdd: () => void;
}

function NothingHere({ className, onWebcam, onAdd }: NothingHereProps): JSX.Element {
  const { bin, search, found, judged, part } = imageQuery.value;
  if (found !== undefined || judged !== undefined)
    return <p>None{className === undefined ? '' : ` in “${className}”`}.</p>;
  if (search)
    return (
      <p>
        No {isOfTexts.value ? 'text' : 'file name'} has “{search}” in it.
      </p>
    );
  if (bin) return <p>The bin is empty. What you remove lies here until you put it back.</p>;
  if (part !== undefined) return <p>No image of this part.</p>;
  if (className === undefined)
    return (
      <p>
        No {noun.value.several} yet. Choose a class on the left and add some
        {isOfTexts.value ? '' : ', or drop folders here'}.
      </p>
    );
  if (isOfTexts.value) {
    return (
      <div class="stack center">
        <p>“{className}” has no texts yet. Add some, or move others here.</p>
        <button type="button" class="primary" onClick={onAdd}>
          <Icon name="plus" /> Add texts
        </button>
      </div>
    );
  }
  return (
    <div class="stack center">
      <p>“{className}” has no images yet. Drop some here, paste them, or use the webcam.</p>
      <div class="row wrap center">
        <button type="button" class="primary" onClick={onWebcam}>
          <Icon name="camera" /> Webcam
        </button>
        <FileButton className={className} />
      </div>
    </div>
  );
}

function usePasteAndKeys(
  className: string | undefined,
  actions: { readonly onNew: () => void; readonly onWebcam: () => void },
): void {
  const latest = useRef({ className, ...actions });
  latest.current = { className, ...actions };
  useEffect(() => {
    const onPaste = (event: ClipboardEvent): void => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      void addFiles(byFolder(files), latest.current.className);
    };
    const onKey = (event: KeyboardEvent): void => {
      const element = event.target as HTMLElement;
      if (
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        element.closest('input, select, textarea, dialog')
      )
        return;
      if (event.key === 'n') latest.current.onNew();
      else if (event.key === 'w') latest.current.onWebcam();
      else if (event.key === '/') document.getElementById('search')?.focus();
      else return;
      event.preventDefault();
    };
    addEventListener('paste', onPaste);
    addEventListener('keydown', onKey);
    return () => {
      removeEventListener('paste', onPaste);
      removeEventListener('keydown', onKey);
    };
  }, []);
}

/** For pages that need examples first. */
export function NeedsImages({ what }: { readonly what: string }): JSX.Element {
  return (
    <section class="empty card">
      <p>{what}</p>
      <button type="button" class="primary" onClick={() => goTo('images')}>
        To the {noun.value.several}
      </button>
    </section>
  );
}
