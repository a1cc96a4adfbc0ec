import { inceptionResNetV2 } from '../../../src/vision/architectures/inception-resnet-v2.ts';
import fixture from './keras_inception_resnet_v2.json' with { type: 'json' };
import { describeNetwork } from './keras-network.ts';

describeNetwork('InceptionResNetV2', inceptionResNetV2, fixture.networks.inception_resnet_v2);
