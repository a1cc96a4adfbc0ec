import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withMessage } from '../../tests/support/saying.ts';
import type { Runtime } from '../core/runtime/runtime.ts';
import type { Session } from '../core/runtime/session.ts';
import { floats, type Tensor } from '../core/tensor/tensor.ts';
import type { BrowserWorker } from './browser.ts';
import type { SessionAnswer, SessionOrder } from './session-messages.ts';
import { openSideBySide, withSideBySide } from './side-by-side.ts';

/** A worker that a test speaks for. */
class FakeWorker implements BrowserWorker {
  onmessage: BrowserWorker['onmessage'] = null;
  onerror: BrowserWorker['onerror'] = null;
  readonly asked: SessionOrder[] = [];
  isEnded = false;

  postMessage(message: unknown): void {
    this.asked.push(message as SessionOrder);
  }
  terminate(): void {
    this.isEnded = true;
  }
  say(answer: SessionAnswer): void {
    this.onmessage!({ data: answer });
  }
  open(): void {
    this.say({ type: 'ready' });
    this.say({ type: 'session', inputNames: ['x'], outputNames: ['y'] });
  }
  /** Answers what it was asked last: the same, and a thousand more. */
  answer(): void {
    const order = this.asked.at(-1) as Extract<SessionOrder, { type: 'run' }>;
    const [value] = order.feeds['x']!.data as Float32Array;
    this.say({ type: 'ran', results: { y: floats([1], [1000 + value!]) } });
  }
  /** The values that it was asked about. */
  get values(): number[] {
    return this.asked.flatMap((order) =>
      order.type === 'run' ? [(order.feeds['x']!.data as Float32Array)[0]!] : [],
    );
  }
}

const MODEL = Uint8Array.of(1, 2, 3);

/** A session in this thread, of the same answers. */
function sessionHere(): Session & { readonly values: number[] } {
  const values: number[] = [];
  return {
    inputNames: ['x'],
    outputNames: ['y'],
    values,
    async run({ x }) {
      const [value] = x!.data as Float32Array;
      if (value! < 0) throw new Error('below zero');
      values.push(value!);
      return { y: floats([1], [1000 + value!]) };
    },
    dispose: async () => {},
  };
}

function begin(count = 2) {
  const workers: FakeWorker[] = [];
  const here = vi.fn(async (): Promise<Session> => sessionHere());
  const start = (): FakeWorker => {
    const worker = new FakeWorker();
    workers.push(worker);
    return worker;
  };
  const opening = openSideBySide(MODEL, 'model "m"', { start, count, settings: { threads: 5 }, here });
  return { workers, here, opening };
}

async function opened(count = 2) {
  const all = begin(count);
  all.workers[0]!.open();
  return { ...all, session: await all.opening };
}

const one = (value: number): Record<string, Tensor> => ({ x: floats([1], [value]) });
const resultOf = async (running: Promise<Record<string, Tensor>>): Promise<number> =>
  ((await running)['y']!.data as Float32Array)[0]!;

