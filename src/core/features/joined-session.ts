/** @file Several sessions with the same input as one. */

import type { Session } from '../runtime/session.ts';

/** @param sessions - At least one; each belongs to whoever made it, and is not disposed of with the whole. */
export function joinSessions(sessions: readonly Session[]): Session {
  return {
    inputNames: sessions[0]!.inputNames,
    outputNames: sessions.flatMap(({ outputNames }) => outputNames),
    async run(feeds) {
      const results = await Promise.all(sessions.map((session) => session.run(feeds)));
      return Object.assign({}, ...results);
    },
    dispose: async () => {},
  };
}
