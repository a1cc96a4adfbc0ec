/** @file What the studio's page, its worker and its service worker say to each other. */

import type { AddedFile, FilesOfClass } from '../engine/project-state.ts';
import type { StudioEngine, StudioEvent } from '../engine/studio-engine.ts';

/** What is asked of the worker: all that an engine answers later, and what a project of the browser needs beside. */
export type EngineMethods = {
  readonly [K in keyof StudioEngine as StudioEngine[K] extends (...args: never[]) => Promise<unknown>
    ? K
    : never]: StudioEngine[K];
} & {
  /** What speaks for a class, laid over an image: a PNG. */
  heatMap(request: HeatMapRequest): Promise<Blob>;
  /** Writes the project as a zip archive, or its table. @returns Where it can be had from. */
  save(): Promise<string>;
  /** Puts a table of texts in the place of a project that is empty; the page is to be loaded again. */
  openTable(table: AddedFile): Promise<void>;
  /** The same with class folders of texts. */
  openTexts(folders: readonly FilesOfClass[]): Promise<void>;
  /** Forgets everything. */
  clear(): Promise<void>;
};

export interface HeatMapRequest {
  readonly run: string;
  readonly hash: string;
  readonly size: 'small' | 'large';
  /** Default the predicted one. */
  readonly className?: string | undefined;
}

/** What the page asks. */
export interface EngineQuestion {
  /** Told again in the answer. */
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** What the worker says. */
export type EngineMessage =
  /** Another tab has the project; this one waits for it. */
  | { readonly type: 'busy' }
  | { readonly type: 'ready' }
  | { readonly type: 'event'; readonly event: StudioEvent }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'refusal'; readonly id: number; readonly message: string };

/** What the service worker asks the page, with a port for the answer: a Blob, or null. */
export interface HeatMapQuestion {
  readonly type: 'heat-map';
  readonly request: HeatMapRequest;
}

/** What the page asks the service worker: to be its page at once. */
export interface ClaimOrder {
  readonly type: 'claim';
}
