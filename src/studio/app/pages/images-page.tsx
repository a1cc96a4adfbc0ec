/** @file The images, or the texts: collected, looked at, sorted. */

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { addFiles, filesOfDrop } from '../dropped-files.ts';
import { isOfTexts, noun } from '../noun.ts';
import { AddTextsDialog } from '../parts/add-texts.tsx';
import { ClassActions } from '../parts/class-actions.tsx';
import { ClassList, NewClassDialog, RenameDialog } from '../parts/class-list.tsx';
import { FirstSteps, NothingHere } from '../parts/empty-project.tsx';
import { FilterList, findingWords } from '../parts/filter-list.tsx';
import { ImageGrid } from '../parts/image-grid.tsx';
import { Notes } from '../parts/notes.tsx';
import { KeptProject } from '../parts/project-keeping.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { SelectionBar } from '../parts/selection-bar.tsx';
import { WebcamRecorder } from '../parts/webcam-recorder.tsx';
import { usePasteAndKeys } from '../paste-and-keys.ts';
import { check, engine, imageQuery, project } from '../store.ts';
import { sentence } from '../words.ts';

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
                <strong>{findingWords(query.found).name}.</strong> {findingWords(query.found).hint}
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
