/** @file The classes beside the grid: chosen, made, renamed, and where images are dropped on. */

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { ImageQuery } from '../../engine/project-state.ts';
import { addFiles, filesOfDrop } from '../dropped-files.ts';
import { edit } from '../edits.ts';
import { isOfTexts, noun } from '../noun.ts';
import { engine, imageQuery, project, selection } from '../store.ts';
import { count } from '../words.ts';
import { AskDialog } from './dialog.tsx';
import { Icon } from './icon.tsx';

/** Whether the dialog for a new class is open: a key opens it, too. */
export function ClassList({ onNew }: { readonly onNew: () => void }): JSX.Element {
  const { classes, binned, unlabeled = 0 } = project.value!;
  const { className, bin } = imageQuery.value;
  const all = classes.reduce((sum, { images }) => sum + images, unlabeled);
  const choose = ({ className: next, bin: isBin }: Pick<ImageQuery, 'className' | 'bin'>): void => {
    // Filters stay: of another class, the same is looked for.
    imageQuery.value = isBin ? { bin: true } : { ...imageQuery.value, bin: undefined, className: next };
    selection.value = new Set();
    scrollTo({ top: 0 });
  };
  return (
    <nav class="classes" aria-label="Classes">
      <ClassButton
        name={`All ${noun.value.several}`}
        images={all}
        isOn={className === undefined && !bin}
        onChoose={() => choose({})}
      />
      {classes.map(({ name, images }, index) => (
        <ClassButton
          key={name}
          name={name}
          images={images}
          number={index < 9 ? index + 1 : undefined}
          isOn={className === name}
          onChoose={() => choose({ className: name })}
          dropClass={name}
        />
      ))}
      <button type="button" class="class new" onClick={onNew}>
        <Icon name="plus" /> New class
      </button>
      {unlabeled > 0 || className === '' ? (
        <ClassButton
          name="No label yet"
          images={unlabeled}
          isOn={className === ''}
          onChoose={() => choose({ className: '' })}
        />
      ) : null}
      {binned > 0 || bin ? (
        <ClassButton name="Bin" images={binned} isOn={bin === true} onChoose={() => choose({ bin: true })} />
      ) : null}
    </nav>
  );
}

interface ClassButtonProps {
  readonly name: string;
  readonly images: number;
  readonly isOn: boolean;
  readonly onChoose: () => void;
  readonly number?: number | undefined;
  readonly dropClass?: string;
}

function ClassButton({ name, images, isOn, onChoose, number, dropClass }: ClassButtonProps): JSX.Element {
  const [isOver, setIsOver] = useState(false);
  return (
    <button
      type="button"
      class={`class${isOn ? ' on' : ''}${isOver ? ' over' : ''}`}
      aria-current={isOn ? 'true' : undefined}
      onClick={onChoose}
      onDragOver={(event) => {
        if (dropClass === undefined) return;
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={(event) => {
        setIsOver(false);
        if (dropClass === undefined || event.dataTransfer === null) return;
        event.preventDefault();
        event.stopPropagation();
        void filesOfDrop(event.dataTransfer).then((files) => addFiles(files, dropClass));
      }}
    >
      <span class="class-name">{name}</span>
      {number === undefined ? null : (
        <kbd class="wide-only" aria-hidden="true">
          {number}
        </kbd>
      )}
      <span class="class-count">{count(images)}</span>
    </button>
  );
}

export function NewClassDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  return (
    <AskDialog
      title="New class"
      label={isOfTexts.value ? 'What are its texts?' : 'What do its images show?'}
      value=""
      action="Make class"
      onClose={onClose}
      onAnswer={(name) => {
        void edit(() => engine.makeClass(name)).then((isDone) => {
          const made = project.value?.classes.find((each) => each.name === name.trim().normalize('NFC'));
          if (isDone) imageQuery.value = { className: made?.name ?? name.trim() };
        });
      }}
    />
  );
}

export interface RenameDialogProps {
  readonly className: string;
  readonly onClose: () => void;
}

/** The name of another class merges both. */
export function RenameDialog({ className, onClose }: RenameDialogProps): JSX.Element {
  return (
    <AskDialog
      title={`Rename “${className}”`}
      label={`New name (that of another class puts all ${noun.value.several} there)`}
      value={className}
      action="Rename"
      onClose={onClose}
      onAnswer={(name) => {
        void edit(() => engine.renameClass(className, name)).then((isDone) => {
          if (isDone) imageQuery.value = { className: name.trim() };
        });
      }}
    />
  );
}
