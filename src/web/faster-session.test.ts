import { describe, expect, it, vi } from 'vitest';
import type { Session } from '../core/runtime/session.ts';
import { tensor } from '../core/tensor/tensor.ts';
import { FasterSession, type ProcessorChoice } from './faster-session.ts';

/** A processor that answers the same every time, and moves the clock by what it takes. */
class FakeSession implements Session {
  readonly inputNames: readonly string[] = ['x'];
  readonly outputNames: readonly string[] = ['y'];
  runs = 0;
  atOnce = 0;
  isDisposed = false;
  failure: Error | undefined;
  readonly #answer: readonly number[];
  readonly #take: () => void;

  constructor(answer: readonly number[], take: () => void) {
    this.#answer = answer;
    this.#take = take;
  }

  async run() {
    if (this.failure !== undefined) throw this.failure;
    this.runs++;
    expect(++this.atOnce).toBe(1);
    await Promise.resolve();
    this.#take();
    this.atOnce--;
    return { y: tensor('float32', [this.#answer.length], Float32Array.from(this.#answer)) };
  }

  async dispose() {
    this.isDisposed = true;
  }
}

const FEEDS = { x: tensor('float32', [1], Float32Array.of(1)) };

function made({ card = [1, 10], cardMs = 1 }: { card?: readonly number[]; cardMs?: number } = {}) {
  let time = 0;
  const own = new FakeSession([1, 10], () => {
    time += 5;
  });
  const other = new FakeSession(card, () => {
    time += cardMs;
  });
  const choices: ProcessorChoice[] = [];
  const openOther = vi.fn(async (): Promise<Session> => other);
  const session = new FasterSession(own, {
    openOther,
    onChoice: (choice) => choices.push(choice),
    now: () => time,
  });
  return { own, other, choices, openOther, session };
}

async function answer(session: Session): Promise<number[]> {
  const { y } = await session.run(FEEDS);
  return [...y!.data].map(Number);
}

describe('FasterSession', () => {
  it('answers by the graphics card once that has proved faster and equal, and not before', async () => {
    const { own, other, choices, session } = made({ card: [1.0005, 10.005] });
    expect(await answer(session)).toEqual([1, 10]);
    await vi.waitFor(() => expect(choices).toHaveLength(1));
    expect(choices).toEqual([{ processor: 'webgpu', reason: 'WebGPU takes 1.0 ms, WebAssembly 5.0 ms' }]);
    const runs = own.runs;
    const answers = await Promise.all([answer(session), answer(session)]);
    expect(answers.flat()).toBeAllClose([1.0005, 10.005, 1.0005, 10.005], { atol: 1e-5, rtol: 0 });
    expect(own.runs).toBe(runs);
    await session.dispose();
    expect([own.isDisposed, other.isDisposed]).toEqual([true, true]);
  });

  it.each([
    ['is slower', { cardMs: 6 }, 'WebGPU takes 6.0 ms, WebAssembly 5.0 ms'],
    ['is as fast', { cardMs: 5 }, 'WebGPU takes 5.0 ms, WebAssembly 5.0 ms'],
    [
      'is off by more than 1e-3 of the largest number',
      { card: [1, 10.02] },
      /^WebGPU's answers are 0.00\d+ apart$/,
    ],
    ['gives no numbers', { card: [Number.NaN, 10] }, "WebGPU's answers are NaN apart"],
  ])('answers as before by the processor where the card %s', async (_, card, reason) => {
    const { other, choices, session, openOther } = made(card);
    await answer(session);
    await vi.waitFor(() => expect(choices).toHaveLength(1));
    expect(choices[0]).toEqual({ processor: 'wasm', reason: expect.stringMatching(reason) as string });
    expect(other.isDisposed).toBe(true);
    expect(await answer(session)).toEqual([1, 10]);
    expect(openOther).toHaveBeenCalledOnce();
  });

  it('tells why there is no graphics card, and tries once', async () => {
    const { choices, session, openOther } = made();
    openOther.mockRejectedValue(new Error('none'));
    await answer(session);
    await vi.waitFor(() => expect(choices).toEqual([{ processor: 'wasm', reason: 'no WebGPU: none' }]));
    expect(await answer(session)).toEqual([1, 10]);
    expect(openOther).toHaveBeenCalledOnce();
  });

  it('goes back to the processor when the card is taken away, with the answer that was asked for', async () => {
    const { own, other, choices, session } = made({ card: [1, 10.001] });
    await answer(session);
    await vi.waitFor(() => expect(choices).toHaveLength(1));
    other.failure = new Error('device lost');
    expect(await answer(session)).toEqual([1, 10]);
    expect(choices[1]).toEqual({ processor: 'wasm', reason: 'WebGPU failed: device lost' });
    expect(other.isDisposed).toBe(true);
    expect(await answer(session)).toEqual([1, 10]);
    expect(own.isDisposed).toBe(false);
  });

  it('leaves nothing open when it is disposed of while it measures', async () => {
    const { own, other, choices, session } = made();
    await answer(session);
    await session.dispose();
    expect([own.isDisposed, other.isDisposed, choices]).toEqual([true, true, []]);
  });
});
