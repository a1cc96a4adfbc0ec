import { expect, it } from 'vitest';
import { mapPaths } from './recipe-paths.ts';

it('a model of the hub is no path, beside a file that is one', () => {
  const { backbone } = mapPaths(
    { backbone: 'hf:timm/resnet18.a1_in1k,nets/b.pth', weights: null, validation: null },
    () => 'a file',
  );
  expect(backbone).toBe('hf:timm/resnet18.a1_in1k,a file');
});