describe('a session that does runs side by side', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is opened by one worker, and has others help where more is asked at once', async () => {
    const { workers, session, here } = await opened(5);
    expect(workers[0]!.asked).toEqual([
      { type: 'session', model: MODEL, name: 'model "m"', settings: { threads: 5 } },
    ]);
    expect([session.inputNames, session.outputNames, session.atOnce]).toEqual([['x'], ['y'], 5]);
    const first = resultOf(session.run(one(1)));
    expect(workers).toHaveLength(1);
    const others = [2, 3, 4].map((value) => resultOf(session.run(one(value))));
    expect(workers).toHaveLength(4);
    workers[1]!.open();
    workers[1]!.answer();
    workers[0]!.answer();
    workers[1]!.answer();
    workers[0]!.answer();
    expect(await Promise.all([first, ...others])).toEqual([1001, 1002, 1003, 1004]);
    expect(workers.map(({ values }) => values)).toEqual([[1, 4], [2, 3], [], []]);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(here).not.toHaveBeenCalled();
    await session.dispose();
    expect(workers.map(({ isEnded }) => isEnded)).toEqual([true, true, true, true]);
  });

  it('sends the rows of a view, and leaves their buffer to the caller', async () => {
    const { workers, session } = await opened();
    const all = Float32Array.of(1, 2, 3, 4);
    void session.run({ x: { dtype: 'float32', shape: [2], data: all.subarray(1, 3) } });
    const [, order] = workers[0]!.asked;
    const sent = (order as Extract<SessionOrder, { type: 'run' }>).feeds['x']!.data as Float32Array;
    expect([[...sent], sent.buffer.byteLength, sent.buffer === all.buffer]).toEqual([[2, 3], 8, false]);
  });

  it('has another worker do what a lost one was doing, and starts no more', async () => {
    const { workers, session, here } = await opened(3);
    const runs = [1, 2].map((value) => resultOf(session.run(one(value))));
    workers[1]!.open();
    workers[0]!.onerror!({ message: 'lost' });
    expect(workers[0]!.isEnded).toBe(true);
    runs.push(resultOf(session.run(one(3))));
    for (let turn = 0; turn < 3; turn++) workers[1]!.answer();
    expect(await Promise.all(runs)).toEqual([1001, 1002, 1003]);
    expect(workers.map(({ values }) => values)).toEqual([[1], [2, 1, 3]]);
    expect([workers.length, here.mock.calls.length]).toEqual([2, 0]);
  });

  it('does in this thread what every worker fails at, and throws what it throws', async () => {
    const { workers, session } = await opened();
    const [good, bad] = [resultOf(session.run(one(1))), session.run(one(-1))];
    const refused = expect(bad).rejects.toThrow(withMessage('below zero'));
    workers[1]!.open();
    workers[1]!.say({ type: 'failed' });
    workers[0]!.answer();
    expect(workers[0]!.values).toEqual([1, -1]);
    workers[0]!.say({ type: 'failed' });
    await vi.runAllTimersAsync();
    expect(await good).toBe(1001);
    await refused;
    expect(workers.map(({ isEnded }) => isEnded)).toEqual([true, true]);
    expect(await resultOf(session.run(one(7)))).toBe(1007);
  });

  it('goes on in this thread where the browser loses the worker as it starts, and with it if it comes late', async () => {
    const { workers, opening, here } = begin();
    await vi.advanceTimersByTimeAsync(29_999);
    expect(here).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    const session = await opening;
    expect(session.inputNames).toEqual(['x']);
    const first = resultOf(session.run(one(1)));
    await vi.runAllTimersAsync();
    expect(await first).toBe(1001);
    workers[0]!.open();
    const second = resultOf(session.run(one(2)));
    expect(workers[0]!.values).toEqual([2]);
    workers[0]!.answer();
    expect(await second).toBe(1002);
  });

  it('is opened in this thread where no worker can be started, and fails as that does', async () => {
    const here = vi.fn(async (): Promise<Session> => sessionHere());
    const start = (): never => {
      throw new Error('no workers here');
    };
    const options = { start, count: 2, settings: {}, here };
    const session = await openSideBySide(MODEL, 'model "m"', options);
    expect(await resultOf(session.run(one(1)))).toBe(1001);
    const broken = async (): Promise<Session> => {
      throw new Error('no library');
    };
    await expect(openSideBySide(MODEL, 'model "m"', { ...options, here: broken })).rejects.toThrow(
      withMessage('no library'),
    );
    const { workers, opening } = begin();
    workers[0]!.say({ type: 'ready' });
    workers[0]!.say({ type: 'failed' });
    expect(await resultOf((await opening).run(one(2)))).toBe(1002);
  });

  it('ends what is asked of it as it is disposed', async () => {
    const { workers, session } = await opened();
    const runs = [session.run(one(1)), session.run(one(2))];
    const ended = Promise.all(
      runs.map((run) =>
        expect(run).rejects.toThrow(
          withMessage(
            'model "m": expected a live session, received one that was disposed. Make a new session.',
          ),
        ),
      ),
    );
    await session.dispose();
    await session.dispose();
    await ended;
    await expect(session.run(one(3))).rejects.toMatchObject({ code: 'runtime' });
    expect(workers.map(({ isEnded }) => isEnded)).toEqual([true, true]);
  });
});

describe('a runtime that does runs side by side', () => {
  const GIB = 2 ** 30;
  const asked = (freeBytes: number, count: number, options = {}, model = MODEL) => {
    const start = vi.fn(() => new FakeWorker());
    const createSession = vi.fn(async (): Promise<Session> => sessionHere());
    const runtime = { createSession, freeBytes: () => freeBytes } as unknown as Runtime;
    void withSideBySide(runtime, { start, count, settings: {} }).createSession(model, 'm', {
      sideBySide: true,
      ...options,
    });
    return [start.mock.calls.length, createSession.mock.calls.length];
  };

  it('uses workers where many runs are wanted, and there are cores, threads and memory for more than one', () => {
    expect(asked(4 * GIB, 2)).toEqual([1, 0]);
    for (const alone of [
      asked(4 * GIB, 1),
      asked(4 * GIB, 2, { threads: 1 }),
      asked(4 * GIB, 2, { sideBySide: undefined }),
      asked(0.5 * GIB, 2),
      asked(4 * GIB, 2, {}, new Uint8Array(200e6)),
    ]) {
      expect(alone).toEqual([0, 1]);
    }
  });
});
