/** @file Conversations become the text that the model's template says. */

import { describe, expect, it } from 'vitest';
import { loadCausalLm } from '../../node/text/load-causal-lm.ts';
import { findChatTemplate, renderChat } from './chat-template.ts';

/** That of SmolLM2, shortened. */
const TEMPLATE =
  "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

describe('a chat template', () => {
  it('writes messages, and where the model answers', async () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hello' },
    ];
    expect(await renderChat(TEMPLATE, messages, {})).toBe(
      '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n',
    );
  });

  it('may use the tokens that begin and end a text, in either form', async () => {
    const config = { bos_token: '<s>', eos_token: { content: '</s>' } };
    expect(
      await renderChat(
        '{{ bos_token }}{{ messages[0].content }}{{ eos_token }}',
        [{ role: 'user', content: 'a' }],
        config,
      ),
    ).toBe('<s>a</s>');
  });

  it('is found in a configuration, where there is one', () => {
    expect(findChatTemplate(undefined)).toBeUndefined();
    expect(findChatTemplate({ chat_template: 'a' })).toBe('a');
    const named = [
      { name: 'tool_use', template: 'a' },
      { name: 'default', template: 'b' },
    ];
    expect(findChatTemplate({ chat_template: named })).toBe('b');
    expect(findChatTemplate({ chat_template: [null, 3] })).toBeUndefined();
  });

  it('that refuses messages, or is none, says why', async () => {
    const refusal = "{{ raise_exception('Roles must alternate') }}";
    await expect(renderChat(refusal, [], {})).rejects.toThrow(
      'chat template: expected messages that it takes, received Roles must alternate. Give messages of the roles that ' +
        'the model knows, or go on with a text as it is (--raw).',
    );
    await expect(renderChat('{% for %}', [], {})).rejects.toThrow(
      /^chat template: expected messages that it takes/,
    );
  });
});

it('a model without one takes texts alone', async () => {
  const lm = await loadCausalLm('tests/golden/language/llama', { threads: 1 });
  await expect(lm.generate([{ role: 'user', content: 'Hello' }])).rejects.toThrow(
    'prompt: expected a text, as the model has no chat template, received 1 message. ' +
      'Give a text to go on with, or a model that was trained to chat.',
  );
});
