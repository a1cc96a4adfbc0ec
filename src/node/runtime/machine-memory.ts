/** @file What memory the machine has, or the container's limit leaves. */

import { freemem, totalmem } from 'node:os';
import { constrainedMemory, memoryUsage, resourceUsage } from 'node:process';

/** Bytes of the machine, or the container's limit where that is lower. */
export function machineMemory(): number {
  const limit = constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : totalmem();
}

/** Bytes that a new allocation may take: what is free, or what a container's limit leaves. */
export function freeMemory(): number {
  const limit = constrainedMemory();
  const free = freemem();
  return limit > 0 && limit < 2 ** 50 ? Math.min(free, limit - memoryUsage.rss()) : free;
}

/** Bytes that this process has in memory, and had at most. */
export function usedMemory(): { present: number; largest: number } {
  return { present: memoryUsage.rss(), largest: resourceUsage().maxRSS * 1024 };
}
