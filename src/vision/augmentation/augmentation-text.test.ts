import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { AUGMENTATION_PRESETS, augmentationSchema, NO_AUGMENTATION } from './augmentation-spec.ts';
import {
  AUGMENTATION_FORMS,
  describeAugmentation,
  formatAugmentation,
  parseAugmentation,
} from './augmentation-text.ts';

const ADVICE = 'Write it as "geometric", or "rotation:40,shift:0.2,flip".';

describe('parseAugmentation', () => {
  it('reads presets', () => {
    expect(parseAugmentation('none')).toEqual(NO_AUGMENTATION);
    expect(parseAugmentation('geometric')).toEqual({
      rotation: 40,
      widthShift: 0.2,
      heightShift: 0.2,
      shear: 0.2,
      zoom: [0.8, 1.2],
      horizontalFlip: true,
      verticalFlip: false,
      brightness: [1, 1],
      contrast: [1, 1],
      saturation: [1, 1],
      fill: 'nearest',
      fillValue: 0,
    });
  });

  it('reads changes, short words and ranges', () => {
    const text =
      'rotation:15, shift:0.1, flip, verticalFlip, zoom:0.7..1, contrast:0.5, fill:constant, fillValue:9';
    expect(parseAugmentation(text)).toEqual({
      ...NO_AUGMENTATION,
      rotation: 15,
      widthShift: 0.1,
      heightShift: 0.1,
      horizontalFlip: true,
      verticalFlip: true,
      zoom: [0.7, 1],
      contrast: [0.5, 1.5],
      fill: 'constant',
      fillValue: 9,
    });
  });

  it('reads a random resized crop and RandAugment, with what torchvision has where nothing is said', () => {
    expect(parseAugmentation('crop,randAugment')).toEqual({
      ...NO_AUGMENTATION,
      randomResizedCrop: { scale: [0.08, 1], ratio: [3 / 4, 4 / 3] },
      randAugment: { numOps: 2, magnitude: 9 },
    });
    expect(parseAugmentation('crop:0.5:1.25,randAugment:1')).toMatchObject({
      randomResizedCrop: { scale: [0.5, 1], ratio: [0.8, 1.25] },
      randAugment: { numOps: 1, magnitude: 9 },
    });
    const all = parseAugmentation('flip,randomResizedCrop:0.2..0.9:0.5..2,randAugment:3:12');
    expect(all).toMatchObject({
      randomResizedCrop: { scale: [0.2, 0.9], ratio: [0.5, 2] },
      randAugment: { numOps: 3, magnitude: 12 },
    });
    expect(formatAugmentation(all)).toBe('horizontalFlip,randomResizedCrop:0.2..0.9:0.5..2,randAugment:3:12');
    expect(parseAugmentation(formatAugmentation(all))).toEqual(all);
  });

  it('reads a preset with changes to it', () => {
    expect(parseAugmentation('geometric,rotation:0,fill:wrap')).toEqual({
      ...AUGMENTATION_PRESETS.geometric,
      rotation: 0,
      fill: 'wrap',
    });
  });

  it('names every change in the help', () => {
    expect(AUGMENTATION_FORMS).toEqual([
      'none',
      'geometric',
      'shift:SHARE',
      'flip',
      'crop:SCALE:RATIO',
      'rotation:DEGREES',
      'widthShift:SHARE',
      'heightShift:SHARE',
      'shear:DEGREES',
      'zoom:RANGE',
      'horizontalFlip',
      'verticalFlip',
      'brightness:RANGE',
      'contrast:RANGE',
      'saturation:RANGE',
      'fill:MODE',
      'fillValue:VALUE',
      'randomResizedCrop:SCALE:RATIO',
      'randAugment:OPS:MAGNITUDE',
    ]);
  });

  it.each([
    ['rotation:200', 'degrees from 0 to 180 after "rotation", received "rotation:200"'],
    ['rotation', 'degrees from 0 to 180 after "rotation", received nothing'],
    ['rotation:', 'degrees from 0 to 180 after "rotation", received "rotation:"'],
    ['rotation:1:2', 'degrees from 0 to 180 after "rotation", received "rotation:1:2"'],
    ['rotation:1..2', 'degrees from 0 to 180 after "rotation", received "rotation:1..2"'],
    ['shift:1.5', 'a fraction of the width from 0 to 1 after "shift", received "shift:1.5"'],
    ['shear:90', 'degrees from 0 to 89 after "shear", received "shear:90"'],
    [
      'zoom:0..1',
      'a number from 0 up to, not with, 1, or LOW..HIGH above 0 and up to 10 after "zoom", received "zoom:0..1"',
    ],
    [
      'brightness:2..1',
      'a number from 0 to 1, or LOW..HIGH from 0 to 10 after "brightness", received "brightness:2..1"',
    ],
    ['flip:yes', 'no value after "flip", received "flip:yes"'],
    ['fill:mirror', 'one of nearest, reflect, constant, wrap after "fill", received "fill:mirror"'],
    [
      'crop:0',
      'nothing, or the least fraction of the area or LOW..HIGH up to 1, and the largest ratio or LOW..HIGH up to 10, after "crop", received "crop:0"',
    ],
    [
      'crop:0.5:1:2',
      'nothing, or the least fraction of the area or LOW..HIGH up to 1, and the largest ratio or LOW..HIGH up to 10, after "crop", received "crop:0.5:1:2"',
    ],
    [
      'randAugment:2:31',
      'nothing, or how many operations, 1 to 14, and their magnitude, 0 to 30, after "randAugment", received "randAugment:2:31"',
    ],
    ['fillValue:1.5', 'a whole number from 0 to 255 after "fillValue", received "fillValue:1.5"'],
  ])('refuses %s', (text, complaint) => {
    expect(() => parseAugmentation(text)).toThrow(
      withMessage(`augmentation "${text}": expected ${complaint}. ${ADVICE}`),
    );
  });

  const words =
    'changes among shift, flip, crop, rotation, widthShift, heightShift, shear, zoom, horizontalFlip, verticalFlip, ' +
    'brightness, contrast, saturation, fill, fillValue, randomResizedCrop, randAugment';

  it('names the nearest word', () => {
    expect(() => parseAugmentation('flip,rotatoin:3')).toThrow(
      withMessage(
        `augmentation "flip,rotatoin:3": expected ${words}, received "rotatoin:3". ${ADVICE} Did you mean "rotation"?`,
      ),
    );
    expect(() => parseAugmentation('geometrc')).toThrow(
      withMessage(
        `augmentation "geometrc": expected a preset or ${words}, received "geometrc". ${ADVICE} Did you mean "geometric"?`,
      ),
    );
  });

  it('does not take a name that every object has for a change', () => {
    expect(() => parseAugmentation('constructor:1')).toThrow(
      withMessage(
        `augmentation "constructor:1": expected a preset or ${words}, received "constructor:1". ${ADVICE}`,
      ),
    );
  });
});

