/** @file What was done in a project, and what can be undone: edits one at a time, each in the journal before it is done. */

import type { EditReport } from '../engine/project-state.ts';
import type { Edit, EditJournal } from './edit-journal.ts';
import { inTurn } from './in-turn.ts';

/** How the steps of an edit are done to the files. */
export interface EditHand<Step> {
  /** Does steps in their order; of what is left as it is, it tells why. Where it throws, nothing was done. */
  perform(steps: readonly Step[]): Promise<Pick<EditReport, 'images' | 'left'>>;
  /** The steps that take others back. */
  reversed(steps: readonly Step[]): readonly Step[];
  /** What the files are before an edit, where that tells after a kill whether it was done. */
  state?(): string | undefined;
  /** Hears that edits were done. */
  onDone(): void;
}

export class EditHistory<Step> {
  readonly #journal: EditJournal<Step>;
  readonly #hand: EditHand<Step>;
  /** Does what no edit may come between. */
  readonly inTurn: ReturnType<typeof inTurn> = inTurn();

  constructor(journal: EditJournal<Step>, hand: EditHand<Step>) {
    this.#journal = journal;
    this.#hand = hand;
  }

  /** What undo would take back, in words; null for nothing. */
  get undoName(): string | null {
    return nameOfGroup(this.#journal.undoable);
  }

  get redoName(): string | null {
    return nameOfGroup(this.#journal.redoable);
  }

  /** To be called in turn. @param group - Edits of one group, one after the other, are undone at once. */
  async edit(name: string, steps: readonly Step[], group?: string): Promise<EditReport> {
    if (steps.length === 0) return { done: 'nothing', images: 0, left: [] };
    const edit = await this.#journal.begin({ name, group, steps }, this.#hand.state?.());
    return this.#joined(name, [await this.#perform(edit, steps, () => this.#journal.beginUndo(edit))]);
  }

  undo(): Promise<EditReport> {
    return this.inTurn(async () => {
      const edits = [...this.#journal.undoable];
      const reports: EditReport[] = [];
      for (const edit of edits) {
        await this.#journal.beginUndo(edit, this.#hand.state?.());
        const steps = this.#hand.reversed(edit.steps);
        reports.push(await this.#perform(edit, steps, () => this.#journal.beginRedo(edit)));
      }
      return this.#joined(`undone: ${nameOfGroup(edits) ?? 'nothing'}`, reports);
    });
  }

  redo(): Promise<EditReport> {
    return this.inTurn(async () => {
      const edits = [...this.#journal.redoable];
      const reports: EditReport[] = [];
      for (const edit of edits) {
        await this.#journal.beginRedo(edit, this.#hand.state?.());
        reports.push(await this.#perform(edit, edit.steps, () => this.#journal.beginUndo(edit)));
      }
      return this.#joined(`redone: ${nameOfGroup(edits) ?? 'nothing'}`, reports);
    });
  }

  /**
   * Does what a kill left in the middle, before anything is read.
   *
   * @param perform - Does it, or finds it done.
   */
  async finish(perform: (steps: readonly Step[], state: string | undefined) => Promise<void>): Promise<void> {
    const { open } = this.#journal;
    if (open === undefined) return;
    const { edit, direction, state } = open;
    await perform(direction === 'forward' ? edit.steps : this.#hand.reversed(edit.steps), state);
    await this.#journal.end(edit);
  }

  /** Waits for what is being done. */
  async close(): Promise<void> {
    await this.inTurn(() => this.#journal.close());
  }

  /** @param takeBack - Notes that it was not done after all. */
  async #perform(
    edit: Edit<Step>,
    steps: readonly Step[],
    takeBack: () => Promise<void>,
  ): Promise<EditReport> {
    try {
      const { images, left } = await this.#hand.perform(steps);
      return { done: edit.name, images, left };
    } catch (error) {
      await takeBack().catch(() => undefined);
      throw error;
    } finally {
      await this.#journal.end(edit);
    }
  }

  #joined(done: string, reports: readonly EditReport[]): EditReport {
    this.#hand.onDone();
    return {
      done,
      images: reports.reduce((sum, { images }) => sum + images, 0),
      left: reports.flatMap(({ left }) => left),
    };
  }
}

function nameOfGroup(edits: readonly Edit<unknown>[]): string | null {
  const [last] = edits;
  if (last === undefined) return null;
  return edits.length === 1 ? last.name : `${last.name}, and ${edits.length - 1} more`;
}
