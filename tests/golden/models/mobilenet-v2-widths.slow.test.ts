import { kerasConfigs } from '../../../src/vision/pretrained/pretrained-configs.ts';
import fixture from './keras_mobilenet_v2_widths.json' with { type: 'json' };
import { describeNetwork, type NetworkFixture } from './keras-network.ts';

const networks: Readonly<Record<string, NetworkFixture>> = fixture.networks;

for (const { id, title, build } of kerasConfigs.filter(({ architecture }) => architecture === 'mobilenet_v2')) {
  describeNetwork(title, build, networks[id]!);
}
