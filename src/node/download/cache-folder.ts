/** @file Where fetched files are kept, on each operating system. */

import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import type { CacheSurroundings } from '../../core/weights/download-options.ts';

/**
 * The folder that holds fetched weights and archives. The first of these that is set:
 *
 * 1. `GRAFT_HOME`, itself;
 * 2. `XDG_CACHE_HOME` (an absolute path, as its specification asks), and `graft` in it;
 * 3. the system's own: `~/.cache/graft`, `~/Library/Caches/graft` on macOS, `%LOCALAPPDATA%\graft\Cache` on Windows.
 *
 * Nothing is created.
 *
 * @returns An absolute path.
 * @see https://specifications.freedesktop.org/basedir/latest/
 */
export function cacheFolder(surroundings: CacheSurroundings = {}): string {
  const { env = process.env, platform = process.platform, home = homedir() } = surroundings;
  const own = env['GRAFT_HOME'];
  if (own !== undefined && own !== '') return resolve(own);
  const xdg = env['XDG_CACHE_HOME'];
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, 'graft');
  if (platform === 'win32') {
    return join(env['LOCALAPPDATA'] || join(home, 'AppData', 'Local'), 'graft', 'Cache');
  }
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'graft');
  return join(home, '.cache', 'graft');
}
