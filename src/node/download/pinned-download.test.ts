import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileServer, type Respond, status } from '../../../tests/support/file-server.ts';
import { temporaryFolder } from '../../../tests/support/image-folder.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { GraftError } from '../../core/errors/graft-error.ts';
import { type DownloadOptions, downloadFile } from './download.ts';
import { checkFetched, readFetched } from './fetched-file.ts';

const FIRST = Buffer.from('the first weights');
const SECOND = Buffer.from('and other ones');
const computeHash = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

/** A server, and a call that fetches its file to one place. */
async function setUp(...script: Respond[]) {
  const server = await fileServer(FIRST, ...script);
  const destination = join(await temporaryFolder(), 'w.h5');
  const url = `${server.origin}/w.h5`;
  const notes: string[] = [];
  const fetchIt = (options: DownloadOptions = {}, asksForTrust = false): Promise<string> =>
    downloadFile(
      { url, destination, asksForTrust },
      { pauseMs: 1, onNote: (note) => notes.push(note), ...options },
    );
  return { server, destination, url, notes, fetchIt };
}

/** A reader that takes nothing but what begins with `the`, as readers of weights say it. */
async function read(path: string): Promise<string> {
  const text = await readFile(path, 'utf8');
  if (text.startsWith('the')) return text;
  throw new GraftError('weights', {
    where: `weights "${basename(path)}"`,
    expected: 'weights',
    received: 'a damaged file',
    advice: 'Fetch it again.',
  });
}

describe('a download that no published hash vouches for', () => {
  it('is said to be unverified once, and fetched once', async () => {
    const { server, url, notes, fetchIt } = await setUp();
    await fetchIt();
    expect(notes).toEqual([
      `"${url}" is unverified: no hash is published for it. Its SHA-256, ${computeHash(FIRST)}, is kept, and checked from now on.`,
    ]);
    await fetchIt();
    expect(notes).toHaveLength(1);
    expect(server.requests).toHaveLength(1);
  });

  it('needs trust where that is asked for, once', async () => {
    const { server, url, destination, fetchIt } = await setUp();
    await expect(fetchIt({}, true)).rejects.toThrow(
      withMessage(
        `download "${url}": expected a published hash to check the file by, received none. Its publisher states none, so nothing was fetched. --trust (trust: true) takes it unverified from ${new URL(url).host}; its hash is kept, and checked from then on.`,
      ),
    );
    expect(server.requests).toHaveLength(0);
    await fetchIt({ trust: true }, true);
    await read(await fetchIt({}, true));
    expect(server.requests).toHaveLength(1);
    // The hash outlives the file: it may be fetched again unasked, as long as it is the same.
    await readFetched(destination, read);
    await rm(destination);
    await fetchIt({}, true);
    expect(await readFile(destination)).toEqual(FIRST);
  });

  it('has to be the same for ever, once it was read', async () => {
    const { server, url, destination, notes, fetchIt } = await setUp();
    await readFetched(await fetchIt(), read);
    await rm(destination);
    server.content = SECOND;
    await expect(fetchIt({ trust: true })).rejects.toThrow(
      withMessage(
        `download "${url}": expected a file with the SHA-256 of the first time, ${computeHash(FIRST)}, received one with ${computeHash(SECOND)}. It was removed: it is damaged, or its publisher has changed it. To accept the new one, pass --refetch --trust (refetch: true, trust: true).`,
      ),
    );
    expect(existsSync(destination)).toBe(false);
    await expect(fetchIt({ refetch: true })).rejects.toMatchObject({ code: 'download' });
    await fetchIt({ refetch: true, trust: true });
    expect(await readFile(destination)).toEqual(SECOND);
    expect(notes.at(-1)).toContain(computeHash(SECOND));
  });

  it('is checked again whenever it is used, and fetched again where it changed on the disk', async () => {
    const { server, destination, notes, fetchIt } = await setUp();
    await readFetched(await fetchIt(), read);
    await writeFile(destination, 'the first weightz');
    await fetchIt();
    expect(await readFile(destination)).toEqual(FIRST);
    expect(await readFile(`${destination}.set-aside`, 'utf8')).toBe('the first weightz');
    expect(notes.at(-1)).toBe(
      `"${destination}" is not the file that it should be. It is "w.h5.set-aside" now, and fetched again.`,
    );
    expect(server.requests).toHaveLength(2);
  });

  it('needs a length, or trust', async () => {
    const untold: Respond = (_, response, content) => void response.writeHead(200).end(content);
    const { destination, url, fetchIt } = await setUp(untold);
    await expect(fetchIt()).rejects.toThrow(
      withMessage(
        `download "${url}": expected an answer that tells the length of the file, because no hash is known, received one that does not. A file that is cut on the way could not be told from a whole one: put its hash behind the address (#sha256=...), or accept it as it comes with --trust (trust: true).`,
      ),
    );
    expect(existsSync(destination)).toBe(false);
    await fetchIt({ trust: true });
    expect(await readFile(destination)).toEqual(FIRST);
  });

  it('does not take unasked what somebody put in its place, and never removes it', async () => {
    const { server, destination, fetchIt } = await setUp();
    await writeFile(destination, SECOND);
    await expect(fetchIt({}, true)).rejects.toThrow(
      withMessage(
        `file "${destination}": expected a published hash to check it by, received none. Its publisher states none. To use this file as it is, pass --trust (trust: true) once: its hash is kept, and checked from then on.`,
      ),
    );
    await fetchIt({ trust: true }, true);
    await fetchIt({}, true);
    await expect(readFetched(destination, read)).rejects.toThrow(
      withMessage(
        `weights "w.h5": expected weights, received a damaged file. Fetch it again. The file is "${destination}"; --refetch fetches it again.`,
      ),
    );
    expect(await readFile(destination)).toEqual(SECOND);
    expect(server.requests).toHaveLength(0);
  });
});

