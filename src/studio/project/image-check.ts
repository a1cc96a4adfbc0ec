/** @file The check of a project's images or texts as the pages see it; who asks for one says how it is run. */

import type { ProgressEvent } from '../../events/training-event.ts';
import type { CheckReport } from '../../inspection/check-report.ts';
import { type CheckState, FINDING_KINDS, type FindingKind } from '../engine/check-state.ts';
import type { EditReport } from '../engine/project-state.ts';
import { inFieldWords } from './field-words.ts';
import { ImageFindings } from './image-findings.ts';
import type { ImageIndex, IndexedImage } from './image-index.ts';

/** Between two news of the progress at least. */
const NEWS_MS = 200;

const NOTHING = Object.fromEntries(FINDING_KINDS.map((kind) => [kind, 0])) as Record<FindingKind, number>;

/** What a check came to: a report, or why there is none; neither where it was told to stop. */
export interface CheckEnd {
  readonly report?: CheckReport | undefined;
  readonly error?: string | undefined;
}

/** One that is run. */
export interface RunningCheck {
  /** Ends it as soon as possible. */
  interrupt(): void;
  /** Never rejects. */
  readonly ended: Promise<CheckEnd>;
}

export interface ImageCheckOptions {
  readonly index: ImageIndex;
  /** What is checked, by what reports call it. Default: all that have a class, by their paths. */
  readonly examples?: (() => ReadonlyMap<string, IndexedImage>) | undefined;
  readonly begin: (onProgress: (progress: ProgressEvent) => void) => RunningCheck;
  readonly onChange: (check: CheckState) => void;
}

/** One check at a time; the last one that came to its end is remembered. */
export class ImageCheck {
  readonly #options: ImageCheckOptions;
  #running: RunningCheck | undefined;
  #progress: ProgressEvent | null = null;
  #error: string | null = null;
  #findings: ImageFindings | undefined;
  #warnings: readonly string[] = [];
  #lastNews = 0;

  constructor(options: ImageCheckOptions) {
    this.#options = options;
  }

  /** Undefined where nothing was checked. */
  get findings(): ImageFindings | undefined {
    return this.#findings;
  }

  state(): CheckState {
    const isRunning = this.#running !== undefined;
    const done = this.#findings === undefined ? 'none' : 'there';
    return {
      status: isRunning ? 'running' : this.#error === null ? done : 'failed',
      progress: this.#progress,
      error: this.#error,
      counts: this.#findings?.counts() ?? NOTHING,
      images: this.#findings?.checked ?? 0,
      unchecked: this.#findings?.unchecked() ?? 0,
      warnings: this.#warnings,
    };
  }

  /** Tells the state: images have changed. */
  tell(): void {
    this.#options.onChange(this.state());
  }

  /** Begins, if it is not under way. */
  start(): void {
    if (this.#running !== undefined) return;
    const { index, begin, examples = () => byPath(index) } = this.#options;
    const images = examples();
    this.#error = null;
    this.#progress = null;
    this.#running = begin((progress) => this.#onProgress(progress));
    this.tell();
    void this.#running.ended.then(({ report, error }) => {
      this.#running = undefined;
      this.#progress = null;
      if (report !== undefined) {
        this.#findings = new ImageFindings(report, index, images);
        this.#warnings = report.warnings.map(({ text }) => inFieldWords(text));
        index.changed();
      } else if (error !== undefined) this.#error = inFieldWords(error);
      this.tell();
    });
  }

  /** What was found before stays. */
  stop(): void {
    this.#running?.interrupt();
  }

  /** Stops what is running, and waits for it. */
  async close(): Promise<void> {
    this.stop();
    await this.#running?.ended;
  }

  /** Moves images to the classes that were found likelier, as one edit. */
  acceptLabels(
    ids: readonly number[],
    relabelEach: (
      moves: readonly { readonly ids: readonly number[]; readonly className: string }[],
    ) => Promise<EditReport>,
  ): Promise<EditReport> {
    const suspects = this.#findings?.of('label');
    const byClass = new Map<string, number[]>();
    for (const id of ids) {
      const image: IndexedImage | undefined = this.#options.index.get(id);
      const suggested = image && suspects?.get(image)?.suggested;
      if (suggested) byClass.set(suggested, [...(byClass.get(suggested) ?? []), id]);
    }
    return relabelEach([...byClass].map(([className, own]) => ({ className, ids: own })));
  }

  #onProgress(progress: ProgressEvent): void {
    this.#progress = progress;
    if (performance.now() - this.#lastNews < NEWS_MS) return;
    this.#lastNews = performance.now();
    this.tell();
  }
}

function byPath(index: ImageIndex): ReadonlyMap<string, IndexedImage> {
  return new Map(index.all.flatMap((image) => (image.className ? [[image.path, image] as const] : [])));
}
