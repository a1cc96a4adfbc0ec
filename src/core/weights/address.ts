/** @file Addresses of files: what of them is asked for, what proves who asks, and what may be shown to people. */

import { baseName } from '../errors/base-name.ts';
import { GraftError } from '../errors/graft-error.ts';

/** An address, taken apart. */
export interface FileAddress {
  /** Without user name, password and fragment: what the server is asked for. */
  readonly url: URL;
  /** The header that carries the user name and the password, if the address has them. */
  readonly authorization: string | undefined;
  /** As people may see it and files may keep it. */
  readonly shown: string;
  /** From the fragment `#sha256=...`, as pip has it: the hash of the file, in lower-case hexadecimal digits. */
  readonly sha256: string | undefined;
}

/** Values of a query that prove who asks, as in addresses that a cloud signed for one person. */
const SECRET_NAME =
  /^(?:x-(?:amz|goog|ms)-.*|sig|signature|.*token|.*secret|password|api[-_]?key|awsaccesskeyid)$/i;

/** How long a name of a file may become; file systems allow 255 bytes, and more is put before and behind it. */
const MAX_NAME_LENGTH = 150;

/**
 * Takes an address apart.
 *
 * @param where - For the message: `download`.
 * @throws {GraftError} `argument`, if it is no address of http or https, or its fragment is no SHA-256.
 */
export function parseAddress(text: string, where: string, advice = 'Check the address.'): FileAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw new GraftError('argument', {
      where,
      expected: 'an address that begins with https://',
      received: `"${shownAddress(text)}"`,
      advice,
    });
  }
  const { username, password } = url;
  const sha256 = computeHash(url, where);
  const bare = withoutSecrets(url, { keepsQuery: true });
  return {
    url: bare,
    authorization: username === '' && password === '' ? undefined : basic(username, password),
    shown: withoutSecrets(url).href,
    sha256,
  };
}

/** The address of a folder with copies of files. @throws {GraftError} `argument`, if it is none. */
export function parseMirror(text: string): FileAddress {
  return parseAddress(text, 'mirror', 'Give the address of the folder with the files.');
}

/**
 * An address as people may see it and as files may keep it: without user name and password, and without the values of a
 * query that are secrets (signatures, tokens). Anything that is no address comes back as it is.
 */
export function shownAddress(text: string): string {
  if (!/^[a-z][a-z\d+.-]*:\/\//i.test(text)) return text;
  if (URL.canParse(text)) return withoutSecrets(new URL(text)).href;
  // Not even an address, yet it may hold a password.
  return text.replace(/\/\/[^/?#]*@/, '//');
}

/** The file name that an address ends in; `file` if that would be no plain name. */
export function fileNameOf(url: string): string {
  const name = decoded(baseName(new URL(url).pathname));
  return /^[\w.+-]+$/.test(name) && !/^\.+$/.test(name) ? name.slice(-MAX_NAME_LENGTH) : 'file';
}

/** The address of a file in the folder that `folder` is the address of. */
export function addressInFolder(folder: FileAddress, name: string): FileAddress {
  const at = (base: string): URL => {
    const url = new URL(base);
    if (!url.pathname.endsWith('/')) url.pathname += '/';
    return new URL(encodeURIComponent(name), url);
  };
  return { ...folder, url: at(folder.url.href), shown: at(folder.shown).href };
}

function withoutSecrets(from: URL, { keepsQuery = false } = {}): URL {
  const url = new URL(from);
  url.username = '';
  url.password = '';
  if (keepsQuery) url.hash = '';
  else {
    for (const name of new Set(url.searchParams.keys())) {
      if (SECRET_NAME.test(name)) url.searchParams.set(name, '***');
    }
  }
  return url;
}

function computeHash({ hash }: URL, where: string): string | undefined {
  const [, given] = /^#sha256=(.*)$/i.exec(hash) ?? [];
  if (given === undefined) return undefined;
  if (/^[\da-f]{64}$/i.test(given)) return given.toLowerCase();
  throw new GraftError('argument', {
    where,
    expected: '64 hexadecimal digits behind #sha256=',
    received: `"${given}"`,
    advice: 'Check the hash, or leave it out.',
  });
}

/** What a browser sends: the characters in UTF-8, as RFC 7617 has it. */
function basic(username: string, password: string): string {
  const bytes = new TextEncoder().encode(`${decoded(username)}:${decoded(password)}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

/** With %41 as the letter; as it stands where that is not UTF-8. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
