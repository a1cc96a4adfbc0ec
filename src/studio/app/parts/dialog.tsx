/** @file A dialog of the browser's own: it keeps the keyboard inside, closes with Escape, and gives the focus back. */

import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Icon } from './icon.tsx';

export interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  readonly isWide?: boolean;
  /** Wherever in it the focus is. */
  readonly onKeyDown?: (event: KeyboardEvent) => void;
}

export function Dialog({ title, onClose, children, isWide, onKeyDown }: DialogProps): JSX.Element {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = element.current!;
    if (!dialog.open) dialog.showModal();
  }, []);
  return (
    <dialog
      ref={element}
      class={isWide ? 'sheet wide' : 'sheet'}
      aria-labelledby={id}
      onClose={onClose}
      onKeyDown={onKeyDown}
    >
      <header class="sheet-head">
        <h2 id={id}>{title}</h2>
        <button type="button" class="quiet round" aria-label="Close" onClick={() => element.current?.close()}>
          <Icon name="close" />
        </button>
      </header>
      {children}
    </dialog>
  );
}

export interface AskProps {
  readonly title: string;
  readonly label: string;
  readonly value: string;
  readonly action: string;
  readonly onAnswer: (value: string) => void;
  readonly onClose: () => void;
}

/** A dialog for one line of text. */
export function AskDialog({ title, label, value, action, onAnswer, onClose }: AskProps): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => input.current?.select(), []);
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        method="dialog"
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          onAnswer(input.current!.value);
          onClose();
        }}
      >
        <label for={id}>{label}</label>
        <input id={id} ref={input} defaultValue={value} maxLength={120} required autocomplete="off" />
        <div class="row end">
          <button type="submit" class="primary">
            {action}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
