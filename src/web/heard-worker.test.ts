import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withMessage } from '../../tests/support/saying.ts';
import type { BrowserWorker } from './browser.ts';
import { startHeardWorker } from './heard-worker.ts';

interface FakeWorker extends BrowserWorker {
  isEnded: boolean;
}

/** Workers that say nothing until they are told to. */
function silentWorkers(): { readonly workers: FakeWorker[]; readonly start: () => BrowserWorker } {
  const workers: FakeWorker[] = [];
  const start = (): BrowserWorker => {
    const worker: FakeWorker = {
      onmessage: null,
      onerror: null,
      postMessage: () => {},
      terminate: () => {
        worker.isEnded = true;
      },
      isEnded: false,
    };
    workers.push(worker);
    return worker;
  };
  return { workers, start };
}

const READY = { data: { type: 'ready' } };

describe('a worker that is heard of', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is the first one, if it says that it is there', async () => {
    const { workers, start } = silentWorkers();
    const starting = startHeardWorker(start);
    workers[0]!.onmessage!(READY);
    expect(await starting).toBe(workers[0]);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(workers.map(({ isEnded }) => isEnded)).toEqual([false]);
  });

  it('is another one, if the browser lost the first', async () => {
    const { workers, start } = silentWorkers();
    const starting = startHeardWorker(start);
    await vi.advanceTimersByTimeAsync(30_000);
    workers[1]!.onmessage!(READY);
    expect(await starting).toBe(workers[1]);
    expect(workers.map(({ isEnded }) => isEnded)).toEqual([true, false]);
  });

  it('may be slow: none is given up, and no more than four are started', async () => {
    const { workers, start } = silentWorkers();
    const starting = startHeardWorker(start);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(workers).toHaveLength(4);
    workers[0]!.onmessage!(READY);
    expect(await starting).toBe(workers[0]);
    expect(workers.map(({ isEnded }) => isEnded)).toEqual([false, true, true, true]);
  });

  it('is waited for no longer than the signal says', async () => {
    const { workers, start } = silentWorkers();
    const stop = new AbortController();
    const starting = startHeardWorker(start, stop.signal);
    stop.abort();
    await expect(starting).rejects.toThrow(
      withMessage(
        'training worker: expected a worker that begins, received an interruption. Stopped before anything was computed.',
      ),
    );
    expect(workers.map(({ isEnded }) => isEnded)).toEqual([true]);
    await expect(startHeardWorker(start, stop.signal)).rejects.toMatchObject({ code: 'interrupted' });
    expect(workers).toHaveLength(1);
  });

  it('fails as the browser does, at the first one and at a later one', async () => {
    const { workers, start } = silentWorkers();
    const starting = startHeardWorker(start);
    workers[0]!.onerror!({ message: 'no program' });
    await expect(starting).rejects.toThrow(
      /^training worker: expected a worker that trains, received no program\. /,
    );
    let count = 0;
    const refused = startHeardWorker(() => {
      if (++count > 1) throw new Error('no more workers');
      return start();
    });
    await Promise.all([
      expect(refused).rejects.toThrow(withMessage('no more workers')),
      vi.advanceTimersByTimeAsync(30_000),
    ]);
    expect(workers.map(({ isEnded }) => isEnded)).toEqual([true, true]);
  });
});
