/** @file What many examples leave behind does not lie beside the network. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runtime } from '../node/runtime/runtime.ts';
import { train } from './train.ts';

/** Less than the default network takes. */
const NETWORK_BYTES = 2e7;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graft-many-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function happening(count: number): Promise<string[]> {
  const table = join(folder, `${count}.csv`);
  const rows = Array.from(
    { length: count },
    (_, index) => `${index % 2 ? 'good' : 'bad'} ${index},${index % 2}`,
  );
  await writeFile(table, ['text,label', ...rows].join('\n'));
  const happened: string[] = [];
  const { createSession, collectGarbage } = runtime;
  const create = vi.spyOn(runtime, 'createSession').mockImplementation((model, ...others) => {
    if (model.length > NETWORK_BYTES) happened.push('network');
    return createSession(model, ...others);
  });
  const collect = vi.spyOn(runtime as Required<typeof runtime>, 'collectGarbage').mockImplementation(() => {
    happened.push('collection');
    return collectGarbage!();
  });
  await train(table, {
    recipe: { epochs: 1 },
    out: join(folder, `run-${count}`),
    cache: false,
    report: false,
  });
  create.mockRestore();
  collect.mockRestore();
  return happened;
}

it('is collected before a network is loaded, where examples are many', async () => {
  expect(new Set(await happening(100))).toEqual(new Set(['network']));
  const many = await happening(2500);
  expect(many).toContain('network');
  many.forEach((each, index) => {
    if (each === 'network') expect(many[index - 1]).toBe('collection');
  });
});

it('is joined by no second copy of the weights, which a session has: the model is the same, also where there is no room for them', async () => {
  const table = join(folder, 'many.csv');
  // Features of equal texts are computed once.
  const rows = Array.from(
    { length: 40_000 },
    (_, index) => `${index % 2 ? 'good' : 'bad'} ${index % 50},${index % 2}`,
  );
  await writeFile(table, ['text,label', ...rows].join('\n'));
  const store = vi.spyOn(runtime as Required<typeof runtime>, 'storeNumbers');
  const trained = async (name: string) => {
    store.mockClear();
    vi.stubEnv('GRAFT_HOME', join(folder, `${name}-home`));
    await train(table, { recipe: { epochs: 1 }, out: join(folder, name), report: false });
    vi.unstubAllEnvs();
    return readFile(join(folder, name, 'model.onnx'));
  };
  const kept = await trained('kept');
  expect(store.mock.results).toHaveLength(1);
  const moved = store.mock.calls[0]![0].reduce((sum, numbers) => sum + numbers.byteLength, 0);
  expect(moved).toBeGreaterThan(NETWORK_BYTES);
  store.mockReturnValue(undefined);
  const full = await trained('full');
  expect(store).toHaveBeenCalledOnce();
  expect(kept.equals(full)).toBe(true);
  store.mockRestore();
});
