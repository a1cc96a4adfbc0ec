/**
 * @file A model of the real Keras with a layer of one's own comes with its class, and goes back: custom_layer.keras and .json
 * are from tools/oracle/custom_layer.py. The way back needs the interpreter that GRAFT_ORACLE_PYTHON names.
 */

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exportFunctional } from '../../../src/node/export/export-functional.ts';
import { modelGraph } from '../../../src/core/layers/lower-model.ts';
import { loadModel } from '../../../src/node/backbones/load-model.ts';
import { evaluateGraph } from '../../../src/core/runtime/create-session.ts';
import { floats } from '../../../src/core/tensor/tensor.ts';
import { Antirectifier } from '../../support/custom-classes.ts';
import { needs } from '../../support/needs.ts';
import type { Tolerance } from '../../support/matchers.ts';

const PATH = 'tests/golden/weights/custom_layer.keras';
const fixture = JSON.parse(readFileSync(new URL('custom_layer.json', import.meta.url), 'utf8')) as {
  readonly tolerance: Tolerance;
  readonly output: readonly number[];
};
const expected = floats([3, 2], fixture.output);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graft-custom-'));
});
afterAll(() => rm(folder, { recursive: true }));

const load = () => loadModel(PATH, { customLayers: [Antirectifier] });

it('predicts as in Keras', async () => {
  const model = await load();
  expect(model.getLayer('own').getConfig()).toMatchObject({ epsilon: 0.01 });
  expect(model.getLayer('own').applications).toHaveLength(2);
  const x = floats([3, 6], Float32Array.from({ length: 18 }, (_, i) => Math.sin(i)));
  const { end } = await evaluateGraph(modelGraph(model), { x });
  expect(end).toBeAllClose(expected, fixture.tolerance);
});

it('is read by Keras, with its class among the custom objects', needs.keras, async () => {
  const out = join(folder, 'again.keras');
  await exportFunctional(await load(), { format: 'keras', out });
  const python = process.env['GRAFT_ORACLE_PYTHON']!;
  const { stdout } = await promisify(execFile)(python, ['tools/oracle/custom_layer.py', out]);
  const first = floats([2], JSON.parse(stdout.trim().split('\n').at(-1)!) as number[]);
  expect(first).toBeAllClose(floats([2], fixture.output.slice(0, 2)), fixture.tolerance);
});
