/**
 * @file What is told to pages without being asked. Of each subject only the latest state counts, so that a page that comes back hears
 * what changed since it left, and no more.
 */

import type { StudioEvent } from '../engine/studio-engine.ts';

export interface News {
  readonly id: number;
  readonly event: StudioEvent;
}

export class NewsBoard {
  readonly #latest = new Map<string, News>();
  readonly #readers = new Set<(news: News) => void>();
  /** Ids of an earlier studio are not taken for those of this one. */
  #next = Date.now();

  tell(event: StudioEvent): void {
    const news = { id: this.#next++, event };
    const subject = subjectOf(event);
    // Again at the end: what is read from the beginning is read in the order in which it was told.
    this.#latest.delete(subject);
    this.#latest.set(subject, news);
    for (const read of this.#readers) read(news);
  }

  /** @param id - The last that was heard; undefined for nothing. */
  since(id: number | undefined): readonly News[] {
    const all = [...this.#latest.values()];
    const first = all[0]?.id ?? this.#next;
    return id === undefined || id > this.#next || id < first - 1e9 ? all : all.filter((news) => news.id > id);
  }

  /** @returns What ends it. */
  listen(read: (news: News) => void): () => void {
    this.#readers.add(read);
    return () => void this.#readers.delete(read);
  }
}

function subjectOf(event: StudioEvent): string {
  switch (event.type) {
    case 'training':
      return `training ${event.training.run}`;
    case 'results':
      return `results ${event.results.run}`;
    default:
      return event.type;
  }
}
