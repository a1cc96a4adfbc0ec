/** @file What may be said of a run that is resumed. */

import type { Command } from 'commander';

/** Minutes between checkpoints in the middle of an epoch. */
export const CHECKPOINT_MINUTES = 5;

/** What does not touch the result may be said anew. */
const FREE = ['resume', 'json', 'jsonLines', 'cache', 'threads', 'checkpoint', 'report', 'trust', 'refetch'];

/** What is trained is said by the command line, or by the run that is resumed: not by both. */
export function requireOneSource(
  source: string | undefined,
  run: string | undefined,
  command: Command,
): void {
  if (run === undefined) {
    if (source !== undefined) return;
    command.error(`error: missing required argument '${command.registeredArguments[0]!.name()}'`);
  }
  const said = Object.keys(command.opts()).filter((name) => command.getOptionValueSource(name) === 'cli');
  // What the run was told holds.
  const other = said.find((name) => !FREE.includes(name));
  if (source === undefined && other === undefined) return;
  const what = source ?? `--${other!.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  command.error(`error: --resume takes the run as it was begun: leave out ${what}`);
}

/** Where a run goes on. */
export function resumeText({ epoch, step }: { readonly epoch: number; readonly step: number }): string {
  return `resuming at epoch ${epoch}${step > 0 ? `, after step ${step}` : ''}`;
}