describe('readFetched', () => {
  it('removes what was fetched and never could be read, so that the next run fetches it again', async () => {
    const { server, destination, url, fetchIt } = await setUp();
    server.content = Buffer.from('<h1>Log in</h1>');
    await fetchIt();
    await expect(readFetched(destination, read)).rejects.toThrow(
      withMessage(
        `weights "w.h5": expected weights, received a damaged file. Fetch it again. It came from "${url}" and was removed from "${destination}": the next run fetches it again.`,
      ),
    );
    expect(existsSync(destination)).toBe(false);
    server.content = FIRST;
    expect(await readFetched(await fetchIt(), read)).toBe('the first weights');
  });

  it('removes nothing for want of memory, or where the file could be read before', async () => {
    const { destination, fetchIt } = await setUp();
    await fetchIt();
    const noMemory = new GraftError('memory', { where: 'w', expected: 'a', received: 'b', advice: 'c.' });
    await expect(readFetched(destination, () => Promise.reject(noMemory))).rejects.toBe(noMemory);
    await readFetched(destination, read);
    await expect(readFetched(destination, () => read('package.json'))).rejects.toThrow(
      withMessage(
        `weights "package.json": expected weights, received a damaged file. Fetch it again. The file is "${destination}"; --refetch fetches it again.`,
      ),
    );
    expect(existsSync(destination)).toBe(true);
  });

  it('tells the path of a file whose published hash is right', async () => {
    const server = await fileServer(SECOND);
    const destination = join(await temporaryFolder(), 'w.h5');
    await downloadFile({ url: `${server.origin}/w.h5`, destination, sha256: computeHash(SECOND) });
    await expect(readFetched(destination, read)).rejects.toThrow(
      withMessage(
        `weights "w.h5": expected weights, received a damaged file. Fetch it again. The file, "${destination}", has the hash that its publisher states.`,
      ),
    );
    expect(existsSync(destination)).toBe(true);
  });

  it('is spared where only the file was to be looked at, and it was read before', async () => {
    const { destination, fetchIt } = await setUp();
    await fetchIt();
    let reads = 0;
    const count = async (): Promise<void> => {
      reads += 1;
    };
    await checkFetched(destination, count);
    await checkFetched(destination, count);
    expect(reads).toBe(1);
  });
});

describe('a user name and a password', () => {
  it('are sent to their own server, and stand in no message, note or file', async () => {
    const asked: (string | undefined)[] = [];
    const elsewhere = await fileServer(FIRST, (request, response, content) => {
      asked.push(request.headers.authorization);
      response.writeHead(200, { 'content-length': content.length }).end(content);
    });
    const server = await fileServer(FIRST, (request, response) => {
      asked.push(request.headers.authorization);
      response.writeHead(302, { location: `${elsewhere.origin}/w.h5` }).end();
    });
    const destination = join(await temporaryFolder(), 'w.h5');
    const notes: string[] = [];
    const url = `${server.origin.replace('//', '//ada:hunter2@')}/w.h5`;
    await downloadFile({ url, destination }, { onNote: (note) => notes.push(note) });
    expect(asked).toEqual([`Basic ${Buffer.from('ada:hunter2').toString('base64')}`, undefined]);
    expect(notes.join()).toContain(`${server.origin}/w.h5`);
    expect(notes.join() + (await readFile(`${destination}.pin.json`, 'utf8'))).not.toMatch(/hunter2|ada/);
  });

  it.each([
    [401, 'Unauthorized'],
    [403, 'Forbidden'],
  ])('are refused once and for all by %d', async (code, words) => {
    const server = await fileServer(FIRST, status(code));
    const destination = join(await temporaryFolder(), 'w.h5');
    const url = `${server.origin.replace('//', '//ada:hunter2@')}/w.h5`;
    await expect(downloadFile({ url, destination }, { pauseMs: 1 })).rejects.toThrow(
      withMessage(
        `download "${server.origin}/w.h5": expected the file, received "${code} ${words}". Check the address, and the user name and password in it: https://NAME:PASSWORD@HOST/FILE.`,
      ),
    );
    expect(server.requests).toHaveLength(1);
  });
});
