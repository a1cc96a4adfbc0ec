/**
 * @file The dense training step's kernel: jobs made of tasks, which the caller's thread and the helpers claim from a
 * shared cursor. No task reads what another task of its job writes, so the result does not depend on who does what.
 */

import {
  CONTROL_COMPLETED,
  CONTROL_CURSOR,
  CONTROL_EPOCH,
  CONTROL_FAILED,
  CONTROL_JOB,
  CONTROL_LAYER,
  CONTROL_OPTIMIZER,
  CONTROL_QUIT,
  CONTROL_SPINS,
  CONTROL_TASKS,
  CONTROL_TRAINING,
  JOB_ACTIVATE,
  JOB_AVERAGE,
  JOB_BACKWARD,
  JOB_BACKWARD_FORWARD,
  JOB_FLUSH,
  JOB_FORWARD,
  JOB_LISTS,
  JOB_NEXT_LISTS,
} from '../dense-fields';
import { averageTile } from './average';
import { backwardBlock, backwardForwardTile } from './backward';
import { flushTile } from './flush';
import { finishTile, forwardTile } from './forward';
import { buildLists, buildNextLists } from './lists';

export { widenAtEnd } from './widen';

/** Where memory is free for the caller's use. */
export function heapBase(): usize {
  return __heap_base;
}

/**
 * Does a job with whatever helpers are awake.
 *
 * @param helpers - How many threads to wake; 0 does all alone.
 * @param mayBlock - False on a browser's main thread, which may not sleep.
 * @param patience - Nanoseconds without progress after which the helpers are given up.
 * @returns 0 if done, 1 if a helper failed, 2 if it stopped answering.
 */
export function runJob(
  control: usize,
  job: u32,
  layer: usize,
  tasks: u32,
  helpers: i32,
  mayBlock: bool,
  patience: i64,
): i32 {
  if (helpers == 0) {
    for (let task: u32 = 0; task < tasks; task++) doTask(control, job, layer, task);
    return 0;
  }
  const epoch = atomic.load<u32>(control, CONTROL_EPOCH) + 1;
  store<u32>(control, job, CONTROL_JOB);
  store<u32>(control, <u32>layer, CONTROL_LAYER);
  store<u32>(control, tasks, CONTROL_TASKS);
  atomic.store<u32>(control, 0, CONTROL_COMPLETED);
  atomic.store<u64>(control, <u64>epoch << 32, CONTROL_CURSOR);
  atomic.store<u32>(control, epoch, CONTROL_EPOCH);
  atomic.notify(control + CONTROL_EPOCH, helpers);
  help(control, epoch);
  return waitForRest(control, tasks, mayBlock, patience);
}

/** A helper's life: sleep, help, sleep. Returns when the caller is done with it. */
export function serve(control: usize): void {
  let seen: u32 = 0;
  while (true) {
    let spins = load<u32>(control, CONTROL_SPINS);
    let epoch = atomic.load<u32>(control, CONTROL_EPOCH);
    while (epoch == seen) {
      if (atomic.load<u32>(control, CONTROL_QUIT) != 0) return;
      if (spins != 0) spins--;
      else atomic.wait<i32>(control + CONTROL_EPOCH, <i32>seen, -1);
      epoch = atomic.load<u32>(control, CONTROL_EPOCH);
    }
    if (atomic.load<u32>(control, CONTROL_QUIT) != 0) return;
    seen = epoch;
    help(control, epoch);
  }
}

/** Claims and does tasks of one epoch until none is left. */
function help(control: usize, epoch: u32): void {
  while (true) {
    const cursor = atomic.load<u64>(control, CONTROL_CURSOR);
    // Fields may be rewritten for the next job meanwhile; then the claim below fails.
    const job = load<u32>(control, CONTROL_JOB);
    const layer = <usize>load<u32>(control, CONTROL_LAYER);
    const tasks = load<u32>(control, CONTROL_TASKS);
    const task = <u32>cursor;
    if (<u32>(cursor >> 32) != epoch || task >= tasks) return;
    if (atomic.cmpxchg<u64>(control, cursor, cursor + 1, CONTROL_CURSOR) != cursor) continue;
    doTask(control, job, layer, task);
    if (atomic.add<u32>(control, 1, CONTROL_COMPLETED) + 1 == tasks) {
      atomic.notify(control + CONTROL_COMPLETED, 1);
    }
  }
}

function waitForRest(control: usize, tasks: u32, mayBlock: bool, patience: i64): i32 {
  let spins = load<u32>(control, CONTROL_SPINS);
  let completed = atomic.load<u32>(control, CONTROL_COMPLETED);
  while (completed != tasks) {
    if (atomic.load<u32>(control, CONTROL_FAILED) != 0) return 1;
    if (spins != 0) spins--;
    else if (mayBlock && atomic.wait<i32>(control + CONTROL_COMPLETED, <i32>completed, patience) == 2) {
      return atomic.load<u32>(control, CONTROL_FAILED) != 0 ? 1 : 2;
    }
    completed = atomic.load<u32>(control, CONTROL_COMPLETED);
  }
  return 0;
}

function doTask(control: usize, job: u32, layer: usize, task: u32): void {
  const optimizer = <usize>load<u32>(control, CONTROL_OPTIMIZER);
  const training = load<u32>(control, CONTROL_TRAINING) != 0;
  if (job == JOB_FORWARD) forwardTile(layer, task, training);
  else if (job == JOB_BACKWARD) backwardBlock(layer, optimizer, task);
  else if (job == JOB_AVERAGE) averageTile(layer, optimizer, task);
  else if (job == JOB_LISTS) buildLists(layer, task, training);
  else if (job == JOB_NEXT_LISTS) buildNextLists(layer, task);
  else if (job == JOB_BACKWARD_FORWARD) backwardForwardTile(layer, optimizer, task);
  else if (job == JOB_FLUSH) flushTile(layer, optimizer, task);
  else if (job == JOB_ACTIVATE) finishTile(layer, task, training);
  else unreachable();
}
