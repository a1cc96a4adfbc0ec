/** @file All keys on one sheet. */

import type { JSX } from 'preact';
import { Dialog } from './dialog.tsx';

const KEYS: readonly (readonly [string, string])[] = [
  ['G, then I T R Y U E', 'images, train, results, try, runs, export'],
  ['arrows, Page, Home, End', 'move in the grid; with Shift, select'],
  ['Space', 'select the image, or not'],
  ['Ctrl A, Esc', 'select all, nothing'],
  ['1 to 9', 'move what is selected to that class'],
  ['A', 'among label suspects: move what is selected to the class that is likelier'],
  ['Delete', 'to the bin'],
  ['R', 'in the bin: put back'],
  ['Enter', 'look at the image; arrows go on'],
  ['H', 'in a large image of a model: what speaks for the class, or the plain image'],
  ['Ctrl Z, Ctrl Shift Z', 'undo, redo'],
  ['N', 'new class'],
  ['W', 'webcam; hold Space to record'],
  ['/', 'search'],
  ['?', 'this sheet'],
];

export function KeysDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {KEYS.map(([keys, what]) => (
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
