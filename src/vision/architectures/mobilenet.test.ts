import { expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { mobileNet } from './mobilenet.ts';

it('refuses a width that leaves no channels', () => {
  expect(() => mobileNet({ inputShape: [64, 64, 3], alpha: 0.03 })).toThrow(
    withMessage('mobilenet: expected alpha of at least 1/32, received 0.03. Use one of 0.25, 0.5, 0.75, 1.'),
  );
});

it('takes a name, and otherwise has the one of Keras', () => {
  expect(mobileNet({ inputShape: [64, 96, 3], alpha: 0.5 }).name).toBe('mobilenet_0.50_64');
  expect(mobileNet({ inputShape: [64, 96, 3], name: 'base' }).name).toBe('base');
});
