import { mobileNet } from '../../../src/vision/architectures/mobilenet.ts';
import fixture from './keras_mobilenet.json' with { type: 'json' };
import { describeNetwork } from './keras-network.ts';

const { networks } = fixture;

describeNetwork(
  'MobileNet 0.25',
  (options) => mobileNet({ ...options, alpha: 0.25 }),
  networks.mobilenet_025,
);
describeNetwork('MobileNet 0.5', (options) => mobileNet({ ...options, alpha: 0.5 }), networks.mobilenet_050);
describeNetwork(
  'MobileNet 0.75',
  (options) => mobileNet({ ...options, alpha: 0.75 }),
  networks.mobilenet_075,
);
describeNetwork('MobileNet 1.0', mobileNet, networks.mobilenet);
