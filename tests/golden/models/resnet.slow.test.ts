import { resNet50, resNet101, resNet152 } from '../../../src/vision/architectures/resnet.ts';
import fixture from './keras_resnet.json' with { type: 'json' };
import { describeNetwork } from './keras-network.ts';

describeNetwork('ResNet50', resNet50, fixture.networks.resnet50);
describeNetwork('ResNet101', resNet101, fixture.networks.resnet101);
describeNetwork('ResNet152', resNet152, fixture.networks.resnet152);
