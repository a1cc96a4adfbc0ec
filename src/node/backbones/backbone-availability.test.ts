import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../tests/support/image-folder.ts';
import { findPretrainedConfig, pretrainedConfigs } from '../../vision/pretrained/pretrained-configs.ts';
import { pretrainedWeightsPath } from '../download/pretrained-weights.ts';
import { isBackboneAvailable } from './backbone-availability.ts';

describe('backbone pretrained configs', () => {
  it('say whether the weights are at hand', async () => {
    const surroundings = { env: { GRAFT_HOME: await temporaryFolder() } };
    const available = () =>
      pretrainedConfigs
        .filter((pretrainedConfig) => isBackboneAvailable(pretrainedConfig, surroundings))
        .map(({ id }) => id);
    expect(available()).toEqual(['mobilenet_v2_openimages']);
    const path = pretrainedWeightsPath(
      findPretrainedConfig('vgg16').weights as { url: string },
      surroundings,
    );
    await mkdir(join(path, '..'));
    await writeFile(path, 'weights');
    expect(available()).toEqual(['mobilenet_v2_openimages', 'vgg16']);
  });
});
