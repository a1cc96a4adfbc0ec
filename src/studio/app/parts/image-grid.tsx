/** @file The grid of images, or the list of texts: only what is on the screen exists; keys do everything that the mouse does. */

import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ImageQuery, ImageRow } from '../../engine/project-state.ts';
import { acceptSelection, binSelection, classOfKey, relabelSelection, restoreSelection } from '../edits.ts';
import { isOfTexts } from '../noun.ts';
import { attempt, engine, say, selection } from '../store.ts';
import { ImageTile } from './image-tile.tsx';
import { ImageViewer } from './image-viewer.tsx';
import { useImages } from './image-windows.ts';
import { TextRow } from './text-row.tsx';
import { TextViewer } from './text-viewer.tsx';

/** The least width of a tile, and the room between. */
const TILE_PX = 116;
const GAP_PX = 8;
/** Below a tile: its name, or what a model says. */
const CAPTION_PX = 24;
/** Of a text, with the room below it; on a narrow page its class is under it. */
const [TEXT_PX, NARROW_TEXT_PX] = [64, 92];
const NARROW_PX = 560;
const MAX_TILES = 300;
/** Between two looks at where the page is scrolled to. */
const STEP_PX = 90;
/** Screens a second from which nobody sees the images that fly past, and until which it stays so: thumbnails would be made for no one. */
const [FAST_SCREENS, SLOW_SCREENS] = [3, 1.5];
/** After so long a rest, what comes is a jump, and no fast scroll yet. */
const REST_MS = 100;

export interface ImageGridProps {
  readonly query: ImageQuery;
  readonly label: string;
  /** Shown where there are none. */
  readonly empty: ComponentChildren;
  /** The run that explains an image that is opened. */
  readonly run?: string | undefined;
  /** Whether images are shown with what speaks for the class that the run predicts. */
  readonly showsHeat?: boolean | undefined;
}

interface View {
  readonly width: number;
  readonly top: number;
  readonly height: number;
  /** Whether images fly past. */
  readonly isFast: boolean;
}

