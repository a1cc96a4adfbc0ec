/** @file One text in the list: what it says, its class, and what is remarkable about it. */

import type { JSX } from 'preact';
import type { ImageRow } from '../../engine/project-state.ts';
import { percent } from '../words.ts';
import { LazyTile } from './lazy-tile.ts';

export interface TextRowProps {
  readonly row: ImageRow | undefined;
  readonly index: number;
  readonly total: number;
  readonly top: number;
  readonly height: number;
  readonly isFocused: boolean;
  readonly isSelected: boolean;
}

export class TextRow extends LazyTile<TextRowProps> {
  override render({ row, index, total, top, height, isFocused, isSelected }: TextRowProps): JSX.Element {
    return (
      <div
        id={`tile-${index}`}
        data-index={index}
        class={`text-row${isFocused ? ' focused' : ''}${isSelected ? ' selected' : ''}`}
        role="option"
        tabIndex={-1}
        aria-selected={isSelected}
        aria-posinset={index + 1}
        aria-setsize={total}
        style={{ transform: `translateY(${top}px)`, height: `${height}px` }}
      >
        <span class="said">{row === undefined ? '' : (row.text ?? 'cannot be read')}</span>
        <span class="told">
          <span class={row?.className ? 'label' : 'label none'}>
            {row === undefined ? '' : row.className === null ? 'in the bin' : row.className || 'no label'}
          </span>
          <span class="remark">{row === undefined ? '' : remarkOf(row)}</span>
        </span>
      </div>
    );
  }
}

function remarkOf({ finding, prediction, className }: ImageRow): string {
  if (finding !== undefined) return finding.text;
  if (prediction === undefined) return '';
  const said = percent(prediction.probability);
  return prediction.className === className ? said : `predicted ${prediction.className} ${said}`;
}
