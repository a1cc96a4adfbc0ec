/** @file A disk that must not be written to any more, while a program works on it; needs root. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';

/** From now on nothing is made, renamed or opened for writing below this folder. What is open for writing stays so, and hinders nobody. */
export function lockDisk(folder: string): void {
  // A file that is open for writing keeps its mount from being locked: one that nobody knows is locked, and then laid over it.
  const locked = mkdtempSync(`${folder}-`);
  execFileSync('mount', ['--bind', folder, locked]);
  execFileSync('mount', ['-o', 'remount,bind,ro', locked]);
  execFileSync('mount', ['--bind', locked, folder]);
  execFileSync('umount', [locked]);
  rmdirSync(locked);
}

/** As it was before {@link lockDisk}. */
export function unlockDisk(folder: string): void {
  execFileSync('umount', [folder]);
}
