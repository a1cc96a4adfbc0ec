/** @file Templates that were made to hang or to fill the memory are refused in time. */

import { describe, expect, it } from 'vitest';
import { renderChat } from './chat-template.ts';

describe('a hostile chat template', () => {
  const refusal = (received: string): string =>
    `chat template: expected one that soon comes to a text, received ${received}. Whoever made the model made it so: ` +
    'go on with a text as it is (--raw), or take another model.';

  it.each([
    [
      'that does not end',
      '{% for i in range(30000) %}{% for j in range(30000) %}{% endfor %}{% endfor %}',
      'more than 2 s of processor time',
    ],
    [
      'whose text is too long',
      "{% set ns = namespace(s='0123456789abcdef') %}{% for i in range(21) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}",
      'more than 16,777,216 characters',
    ],
  ])('%s is refused', { timeout: 60_000 }, async (_, template, received) => {
    await expect(renderChat(template, [], {})).rejects.toThrow(refusal(received));
  });

  it('that fills the memory is refused, by one limit or the other', { timeout: 60_000 }, async () => {
    const template =
      '{% set ns = namespace(all=[1, 2]) %}{% for i in range(60) %}{% set ns.all = ns.all + ns.all %}{% endfor %}';
    await expect(renderChat(template, [], {})).rejects.toThrow(
      /received more than (256 MB of memory|2 s of processor time)\. Whoever made/,
    );
  });
});
