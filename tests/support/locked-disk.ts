/** @file A disk that must not be written to any more, while a program works on it; needs root. */

import { execFileSync } from 'node:child_process';

/** From now on nothing is made, renamed or opened for writing below this folder. What is open for writing stays so, and hinders nobody. */
export function lockDisk(folder: string): void {
  // A file that is open for writing keeps its mount from being locked; a second one over it has none.
  execFileSync('mount', ['--bind', folder, folder]);
  execFileSync('mount', ['-o', 'remount,bind,ro', folder]);
}

/** As it was before {@link lockDisk}. */
export function unlockDisk(folder: string): void {
  execFileSync('umount', [folder]);
}
