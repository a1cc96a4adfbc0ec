/** @file Where the benchmark keeps what it needs of others: outside the project. */

import { homedir } from 'node:os';
import { join } from 'node:path';

/** `GRAFT_BENCH_CACHE`, else a folder among the user's caches. It can be deleted at any time. */
export function benchCacheFolder(): string {
  const { GRAFT_BENCH_CACHE, XDG_CACHE_HOME } = process.env;
  return GRAFT_BENCH_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'graft-bench');
}