export function ImageGrid({ query, label, empty, run, showsHeat }: ImageGridProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const images = useImages(query);
  const [view, setView] = useState<View>({ width: 0, top: 0, height: 800, isFast: false });
  const [focused, setFocused] = useState(0);
  const [anchor, setAnchor] = useState(0);
  const [opened, setOpened] = useState<number>();
  /** Ids of the images whose tiles have one, and keep it however fast the page scrolls on. */
  const lastShown = useRef<ReadonlySet<number>>(new Set());
  /** Ends once all that was to be selected is: the ids of many are asked for, and keys may be faster. */
  const selecting = useRef(Promise.resolve());
  const total = images.total ?? 0;
  const isList = isOfTexts.value;
  const columns = isList ? 1 : Math.max(2, Math.floor((view.width + GAP_PX) / (TILE_PX + GAP_PX)));
  const side = Math.max(40, (view.width - GAP_PX * (columns - 1)) / columns);
  const textPx = view.width < NARROW_PX ? NARROW_TEXT_PX : TEXT_PX;
  const rowPx = isList ? textPx : side + CAPTION_PX + GAP_PX;
  const rows = Math.ceil(total / columns);
  const firstRow = Math.max(0, Math.floor(view.top / rowPx) - 1);
  const maxRows = Math.floor(MAX_TILES / columns);
  const lastRow = Math.min(rows, firstRow + Math.min(maxRows, Math.ceil(view.height / rowPx) + 4));
  const [from, to] = [firstRow * columns, Math.min(total, lastRow * columns)];

  useLayoutEffect(() => watchView(box.current!, setView), []);
  useEffect(() => images.need(from, Math.max(to, 1)), [from, to, JSON.stringify(query)]);
  useEffect(() => {
    setFocused(0);
    setAnchor(0);
  }, [JSON.stringify(query)]);

  const select = async (a: number, b: number): Promise<void> => {
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    const loaded = Array.from({ length: high - low + 1 }, (_, index) => images.row(low + index)?.id);
    if (loaded.every((id) => id !== undefined)) selection.value = new Set(loaded);
    else await selectAll(low, high);
  };
  const selectAll = async (low = 0, high = Infinity): Promise<void> => {
    const all = await attempt(() => engine.ids(query));
    if (all !== undefined) selection.value = new Set(all.slice(low, high + 1));
  };
  const withSelection = (act: () => void): void => void selecting.current.then(act);
  const toggle = (index: number): void => {
    const id = images.row(index)?.id;
    if (id === undefined) return;
    const next = new Set(selection.value);
    if (!next.delete(id)) next.add(id);
    selection.value = next;
    setAnchor(index);
  };
  const moveTo = (index: number, extend: boolean): void => {
    const target = Math.min(Math.max(0, index), total - 1);
    setFocused(target);
    if (extend) selecting.current = select(anchor, target);
    else setAnchor(target);
    showRow(box.current!, Math.floor(target / columns) * rowPx, rowPx);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const steps: Readonly<Record<string, number>> = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: columns,
      ArrowUp: -columns,
      PageDown: columns * Math.max(1, Math.floor(innerHeight / rowPx) - 1),
      PageUp: -columns * Math.max(1, Math.floor(innerHeight / rowPx) - 1),
      Home: -total,
      End: total,
    };
    const step = steps[event.key];
    const isCommand = event.ctrlKey || event.metaKey;
    const row = images.row(focused);
    if (step !== undefined && !event.altKey) moveTo(focused + step, event.shiftKey);
    else if (event.key === ' ') withSelection(() => toggle(focused));
    else if (event.key === 'Enter') setOpened(focused);
    else if (event.key === 'Escape')
      withSelection(() => {
        selection.value = new Set();
      });
    else if (isCommand && event.key.toLowerCase() === 'a') selecting.current = selectAll();
    else if (!isCommand && !event.altKey && (event.key === 'Delete' || event.key === 'Backspace'))
      withSelection(() => {
        selectFocused(row);
        void binSelection();
      });
    else if (!isCommand && !event.altKey && /^[1-9]$/.test(event.key))
      withSelection(() => moveByKey(event.key, row));
    else if (!isCommand && event.key === 'a' && query.found === 'label')
      withSelection(() => {
        selectFocused(row);
        void acceptSelection();
      });
    else if (!isCommand && event.key === 'r' && query.bin)
      withSelection(() => {
        selectFocused(row);
        void restoreSelection();
      });
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const Viewer = isList ? TextViewer : ImageViewer;
  const tiles: JSX.Element[] = [];
  const shown = new Set<number>();
  for (let index = from; index < to; index++) {
    const row = images.row(index);
    const key = row?.id ?? `empty ${index}`;
    const shared = {
      row,
      index,
      total,
      top: Math.floor(index / columns) * rowPx,
      isFocused: index === focused,
      isSelected: row !== undefined && selection.value.has(row.id),
    };
    if (isList) {
      tiles.push(<TextRow key={key} {...shared} height={rowPx - GAP_PX / 2} />);
      continue;
    }
    const isWaiting = view.isFast && !(row !== undefined && lastShown.current.has(row.id));
    if (row !== undefined && !isWaiting) shown.add(row.id);
    tiles.push(
      <ImageTile
        key={key}
        {...shared}
        left={(index % columns) * (side + GAP_PX)}
        side={side}
        heatRun={showsHeat ? run : undefined}
        isWaiting={isWaiting}
      />,
    );
  }
  lastShown.current = shown;
  return (
    <div ref={box} class="grid-box">
      {images.total === 0 ? <div class="empty">{empty}</div> : null}
      <div
        class="grid"
        role="listbox"
        aria-label={label}
        aria-multiselectable="true"
        aria-activedescendant={total > 0 && focused >= from && focused < to ? `tile-${focused}` : undefined}
        tabIndex={total === 0 ? -1 : 0}
        hidden={images.total === 0}
        style={{ height: `${Math.max(0, rows * rowPx)}px` }}
        onKeyDown={onKeyDown}
        onClick={(event) => {
          const index = indexOf(event.target);
          if (index === undefined) return;
          setFocused(index);
          if (event.shiftKey) selecting.current = select(anchor, index);
          else withSelection(() => toggle(index));
        }}
        onDblClick={({ target }) => setOpened(indexOf(target))}
      >
        {tiles}
      </div>
      {opened !== undefined && images.row(opened) !== undefined ? (
        <Viewer
          row={images.row(opened)!}
          position={`${opened + 1} of ${total}`}
          run={run}
          onStep={(step) => {
            const target = Math.min(Math.max(0, opened + step), total - 1);
            images.need(Math.max(0, target - 5), target + 5);
            setOpened(target);
            setFocused(target);
          }}
          onClose={() => setOpened(undefined)}
        />
      ) : null}
    </div>
  );
}

