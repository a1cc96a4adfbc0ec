/** @file The check of a project's images, in a process of its own: `graft check`. */

import type { ProgressEvent, RunEvent } from '../../use-cases/run-event.ts';
import { type CheckState, FINDING_KINDS, type FindingKind } from '../engine/check-state.ts';
import type { FolderProject } from './folder-project.ts';
import { type GraftProcess, startGraft } from './graft-process.ts';
import { ImageFindings } from './image-findings.ts';

/** Between two news of the progress at least. */
const NEWS_MS = 200;

const NOTHING = Object.fromEntries(FINDING_KINDS.map((kind) => [kind, 0])) as Record<FindingKind, number>;

/** One check at a time; the last one that came to its end is remembered. */
export class ImageCheck {
  readonly #project: FolderProject;
  readonly #cwd: string;
  readonly #onChange: (check: CheckState) => void;
  #process: GraftProcess | undefined;
  #progress: ProgressEvent | null = null;
  #error: string | null = null;
  #findings: ImageFindings | undefined;
  #warnings: readonly string[] = [];
  #lastNews = 0;

  constructor(project: FolderProject, cwd: string, onChange: (check: CheckState) => void) {
    this.#project = project;
    this.#cwd = cwd;
    this.#onChange = onChange;
  }

  /** Undefined where nothing was checked. */
  get findings(): ImageFindings | undefined {
    return this.#findings;
  }

  state(): CheckState {
    const isRunning = this.#process !== undefined;
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
    this.#onChange(this.state());
  }

  /** Begins, if it is not under way. */
  start(): void {
    if (this.#process !== undefined) return;
    const { root, index } = this.#project;
    const images = new Map(
      index.all.flatMap((image) => (image.className === null ? [] : [[image.path, image] as const])),
    );
    this.#error = null;
    this.#progress = null;
    let findings: ImageFindings | undefined;
    let warnings: readonly string[] = [];
    const process = startGraft(['check', root, '--json-lines'], this.#cwd, (document) => {
      const event = document as RunEvent;
      if (event.type === 'progress') this.#onProgress(event);
      if (event.type !== 'result' || event.useCase !== 'checkDataset') return;
      findings = new ImageFindings(event.report, index, images);
      warnings = event.report.warnings.map(({ text }) => text);
    });
    this.#process = process;
    this.tell();
    void process.ended.then(({ status, error }) => {
      this.#process = undefined;
      this.#progress = null;
      if (status === 0 && findings !== undefined) {
        this.#findings = findings;
        this.#warnings = warnings;
        index.changed();
      } else if (status !== null && status !== 130) this.#error = error || 'The check ended without a word.';
      this.tell();
    });
  }

  /** What was found before stays. */
  stop(): void {
    this.#process?.interrupt();
  }

  close(): void {
    this.#process?.kill();
  }

  #onProgress(progress: ProgressEvent): void {
    this.#progress = progress;
    if (performance.now() - this.#lastNews < NEWS_MS) return;
    this.#lastNews = performance.now();
    this.tell();
  }
}
