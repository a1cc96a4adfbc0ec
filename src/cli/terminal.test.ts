import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { countOf, printJson, printOut, rateText, say, startProgress, styled, table } from './terminal.ts';

const SOURCE = fileURLToPath(new URL('..', import.meta.url));

/** What was written to a stream since. */
function captured(stream: NodeJS.WriteStream): () => string {
  let text = '';
  vi.spyOn(stream, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  return () => text;
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

it('counts one, none and many as people write them', () => {
  expect(countOf(1, 'epoch')).toBe('1 epoch');
  expect(countOf(0, 'image')).toBe('0 images');
  expect(countOf(11_500, 'image')).toBe('11,500 images');
});

describe('what is printed', () => {
  it('is text, whatever is in it', () => {
    const [out, err] = [captured(process.stdout), captured(process.stderr)];
    printOut('a\x1b]52;c;eA==\x07\nb\r\n');
    say('note \x1b[2J\u202e');
    printJson({ name: '\x1b\u009b\u202e' });
    expect(out()).toBe('a\\u001b]52;c;eA==\\u0007\nb\\r\n{"name":"\\u001b\\u009b\\u202e"}\n');
    expect(err()).toBe('note \\u001b[2J\\u202e\n');
  });

  it('has our own colors, and no others', () => {
    vi.stubEnv('FORCE_COLOR', '1');
    const err = captured(process.stderr);
    say(`${styled('bold', 'a\x1b[31m')} \x1b[1mb`);
    expect(err()).toBe('\x1b[1ma\\u001b[31m\x1b[22m \\u001b[1mb\n');
  });

  it('is one line a row of a table', () => {
    expect(table(['na\x1bme', 'n'], [['a\nb', 1]])).toBe('na\\u001bme  n\na\\nb        1');
  });

  it('goes through one module', () => {
    const direct = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .filter((name) =>
        /\b(process\.)?std(out|err)\.write|\bconsole\./.test(
          readFileSync(join(SOURCE, name), 'utf8').replace(/^\s*(\*|\/\/|\/\*).*$/gm, ''),
        ),
      );
    expect(direct).toEqual(['cli/terminal.ts']);
  });
});

describe('a rate', () => {
  it('has two digits where it is small, and never none', () => {
    expect([1234.5, 12.34, 9.94, 0.4, 0.0512].map(rateText)).toEqual(['1235', '12', '9.9', '0.4', '0.051']);
  });

  it('is not told of what was not done', () => {
    const err = captured(process.stderr);
    const progress = startProgress('features', 10, 'images');
    progress.stop();
    expect(err()).toBe('features: 0 images in 0.0 s\n');
  });
});
