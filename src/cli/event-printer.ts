/** @file Prints the events of a use case: for people, as one JSON document, or as lines of JSON. */

import { visible } from '../core/errors/visible-text.ts';
import type { CombinationEvent } from '../events/sweep-report.ts';
import type {
  DataEvent,
  EpochEvent,
  PhaseEvent,
  ProgressEvent,
  StageEvent,
  StepEvent,
} from '../events/training-event.ts';
import type { EventListener, ResultEvent, RunEvent, SweepPlanEvent } from '../use-cases/run-event.ts';
import { printComparison } from './compare-output.ts';
import { sayData, sayEvaluated, sayNote } from './data-text.ts';
import { EpochDisplay } from './epoch-display.ts';
import { printEvaluation } from './evaluate-output.ts';
import { createLiveLines } from './live-lines.ts';
import { printSearch } from './lr-find-output.ts';
import { sayModel, sayPlan, saySweepPlan } from './plan-text.ts';
import { printRecommendation, sayJudged } from './recommend-output.ts';
import { resumeText } from './resume-flags.ts';
import { printRuns } from './runs-output.ts';
import { saySkipped } from './skipped-text.ts';
import { StageDisplay } from './stage-display.ts';
import { SweepDisplay } from './sweep-display.ts';
import { printSweep } from './sweep-output.ts';
import { printJson, say, setFoot } from './terminal.ts';
import { type MeasuredSets, printTraining } from './train-output.ts';

/** How a command prints; nothing said is for people. */
export interface OutputFlags {
  readonly json?: boolean;
  readonly jsonLines?: boolean;
}

export interface EventPrinter {
  readonly onEvent: EventListener;
  /** Takes away what is on the screen; harmless when nothing is. */
  close(): void;
}

export interface PrinterOptions {
  /** Prints what people read of the result, if it is not what all commands have. */
  readonly printResult?: (event: ResultEvent) => void;
  /** Stages of fewer examples are not shown. Default 0. */
  readonly progressFrom?: number;
}

/** What prints the events of one command. */
export function createPrinter(flags: OutputFlags, options: PrinterOptions = {}): EventPrinter {
  if (flags.jsonLines) return { onEvent: printJson, close: () => {} };
  const people = new PeoplePrinter(options, flags.json ?? false);
  return { onEvent: (event) => people.print(event), close: () => people.close() };
}

class PeoplePrinter {
  readonly #live = createLiveLines();
  readonly #stages = new StageDisplay(this.#live);
  readonly #epochs = new EpochDisplay(this.#live);
  readonly #options: PrinterOptions;
  readonly #isJson: boolean;
  readonly #sets: { -readonly [K in keyof MeasuredSets]: MeasuredSets[K] } = {};
  #sweep: SweepDisplay | undefined;
  #plan: SweepPlanEvent | undefined;
  #phase: PhaseEvent | undefined;
  #modality: DataEvent['modality'] = 'image';

  constructor(options: PrinterOptions, isJson: boolean) {
    this.#options = options;
    this.#isJson = isJson;
  }

  print(event: RunEvent): void {
    switch (event.type) {
      case 'note':
        sayNote(event.text);
        break;
      case 'data':
        this.#modality = event.modality;
        if (isOfTraining(event)) sayData(event);
        else sayEvaluated(event);
        break;
      case 'model':
        sayModel(event);
        break;
      case 'plan':
        sayPlan(event, this.#modality);
        break;
      case 'sweep-plan':
        this.#plan = event;
        this.#sweep = new SweepDisplay(this.#live, event);
        saySweepPlan(event);
        break;
      case 'resume':
        say(resumeText(event));
        break;
      case 'metrics':
        // What follows is no training any more.
        this.#epochs.end();
        this.#sets[event.set] = event.metrics;
        break;
      case 'backbone':
        this.#live?.end();
        sayJudged(event.judged, event.done, event.total);
        break;
      case 'skipped':
        this.#end();
        saySkipped(event.skipped, this.#modality === 'text' ? 'text' : 'file');
        break;
      case 'result':
        this.#end();
        this.#onResult(event);
        break;
      default:
        this.#onProgress(event);
    }
  }

  close(): void {
    this.#live?.end();
    setFoot(undefined);
  }

  #onProgress(
    event: PhaseEvent | ProgressEvent | StageEvent | StepEvent | EpochEvent | CombinationEvent,
  ): void {
    const { progressFrom = 0 } = this.#options;
    switch (event.type) {
      case 'phase':
        this.#phase = event;
        this.#epochs.onPhase(event);
        break;
      case 'progress':
        if (event.total !== null && event.total < progressFrom) break;
        if (event.stage === 'views' && this.#phase !== undefined) this.#epochs.onViews(event);
        else this.#stages.onProgress(event);
        break;
      case 'stage':
        if (event.done >= progressFrom) this.#stages.onStage(event);
        break;
      case 'step':
        if (this.#sweep === undefined) this.#epochs.onStep(event);
        else this.#sweep.onStep(event);
        break;
      case 'epoch':
        this.#epochs.onEpoch(event);
        break;
      case 'combination':
        this.#sweep?.onCombination(event);
        break;
    }
  }

  #onResult(event: ResultEvent): void {
    if (this.#isJson) printJson(documentOf(event));
    else this.#printResult(event);
    if (event.useCase === 'train' && event.report.ended === 'interrupted') {
      say(`to resume: graft train --resume ${visible(event.report.run)}`);
    }
  }

  #end(): void {
    this.#epochs.end();
    this.#live?.end();
  }

  #printResult(event: ResultEvent): void {
    if (this.#options.printResult !== undefined) {
      this.#options.printResult(event);
      return;
    }
    switch (event.useCase) {
      case 'train':
        printTraining(event.report, this.#sets, this.#phase?.monitor ?? 'val_loss');
        break;
      case 'evaluate':
        printEvaluation(event.report);
        break;
      case 'sweep':
        printSweep(event.report, this.#plan?.varied ?? [], this.#sets.test ?? this.#sets.validation);
        break;
      case 'recommend':
        printRecommendation(event.report);
        break;
      case 'findLearningRate':
        printSearch(event.report);
        break;
      case 'compare':
        printComparison(event.report);
        break;
      case 'runs':
        printRuns(event.report);
        break;
      case 'estimate':
      case 'predict':
      case 'explain':
      case 'report':
        break;
    }
  }
}

/** An evaluation is on one set, which nothing is split from. */
function isOfTraining({ sets }: DataEvent): boolean {
  return sets.length > 1 || sets[0]?.set === 'pool';
}

/** The document of `--json`; of predictions, their list. */
function documentOf(event: ResultEvent): unknown {
  return event.useCase === 'predict' ? event.report.predictions : event.report;
}
