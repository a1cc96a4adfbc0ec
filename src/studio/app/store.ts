/** @file What the pages share: how the project and its trainings stand, which page is open, and what is selected. */

import { computed, signal } from '@preact/signals';
import type { CheckState } from '../engine/check-state.ts';
import type { ImageQuery, ProjectState } from '../engine/project-state.ts';
import type { RunResults, RunSummary } from '../engine/run-state.ts';
import type { StudioEngine, StudioEvent } from '../engine/studio-engine.ts';
import type { TrainingState } from '../engine/training-state.ts';

/** What the pages ask; there before the first of them is shown. */
export let engine: StudioEngine;

export function setEngine(chosen: StudioEngine): void {
  engine = chosen;
}

/** In the order of the navigation. */
export const PAGES = ['images', 'train', 'results', 'try', 'runs', 'export'] as const;
export type PageName = (typeof PAGES)[number];

export const project = signal<ProjectState | undefined>(undefined);
export const check = signal<CheckState | undefined>(undefined);
export const trainings = signal<readonly TrainingState[]>([]);
export const runs = signal<readonly RunSummary[] | undefined>(undefined);
export const results = signal<Readonly<Record<string, RunResults>>>({});
/** Why the engine does not answer, in a sentence. */
export const problem = signal<string | undefined>(undefined);
export const page = signal<PageName>('images');
/** The run that results, try and export are about; undefined takes the best one. */
export const chosenRun = signal<string | undefined>(undefined);
/** The runs that the page of runs compares, the older first. */
export const comparedRuns = signal<readonly string[]>([]);
/** Which images the page of images shows. */
export const imageQuery = signal<ImageQuery>({});
/** Ids of images. */
export const selection = signal<ReadonlySet<number>>(new Set());

export interface Toast {
  readonly text: string;
  readonly kind: 'done' | 'failed';
}
export const toast = signal<Toast | undefined>(undefined);

/** Runs with a model, the best first: by what they reach on validation images. */
export const rankedRuns = computed(() =>
  (runs.value ?? []).filter(({ hasModel }) => hasModel).toSorted((a, b) => scoreOf(b) - scoreOf(a)),
);

/** The run that pages are about. */
export const currentRun = computed(
  () => rankedRuns.value.find(({ run }) => run === chosenRun.value) ?? rankedRuns.value[0],
);

export const runningTraining = computed(() =>
  trainings.value.find(({ status }) => status === 'running' || status === 'stopping'),
);

export function onEvent(event: StudioEvent): void {
  switch (event.type) {
    case 'project':
      project.value = event.project;
      break;
    case 'check':
      check.value = event.check;
      break;
    case 'trainings':
      trainings.value = event.trainings;
      break;
    case 'training': {
      const { training } = event;
      const isKnown = trainings.value.some(({ run }) => run === training.run);
      trainings.value = isKnown
        ? trainings.value.map((each) => (each.run === training.run ? training : each))
        : [...trainings.value, training];
      break;
    }
    case 'runs':
      runs.value = event.runs;
      break;
    case 'results':
      results.value = { ...results.value, [event.results.run]: event.results };
      break;
  }
}

/** Does something that may fail, and says so. */
export async function attempt<T>(
  work: () => Promise<T>,
  done?: (result: T) => string,
): Promise<T | undefined> {
  try {
    const result = await work();
    if (done !== undefined) say(done(result));
    return result;
  } catch (error) {
    say((error as Error).message, 'failed');
    return undefined;
  }
}

let timer: ReturnType<typeof setTimeout> | undefined;

export function say(text: string, kind: Toast['kind'] = 'done'): void {
  clearTimeout(timer);
  toast.value = text === '' ? undefined : { text, kind };
  // What went wrong stays until it is closed.
  if (kind === 'done') timer = setTimeout(() => (toast.value = undefined), 4000);
}

export function goTo(name: PageName): void {
  location.hash = name;
}

/** Accuracy, else what stands in its place. */
function scoreOf({ validation }: RunSummary): number {
  const metrics = (validation ?? {}) as Readonly<Record<string, unknown>>;
  const score = metrics['accuracy'] ?? metrics['exactMatch'];
  if (typeof score === 'number') return score - tieBreak(metrics['loss']);
  return -1;
}

/** Of equal accuracies, the smaller loss. */
function tieBreak(loss: unknown): number {
  return typeof loss === 'number' ? (1e-6 * loss) / (1 + loss) : 0;
}
