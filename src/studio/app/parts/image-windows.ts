/** @file Of a hundred thousand images, those that are on the screen: asked for in windows, kept while nothing has changed. */

import { useEffect, useRef, useState } from 'preact/hooks';
import type { ImageQuery, ImageRow } from '../../engine/project-state.ts';
import { check, engine, project, results } from '../store.ts';

/** Images in a window. */
const WINDOW = 120;
/** Windows that are kept. */
const MAX_KEPT = 40;
/** Images beyond the screen that are asked for, too: they are there when it comes to them. */
const AHEAD = 60;

export interface LoadedImages {
  readonly total: number | undefined;
  row(index: number): ImageRow | undefined;
  /** Asks for what is missing. */
  need(from: number, to: number): void;
}

/** What was asked of one query at one state of the images. */
interface Kept {
  key: string;
  total: number | undefined;
  readonly rows: Map<number, readonly ImageRow[]>;
  readonly asked: Set<number>;
}

/** The images of a query. While new ones are fetched, the old ones stay on the screen. */
export function useImages(query: ImageQuery): LoadedImages {
  const [, redraw] = useState(0);
  const subject = JSON.stringify(query);
  const { judged, compared, found } = query;
  const asked = [judged?.run, compared?.first, compared?.second].flatMap((run) => run ?? []);
  const said = asked.map((run) => results.value[run]?.status ?? '').join();
  const checked = found === undefined ? '' : (check.value?.status ?? '');
  const key = `${subject} ${project.value?.version ?? 0} ${said} ${checked}`;
  const shown = useRef<Kept>(undefined);
  const next = useRef<Kept>(undefined);
  const range = useRef<readonly [number, number]>([0, WINDOW]);
  const fetchWindow = (kept: Kept, window: number): void => {
    if (kept.asked.has(window)) return;
    kept.asked.add(window);
    engine.images(query, window * WINDOW, WINDOW).then(
      ({ rows, total }) => {
        kept.total = total;
        kept.rows.set(window, rows);
        if (kept.rows.size > MAX_KEPT) {
          const [oldest] = kept.rows.keys();
          kept.rows.delete(oldest!);
          kept.asked.delete(oldest!);
        }
        // Old images are replaced when what is on the screen is there.
        if (kept === next.current && windowsOf(range.current, total).every((each) => kept.rows.has(each)))
          shown.current = kept;
        redraw((number) => number + 1);
      },
      () => kept.asked.delete(window),
    );
  };
  useEffect(() => {
    const kept: Kept = { key, total: undefined, rows: new Map(), asked: new Set() };
    const isOtherQuery = !shown.current?.key.startsWith(`${subject} `);
    if (isOtherQuery) {
      range.current = [0, WINDOW];
      shown.current = undefined;
    }
    next.current = kept;
    for (const window of windowsOf(range.current, shown.current?.total ?? WINDOW)) fetchWindow(kept, window);
    redraw((number) => number + 1);
  }, [key]);
  const current = shown.current?.key.startsWith(`${subject} `) ? shown.current : undefined;
  return {
    total: current?.total,
    row: (index) => current?.rows.get(Math.floor(index / WINDOW))?.[index % WINDOW],
    need(from, to) {
      range.current = [from, to];
      const kept = next.current;
      if (kept === undefined) return;
      const ahead = [Math.max(0, from - AHEAD), to + AHEAD] as const;
      for (const window of windowsOf(ahead, kept.total ?? to)) fetchWindow(kept, window);
    },
  };
}

function windowsOf([from, to]: readonly [number, number], total: number): number[] {
  const last = Math.max(0, Math.min(to, total) - 1);
  const windows: number[] = [];
  for (let window = Math.floor(Math.min(from, last) / WINDOW); window <= Math.floor(last / WINDOW); window++)
    windows.push(window);
  return windows;
}