describe('describeAugmentation', () => {
  it('says what changes', () => {
    expect(describeAugmentation(NO_AUGMENTATION)).toBe('none');
    expect(describeAugmentation(parseAugmentation('fill:wrap'))).toBe('none');
    expect(describeAugmentation(AUGMENTATION_PRESETS.geometric)).toBe(
      'rotation up to 40 degrees, shift up to 20 % of the width, shift up to 20 % of the height, ' +
        'shear up to 0.2 degrees, zoom x 0.8 to 1.2, flip left to right, edges nearest',
    );
    const colors = 'verticalFlip,brightness:0.1,contrast:2..2,saturation:1,fill:constant,fillValue:7';
    expect(describeAugmentation(parseAugmentation(colors))).toBe(
      'flip upside down, brightness x 0.9 to 1.1, contrast x 2, saturation x 0 to 2, edges filled with 7',
    );
  });
});

describe('describeAugmentation, of a random resized crop and RandAugment', () => {
  it('says their ranges', () => {
    expect(describeAugmentation(parseAugmentation('crop,flip,randAugment:1:5'))).toBe(
      'a part of 8 % to 100 % of the area, ratio 0.75 to 1.33, flip left to right, ' +
        'RandAugment with 1 operation of magnitude 5, edges nearest',
    );
  });
});

describe('augmentationSchema', () => {
  it('fills in what is left out, and gives back what it gave', () => {
    const spec = augmentationSchema.parse({ rotation: 10, zoom: 0.5, fill: undefined });
    expect(spec).toEqual({ ...NO_AUGMENTATION, rotation: 10, zoom: [0.5, 1.5] });
    expect(augmentationSchema.parse(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
  });

  it('refuses unknown keys', () => {
    const result = augmentationSchema.safeParse({ rotation: 10, rotation_range: 40 });
    expect(result.error?.issues).toMatchObject([{ code: 'unrecognized_keys', keys: ['rotation_range'] }]);
  });
});
