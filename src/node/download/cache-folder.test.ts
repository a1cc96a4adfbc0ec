import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cacheFolder } from './cache-folder.ts';

const home = '/home/ada';

describe('cacheFolder', () => {
  it.each([
    ['the default of Linux', 'linux', {}, '/home/ada/.cache/graft'],
    ['the default of macOS', 'darwin', {}, '/home/ada/Library/Caches/graft'],
    ['XDG_CACHE_HOME', 'linux', { XDG_CACHE_HOME: '/scratch' }, '/scratch/graft'],
    ['XDG_CACHE_HOME on macOS too', 'darwin', { XDG_CACHE_HOME: '/scratch' }, '/scratch/graft'],
    [
      'a relative XDG_CACHE_HOME, which does not count',
      'linux',
      { XDG_CACHE_HOME: 'x' },
      '/home/ada/.cache/graft',
    ],
    ['GRAFT_HOME before all', 'linux', { GRAFT_HOME: '/g', XDG_CACHE_HOME: '/scratch' }, '/g'],
    ['an empty GRAFT_HOME, which does not count', 'linux', { GRAFT_HOME: '' }, '/home/ada/.cache/graft'],
    ['a relative GRAFT_HOME', 'linux', { GRAFT_HOME: 'here' }, resolve('here')],
  ] as const)('takes %s', (_, platform, env, expected) => {
    expect(cacheFolder({ platform, env, home })).toBe(expected);
  });

  it('takes the local application data on Windows', () => {
    const env = { LOCALAPPDATA: '/local' };
    expect(cacheFolder({ platform: 'win32', env, home })).toBe('/local/graft/Cache');
    expect(cacheFolder({ platform: 'win32', env: {}, home })).toBe('/home/ada/AppData/Local/graft/Cache');
  });
});
