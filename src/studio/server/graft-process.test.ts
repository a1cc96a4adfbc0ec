import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { NODE_FLAGS, NODE_VARIABLES } from './graft-process.ts';

it('starts Node as the first line of the command does', async () => {
  const source = await readFile(new URL('../../cli/main.ts', import.meta.url), 'utf8');
  const variables = Object.entries(NODE_VARIABLES).map(([name, value]) => `${name}=${value}`);
  expect(source.split('\n')[0]).toBe(['#!/usr/bin/env -S', ...variables, 'node', ...NODE_FLAGS].join(' '));
});
