import { denseNet121, denseNet169, denseNet201 } from '../../../src/vision/architectures/densenet.ts';
import fixture from './keras_densenet.json' with { type: 'json' };
import { describeNetwork } from './keras-network.ts';

describeNetwork('DenseNet121', denseNet121, fixture.networks.densenet121);
describeNetwork('DenseNet169', denseNet169, fixture.networks.densenet169);
describeNetwork('DenseNet201', denseNet201, fixture.networks.densenet201);
