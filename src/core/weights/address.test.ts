import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { fileNameOf, parseAddress, shownAddress } from './address.ts';

describe('parseAddress', () => {
  it('takes the name and the password out, as a header', () => {
    const { url, authorization, shown } = parseAddress('https://ada:s%3Acr%C3%A9t@h.example/w.h5?v=2', 'x');
    expect(url.href).toBe('https://h.example/w.h5?v=2');
    expect(shown).toBe('https://h.example/w.h5?v=2');
    expect(authorization).toBe(`Basic ${Buffer.from('ada:s:crét').toString('base64')}`);
    expect(parseAddress('https://h.example/w.h5', 'x').authorization).toBeUndefined();
  });

  it('asks with the secrets of a query, and shows it without', () => {
    const { url, shown } = parseAddress('https://h.example/w.h5?X-Amz-Signature=abc&part=1', 'x');
    expect(url.search).toBe('?X-Amz-Signature=abc&part=1');
    expect(shown).toBe('https://h.example/w.h5?X-Amz-Signature=***&part=1');
  });

  it('reads a hash behind the address, and does not ask the server for it', () => {
    const hash = 'A1'.repeat(32);
    const { url, sha256, shown } = parseAddress(`https://h.example/w.h5#sha256=${hash}`, 'x');
    expect([url.href, sha256, shown]).toEqual([
      'https://h.example/w.h5',
      hash.toLowerCase(),
      `https://h.example/w.h5#sha256=${hash}`,
    ]);
    expect(() => parseAddress('https://h.example/w.h5#sha256=12', 'download')).toThrow(
      withMessage(
        'download: expected 64 hexadecimal digits behind #sha256=, received "12". Check the hash, or leave it out.',
      ),
    );
  });

  it('refuses what is no address, without the password in it', () => {
    expect(() => parseAddress('ftp://ada:secret@h.example/w.h5', 'download')).toThrow(
      withMessage(
        'download: expected an address that begins with https://, received "ftp://h.example/w.h5". Check the address.',
      ),
    );
    expect(() => parseAddress('https://ada:secret@h example/w.h5', 'download')).toThrow(
      withMessage(
        'download: expected an address that begins with https://, received "https://h example/w.h5". Check the address.',
      ),
    );
  });
});

describe('shownAddress', () => {
  it('leaves names and paths as they are', () => {
    for (const text of ['imagenet', './a@b.h5', 'C:\\w.h5', '', 'https://h.example/%E0%A4%A.h5?b=c d'])
      expect(shownAddress(text)).toBe(
        URL.canParse(text) && text.startsWith('http') ? new URL(text).href : text,
      );
  });
});

describe('fileNameOf', () => {
  it.each([
    ['https://h/a/w.h5', 'w.h5'],
    ['https://h/a/w%2Eh5?x=y.onnx', 'w.h5'],
    ['https://h/%E0%A4%A.h5', 'file'],
    ['https://h/', 'file'],
    ['https://h/a%2Fb.h5', 'file'],
    [`https://h/${'n'.repeat(300)}.onnx`, `${'n'.repeat(145)}.onnx`],
  ])('of %s is %s', (url, name) => {
    expect(fileNameOf(url)).toBe(name);
  });
});
