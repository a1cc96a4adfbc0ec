/** @file Training and prediction in WebKit: the numbers of Node, to the byte, where both run onnxruntime-web. */

import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Classifier } from '../../src/node/artifacts/classifier.ts';
import { needs } from '../support/needs.ts';
import type { PageServer } from './browser-server.ts';
import type { PageTrained, PageTraining, TrainingFunctions } from './training-page.ts';
import { CLASSES, RECIPES, startTrainingServer } from './training-server.ts';
import { trainInNode, wasmInNode } from './wasm-in-node.ts';
import { WebKit } from './webkit-browser.ts';

/** Of a browser with threads as Safari has them, and of WebKitGTK, which has none. */
const KINDS = ['threads', 'none'] as const;
type Kind = (typeof KINDS)[number];

describe('training in WebKit', needs.webkit, () => {
  let folder: string;
  let server: PageServer;
  let images: Readonly<Record<string, readonly string[]>>;
  const browsers = new Map<Kind, WebKit>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'graft-webkit-'));
    ({ server, images } = await startTrainingServer(folder));
    for (const kind of KINDS) browsers.set(kind, await WebKit.launch({ sharesMemory: kind === 'threads' }));
  });
  afterAll(async () => {
    for (const webkit of browsers.values()) await webkit.close();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(RECIPES)(
    'with a %s head gives the file of Node to the byte, with and without a worker and threads',
    async (name, recipe) => {
      const model = join(folder, `${name}.onnx`);
      const byNode = await trainInNode(join(folder, 'data'), { recipe, runtime: await wasmInNode(), model });
      const expected = sha256(await readFile(model));
      for (const [kind, worker] of [
        ['threads', 'worker'],
        ['none', 'worker'],
        ['none', false],
      ] as const) {
        const webkit = await open(kind);
        expect(await webkit.evaluate('[crossOriginIsolated, typeof SharedArrayBuffer]')).toEqual([
          true,
          kind === 'threads' ? 'function' : 'undefined',
        ]);
        const said = await trainInPage(webkit, {
          images,
          recipe: { ...recipe },
          worker,
          model: `${name}-${kind}-${worker}.onnx`,
        });
        expect([said.classNames, said.accuracy, said.loss]).toEqual([
          CLASSES,
          byNode.validation.accuracy,
          byNode.validation.loss,
        ]);
        expect(said.notes.filter((note) => note.includes('threads'))).toEqual([]);
        expect([kind, worker, sha256(server.files.get(`${name}-${kind}-${worker}.onnx`)!)]).toEqual([
          kind,
          worker,
          expected,
        ]);
      }
    },
  );

  it('computes features again where the browser keeps no files, and has nothing to clear', async () => {
    const webkit = await open('none');
    expect(await webkit.evaluate('typeof navigator.storage')).toBe('undefined');
    const [, recipe] = RECIPES[0]!;
    const request: PageTraining = { images, recipe: { ...recipe }, worker: 'worker', model: 'again.onnx' };
    for (let time = 0; time < 2; time++) {
      const said = await trainInPage(webkit, request);
      expect([said.computed, said.cached]).toEqual([36, 0]);
    }
    expect(
      await webkit.evaluate(() => (globalThis as never as { graft: TrainingFunctions }).graft.clear()),
    ).toBe(0);
  });

  it('finds probabilities within 1e-5 of the native library, from files', async () => {
    const [name, recipe] = RECIPES[0]!;
    const model = join(folder, `${name}.onnx`);
    await trainInNode(join(folder, 'data'), { recipe, runtime: await wasmInNode(), model });
    server.files.set('model.onnx', await readFile(model));
    const native = await Classifier.open(model);
    const predictions = await native.predict(
      CLASSES.flatMap((motif) => images[motif]!.map((file) => join(folder, 'data', motif, file))),
    );
    await native.dispose();
    const rows = await (await open('none')).evaluate(
      (files) => (globalThis as never as { graft: TrainingFunctions }).graft.predict('model.onnx', files),
      CLASSES.flatMap((motif) => images[motif]!),
    );
    const expected = predictions.flatMap(({ probabilities }) => CLASSES.map((each) => probabilities[each]!));
    expect(rows.flat()).toBeAllClose(expected, { atol: 1e-5, rtol: 0 });
  });

  async function open(kind: Kind): Promise<WebKit> {
    const webkit = browsers.get(kind)!;
    await webkit.goto(server.addresses.isolated);
    await webkit.holds("'graft' in globalThis");
    return webkit;
  }

  function trainInPage(webkit: WebKit, request: PageTraining): Promise<PageTrained> {
    return webkit.evaluate(
      (what) => (globalThis as never as { graft: TrainingFunctions }).graft.train(what),
      request,
    );
  }
});

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
