import { resNet50V2, resNet101V2, resNet152V2 } from '../../../src/vision/architectures/resnet-v2.ts';
import fixture from './keras_resnet_v2.json' with { type: 'json' };
import { describeNetwork } from './keras-network.ts';

describeNetwork('ResNet50V2', resNet50V2, fixture.networks.resnet50v2);
describeNetwork('ResNet101V2', resNet101V2, fixture.networks.resnet101v2);
describeNetwork('ResNet152V2', resNet152V2, fixture.networks.resnet152v2);
