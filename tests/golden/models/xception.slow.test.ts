import { xception } from '../../../src/vision/architectures/xception.ts';
import fixture from './keras_xception.json' with { type: 'json' };
import { describeNetwork } from './keras-network.ts';

describeNetwork('Xception', xception, fixture.networks.xception);
