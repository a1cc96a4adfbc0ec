/** @file All keys on one sheet. */

import type { JSX } from 'preact';
import { isOfTexts } from '../noun.ts';
import { Dialog } from './dialog.tsx';

/** What a key does; with images alone. */
const KEYS: readonly (readonly [keys: string, what: string, ofImages?: 'images'])[] = [
  ['G, then I T R Y U E', 'examples, train, results, try, runs, export'],
  ['arrows, Page, Home, End', 'move; with Shift, select'],
  ['Space', 'select what is in focus, or not'],
  ['Ctrl A, Esc', 'select all, nothing'],
  ['1 to 9', 'move what is selected to that class'],
  ['A', 'among label suspects: move what is selected to the class that is likelier'],
  ['Delete', 'to the bin'],
  ['R', 'in the bin: put back'],
  ['Enter', 'look at what is in focus; arrows go on'],
  ['H', 'in a large image of a model: what speaks for the class, or the plain image', 'images'],
  ['Ctrl Z, Ctrl Shift Z', 'undo, redo'],
  ['N', 'new class'],
  ['W', 'webcam; hold Space to record', 'images'],
  ['/', 'search'],
  ['?', 'this sheet'],
];

export function KeysDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {KEYS.filter(([, , only]) => only === undefined || !isOfTexts.value).map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
