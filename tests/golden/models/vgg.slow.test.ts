import { vgg16, vgg19 } from '../../../src/vision/architectures/vgg.ts';
import fixture from './keras_vgg.json' with { type: 'json' };
import { describeNetwork } from './keras-network.ts';

describeNetwork('VGG16', vgg16, fixture.networks.vgg16);
describeNetwork('VGG19', vgg19, fixture.networks.vgg19);
