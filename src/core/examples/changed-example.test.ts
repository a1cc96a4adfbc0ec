/** @file An example with another label keeps what it has as getters. */

import { expect, it } from 'vitest';
import { changedExample } from './changed-example.ts';

it('keeps getters, and the example as it was', () => {
  class Named {
    readonly label: number = 1;
    readonly number: number = 7;
    get file(): string {
      return `${this.number}.jpg`;
    }
  }
  const example = new Named();
  const changed = changedExample(example, { label: 0 });
  expect([changed.file, changed.label, changed.number]).toEqual(['7.jpg', 0, 7]);
  expect(example.label).toBe(1);
});