/** Of a tile that was pressed. */
function indexOf(target: EventTarget | null): number | undefined {
  const index = (target as Element).closest<HTMLElement>('[data-index]')?.dataset['index'];
  return index === undefined ? undefined : Number(index);
}

/** Without a selection, keys are for the image in focus. */
function selectFocused(row: ImageRow | undefined): void {
  if (selection.value.size === 0 && row !== undefined) selection.value = new Set([row.id]);
}

function moveByKey(key: string, row: ImageRow | undefined): void {
  const className = classOfKey(key);
  if (className === undefined) say(`There is no class ${key} yet.`);
  else {
    selectFocused(row);
    if (selection.value.size > 0) void relabelSelection(className);
  }
}

/** Of a scroll, only steps are told: there are tiles enough above and below. */
function coarse(top: number): number {
  return Math.floor(top / STEP_PX) * STEP_PX;
}

/** The page scrolls as a whole; the grid says which part of it is on the screen. */
function watchView(box: HTMLElement, setView: (next: (last: View) => View) => void): () => void {
  let asked = 0;
  let rest: ReturnType<typeof setTimeout> | undefined;
  let isFast = false;
  let [lastY, lastMs] = [scrollY, 0];
  const measure = (): void => {
    asked = 0;
    const { top, width } = box.getBoundingClientRect();
    const nowMs = performance.now();
    const elapsedMs = nowMs - lastMs;
    const screens = Math.abs(scrollY - lastY) / innerHeight;
    const screensASecond = (1000 * screens) / elapsedMs;
    isFast = isFast ? screensASecond > SLOW_SCREENS : elapsedMs < REST_MS && screensASecond > FAST_SCREENS;
    [lastY, lastMs] = [scrollY, nowMs];
    clearTimeout(rest);
    if (isFast) rest = setTimeout(measure, REST_MS);
    const next = { width: Math.floor(width), top: Math.max(0, coarse(-top)), height: innerHeight, isFast };
    setView((last) => (JSON.stringify(last) === JSON.stringify(next) ? last : next));
  };
  const later = (): void => {
    asked ||= requestAnimationFrame(measure);
  };
  const observer = new ResizeObserver(later);
  observer.observe(box);
  addEventListener('scroll', later, { passive: true });
  addEventListener('resize', later);
  measure();
  return () => {
    observer.disconnect();
    removeEventListener('scroll', later);
    removeEventListener('resize', later);
    cancelAnimationFrame(asked);
    clearTimeout(rest);
  };
}

function showRow(box: HTMLElement, top: number, height: number): void {
  const place = box.getBoundingClientRect().top + top;
  const [low, high] = [96, innerHeight - 96];
  if (place < low) scrollBy({ top: place - low });
  else if (place + height > high) scrollBy({ top: place + height - high });
}
