import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { canUpdateInPlace, printJson, printOut, say, styled } from './terminal.ts';

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

/** As a terminal of so many columns. */
function asTerminal(columns: number): void {
  vi.spyOn(process, 'stderr', 'get').mockReturnValue(
    Object.assign(Object.create(process.stderr), { isTTY: true, columns }),
  );
}

describe('a long line', () => {
  const text = 'note one two three four five six seven eight nine';

  it('goes on below its indent on a terminal, and loses nothing', () => {
    const err = captured(process.stderr);
    Object.defineProperties(process.stderr, {
      isTTY: { value: true, configurable: true },
      columns: { value: 20, configurable: true },
    });
    try {
      say(text, 5);
      say('short', 5);
      say('a'.repeat(25));
    } finally {
      for (const key of ['isTTY', 'columns']) delete (process.stderr as never)[key];
    }
    const lines = err().split('\n');
    expect(lines).toEqual([
      'note one two three',
      '     four five six',
      '     seven eight',
      '     nine',
      'short',
      'a'.repeat(20),
      'aaaaa',
      '',
    ]);
  });

  it('stays a line in a file', () => {
    const err = captured(process.stderr);
    say(text, 5);
    expect(err()).toBe(`${text}\n`);
  });
});

it.each([
  ['TERM', 'dumb'],
  ['CI', 'true'],
  ['CI', '1'],
  ['NO_COLOR', '1'],
])('changes no line in place where %s is %s', (name, value) => {
  asTerminal(80);
  for (const [key, usual] of Object.entries({ TERM: 'xterm', CI: '', NO_COLOR: '' })) {
    vi.stubEnv(key, usual);
  }
  expect(canUpdateInPlace()).toBe(true);
  vi.stubEnv(name, value);
  expect(canUpdateInPlace()).toBe(false);
});
