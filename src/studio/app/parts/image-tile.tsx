/** @file One image in the grid. */

import type { JSX } from 'preact';
import type { ImageRow } from '../../engine/project-state.ts';
import { engine } from '../store.ts';
import { percent } from '../words.ts';
import { LazyTile } from './lazy-tile.ts';

export interface TileProps {
  readonly row: ImageRow | undefined;
  readonly index: number;
  readonly total: number;
  readonly left: number;
  readonly top: number;
  readonly side: number;
  readonly isFocused: boolean;
  readonly isSelected: boolean;
  /** The run whose heat map is shown in the place of the image. */
  readonly heatRun: string | undefined;
  /** Whether the image is not asked for yet: the page scrolls too fast to see it. */
  readonly isWaiting: boolean;
}

export class ImageTile extends LazyTile<TileProps> {
  /** Of a model without gradients there are no heat maps: then the images are shown. */
  readonly #onError = ({ currentTarget }: { readonly currentTarget: HTMLImageElement }): void => {
    const hash = this.props.row?.hash;
    if (typeof hash !== 'string' || this.props.heatRun === undefined) return;
    const plain = engine.thumbnailUrl(hash);
    if (!currentTarget.src.endsWith(plain)) currentTarget.src = plain;
  };

  override render({ row, index, total, left, top, side, ...props }: TileProps): JSX.Element {
    const { isFocused, isSelected, heatRun, isWaiting } = props;
    return (
      <div
        id={`tile-${index}`}
        data-index={index}
        class={`tile${isFocused ? ' focused' : ''}${isSelected ? ' selected' : ''}`}
        role="option"
        tabIndex={-1}
        aria-selected={isSelected}
        aria-posinset={index + 1}
        aria-setsize={total}
        style={{ transform: `translate(${left}px, ${top}px)`, width: `${side}px` }}
      >
        <span class="picture" style={{ height: `${side}px` }}>
          {row === undefined || isWaiting ? null : row.hash === null ? (
            <span class="unread">cannot be read</span>
          ) : (
            <img
              src={
                heatRun === undefined
                  ? engine.thumbnailUrl(row.hash)
                  : engine.heatMapUrl(heatRun, row.hash, 'small')
              }
              alt=""
              loading="eager"
              decoding="async"
              draggable={false}
              onError={this.#onError}
            />
          )}
          <span class="mark" aria-hidden="true" />
        </span>
        <span class="caption" title={row?.finding?.text}>
          {captionOf(row)}
        </span>
        <span class="hidden">{row === undefined ? 'loading' : (row.className ?? 'in the bin')}</span>
      </div>
    );
  }
}

function captionOf(row: ImageRow | undefined): string {
  if (row?.finding !== undefined) return row.finding.text;
  if (row?.prediction === undefined) return row?.name ?? '';
  const { className, probability } = row.prediction;
  return className === row.className
    ? `${percent(probability)} ${className}`
    : `${row.className} \\ ${className} ${percent(probability)}`;
}
