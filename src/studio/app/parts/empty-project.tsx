/** @file What stands where examples would: the first steps, or why there are none here. */

import type { JSX } from 'preact';
import { isOfTexts, noun } from '../noun.ts';
import { engine, goTo, imageQuery } from '../store.ts';
import { FileButton, FolderButton } from './file-buttons.tsx';
import { Icon } from './icon.tsx';

export function FirstSteps({ onNew }: { readonly onNew: () => void }): JSX.Element {
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
            {engine.keeping === undefined
              ? ''
              : ' Or texts: a table with their labels (CSV, JSON lines), or folders of .txt files.'}
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
        <FileButton
          className={undefined}
          label={engine.keeping === undefined ? 'Choose a zip or .tm file' : 'Choose a zip, .tm or table'}
        />
      </div>
    </section>
  );
}

interface NothingHereProps {
  readonly className: string | undefined;
  readonly onWebcam: () => void;
  readonly onAdd: () => void;
}

export function NothingHere({ className, onWebcam, onAdd }: NothingHereProps): JSX.Element {
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
