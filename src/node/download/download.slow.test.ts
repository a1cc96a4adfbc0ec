import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  breakingAfter,
  type FileServer,
  fileServer,
  plain,
  type Respond,
  silentOrigin,
  status,
  well,
} from '../../../tests/support/file-server.ts';
import { temporaryFolder } from '../../../tests/support/image-folder.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { type DownloadOptions, type DownloadRequest, downloadFile } from './download.ts';

const CONTENT = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * i + (i >> 8)) & 255));
const md5 = createHash('md5').update(CONTENT).digest('hex');
const sha256 = createHash('sha256').update(CONTENT).digest('hex');
const QUICK = { pauseMs: 1, stallMs: 5000 } as const;

/** Fetches `/w.h5` of the server into a fresh folder. */
async function fetchFrom(
  server: FileServer,
  request: Partial<DownloadRequest> = { md5 },
  options: DownloadOptions = {},
): Promise<{ destination: string; url: string; done: Promise<string>; notes: string[] }> {
  const destination = request.destination ?? join(await temporaryFolder(), 'deep', 'w.h5');
  const url = `${server.origin}/w.h5`;
  const notes: string[] = [];
  const done = downloadFile(
    { url, destination, ...request },
    {
      ...QUICK,
      onNote: (note) => notes.push(note),
      onProgress: ({ receivedBytes }) => server.reached(receivedBytes),
      ...options,
    },
  );
  return { destination, url, done, notes };
}

/** Much quicker than a comparison of elements. */
const isContent = async (path: string): Promise<boolean> => CONTENT.equals(await readFile(path));

const redirectTo =
  (location: string): Respond =>
  (_, response) => {
    response.writeHead(302, { location }).end();
  };

describe('a file of which the publisher states the first digits of a hash', () => {
  const sha256Start = sha256.slice(0, 8);

  it('is held to them once, and to all digits from then on', async () => {
    const server = await fileServer(CONTENT);
    const { destination, url, done, notes } = await fetchFrom(server, { sha256Start, asksForTrust: true });
    expect(await done).toBe(destination);
    expect(notes).toEqual([
      `The SHA-256 of "${url}" begins with ${sha256Start}, as its publisher says: it is whole, but so short a check keeps no forger out. All of it, ${sha256}, is kept, and checked from now on.`,
    ]);
    await writeFile(destination, 'another file');
    const again = await fetchFrom(server, { sha256Start, destination });
    await again.done;
    expect(again.notes).toEqual([
      `"${destination}" is not the file that it should be. It is "w.h5.set-aside" now, and fetched again.`,
    ]);
    expect(await isContent(destination)).toBe(true);
  });

  it('is refused where they are others, and removed', async () => {
    const server = await fileServer(CONTENT);
    const { destination, url, done } = await fetchFrom(server, { sha256Start: '00000000' });
    await expect(done).rejects.toThrow(
      withMessage(
        `download "${url}": expected a file with the SHA-256 that begins with 00000000, received one with ${sha256}. The file was removed: it is damaged, or another one than it was. Try again, or give the file itself.`,
      ),
    );
    expect(existsSync(destination)).toBe(false);
  });

  it('is taken where a person has put it, if it has them', async () => {
    const server = await fileServer(CONTENT);
    const folder = await temporaryFolder();
    const destination = join(folder, 'w.h5');
    await writeFile(destination, CONTENT);
    await (await fetchFrom(server, { sha256Start, destination, asksForTrust: true })).done;
    expect(server.requests).toHaveLength(0);
    expect(await readdir(folder)).toEqual(['w.h5', 'w.h5.pin.json']);
  });

  it('is not fetched over http, where it could be forged', async () => {
    const destination = join(await temporaryFolder(), 'w.h5');
    const request = { url: 'http://graft.invalid/w.h5', destination, sha256Start };
    await expect(downloadFile(request, QUICK)).rejects.toThrow(
      withMessage(
        'download: expected an address that begins with https://, because no hash is known, received "http://graft.invalid/w.h5". What comes over http can be changed on the way: give an https address, or the file itself.',
      ),
    );
  });
});

describe('downloadFile', () => {
  it('fetches a file once, and tells how far it is', async () => {
    const server = await fileServer(CONTENT);
    const seen: number[] = [];
    const request = { sha256, bytes: CONTENT.length };
    const { destination, done } = await fetchFrom(server, request, {
      onProgress: ({ receivedBytes, totalBytes }) => {
        expect(totalBytes).toBe(CONTENT.length);
        seen.push(receivedBytes);
      },
    });
    expect(await done).toBe(destination);
    expect(await isContent(destination)).toBe(true);
    expect(seen[0]).toBe(0);
    expect(seen.at(-1)).toBe(CONTENT.length);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    for (const ending of ['.part', '.part.json', '.lock'])
      expect(existsSync(destination + ending)).toBe(false);

    await (await fetchFrom(server, { ...request, destination })).done;
    expect(server.requests).toHaveLength(1);
  });

  it('fetches a cached file again that has gone bad', async () => {
    const server = await fileServer(CONTENT);
    const destination = join(await temporaryFolder(), 'w.h5');
    await writeFile(destination, 'rotten');
    await writeFile(`${destination}.set-aside`, 'of the last time');
    const { done, notes } = await fetchFrom(server, { md5, destination });
    await done;
    expect(await isContent(destination)).toBe(true);
    // It may be somebody's: it is moved, not removed, and nothing is overwritten.
    expect(await readFile(`${destination}.set-aside`, 'utf8')).toBe('of the last time');
    expect(await readFile(`${destination}.set-aside-2`, 'utf8')).toBe('rotten');
    expect(notes).toEqual([
      `"${destination}" is not the file that it should be. It is "w.h5.set-aside-2" now, and fetched again.`,
    ]);
  });

  it('fetches a file again where that is asked for', async () => {
    const server = await fileServer(CONTENT);
    const { destination, done } = await fetchFrom(server);
    await done;
    await (await fetchFrom(server, { md5, destination }, { refetch: true })).done;
    expect(server.requests).toHaveLength(2);
    expect(await isContent(destination)).toBe(true);
  });

  it('goes on from where the connection broke', async () => {
    const server = await fileServer(CONTENT, breakingAfter(100_000), breakingAfter(50_000), well);
    const { destination, done, notes } = await fetchFrom(server);
    await done;
    expect(await isContent(destination)).toBe(true);
    expect(server.requests.map(({ range }) => range)).toEqual([undefined, 'bytes=100000-', 'bytes=150000-']);
    expect(notes[0]).toMatch(/^127\.0\.0\.1:\d+ broke off \(.+\); trying again in 0\.0 s\.$/);
  });

  it('goes on in a later call', async () => {
    const server = await fileServer(CONTENT, breakingAfter(100_000), well);
    const first = await fetchFrom(server, { md5 }, { attempts: 1 });
    await expect(first.done).rejects.toThrow(
      expect.objectContaining({
        code: 'download',
        message: expect.stringMatching(
          /^download "http:\/\/127\.0\.0\.1:\d+\/w\.h5": expected the whole file, received 127\.0\.0\.1:\d+ broke off \(other side closed\)\. Try again later\. 100,000 bytes are kept, and the next try goes on from there\.$/,
        ),
      }) as Error,
    );
    expect(existsSync(first.destination)).toBe(false);
    await (await fetchFrom(server, { md5, destination: first.destination })).done;
    expect(server.requests[1]?.range).toBe('bytes=100000-');
    expect(await isContent(first.destination)).toBe(true);
  });

  it('starts anew if the file has changed meanwhile', async () => {
    // Of equal length and without a hash: nothing but the server's ETag tells.
    const old = Buffer.alloc(CONTENT.length, 7);
    const server = await fileServer(old, breakingAfter(100_000), well);
    const { destination, done } = await fetchFrom(server, {}, { attempts: 1 });
    await expect(done).rejects.toThrow();
    server.content = CONTENT;
    await (await fetchFrom(server, { destination })).done;
    expect(server.requests[1]?.range).toBe('bytes=100000-');
    expect(await isContent(destination)).toBe(true);
  });

  it.each([
    ['another version', { etag: '"other"' }],
    ['no version', { etag: undefined }],
    ['another length of the whole', { 'content-range': 'bytes 100000-299999/300001' }],
    ['another end', { 'content-range': 'bytes 100000-299998/300000' }],
    ['no length of the whole', { 'content-range': 'bytes 100000-299999/*' }],
    ['another length of the rest', { 'content-length': 199_999 }],
    ['no range', { 'content-range': undefined }],
  ])('does not put two files together, where the rest is said to be of %s', async (_, wrong) => {
    // Of equal length and without a hash: nothing but the headers tells.
    const mixing: Respond = (_request, response, content) => {
      const right = {
        etag: '"300000-0"',
        'content-length': 200_000,
        'content-range': 'bytes 100000-299999/300000',
      };
      const headers = Object.entries({ ...right, ...wrong }).filter(([, value]) => value !== undefined);
      const rest = Buffer.alloc(content.length - 100_000, 7);
      response.writeHead(206, Object.fromEntries(headers) as Record<string, string>).end(rest);
    };
    const server = await fileServer(CONTENT, breakingAfter(100_000), mixing, well);
    const { destination, done, notes } = await fetchFrom(server, {});
    await done;
    expect(server.requests.map(({ range }) => range)).toEqual([undefined, 'bytes=100000-', undefined]);
    expect(notes[1]).toBe(
      `${new URL(server.origin).host} answered with a part of another file; trying again in 0.0 s.`,
    );
    expect(await isContent(destination)).toBe(true);
  });

  it('fetches all again if the part turns out to be of another file', async () => {
    const server = await fileServer(CONTENT, breakingAfter(100_000), well);
    const { destination, done } = await fetchFrom(server, { md5 }, { attempts: 1 });
    await expect(done).rejects.toThrow();
    await writeFile(`${destination}.part`, Buffer.alloc(100_000, 1));
    const second = await fetchFrom(server, { md5, destination });
    await second.done;
    expect(second.notes).toEqual([
      'What an earlier try had fetched does not fit; fetching the whole file again.',
    ]);
    expect(await isContent(destination)).toBe(true);
  });

  it('starts anew from a part of another address', async () => {
    const server = await fileServer(CONTENT, breakingAfter(100_000), well);
    const { destination, done } = await fetchFrom(server, { md5 }, { attempts: 1 });
    await expect(done).rejects.toThrow();
    await (await fetchFrom(server, { md5, destination, url: `${server.origin}/other.h5` })).done;
    expect(server.requests[1]).toEqual({ path: '/other.h5', range: undefined });
  });

  it('gets by with a server that ignores Range, and with one that refuses the range', async () => {
    const ignoring: Respond = (request, response, content) =>
      request.headers.range === undefined
        ? breakingAfter(100_000)(request, response, content)
        : plain(request, response, content);
    const first = await fetchFrom(await fileServer(CONTENT, ignoring));
    await first.done;
    expect(await isContent(first.destination)).toBe(true);

    const server = await fileServer(CONTENT, breakingAfter(100_000), status(416), well);
    const second = await fetchFrom(server);
    await second.done;
    expect(server.requests.map(({ range }) => range)).toEqual([undefined, 'bytes=100000-', undefined]);

    const wrongRange: Respond = (_, response, content) =>
      void response.writeHead(206, { 'content-range': `bytes 5-9/${content.length}` }).end('wrong');
    const third = await fetchFrom(await fileServer(CONTENT, breakingAfter(100_000), wrongRange, well));
    await third.done;
    expect(await isContent(third.destination)).toBe(true);
  });

  it('gives up a server that starts anew and breaks off every time', async () => {
    const content = Buffer.alloc(3_000_000, 5);
    const always: Respond = (request, response, it) => {
      delete request.headers.range;
      breakingAfter(2_000_000)(request, response, it);
    };
    const server = await fileServer(content, always);
    const { done } = await fetchFrom(server, { md5 }, { attempts: 3 });
    await expect(done).rejects.toThrow(expect.objectContaining({ code: 'download' }) as Error);
    // The first two million bytes were a step ahead; the rest were failures in a row.
    expect(server.requests.length).toBeLessThanOrEqual(4);
  });

  it('tries again after 500 and 503, and honors Retry-After', async () => {
    const server = await fileServer(CONTENT, status(500), status(503, { 'retry-after': '1' }), well);
    const { done, notes } = await fetchFrom(server);
    await done;
    const { host } = new URL(server.origin);
    expect(notes).toEqual([
      `${host} answered "500 Internal Server Error"; trying again in 0.0 s.`,
      `${host} answered "503 Service Unavailable"; trying again in 1 s.`,
    ]);
  });

  it('ends after a number of failures in a row', async () => {
    const server = await fileServer(CONTENT, status(500));
    const { done, url } = await fetchFrom(server, { md5, alternatives: 'Or do without.' }, { attempts: 3 });
    await expect(done).rejects.toThrow(
      withMessage(
        `download "${url}": expected the whole file, received ${new URL(url).host} answered "500 Internal Server Error". Try again later. Or do without.`,
      ),
    );
    expect(server.requests).toHaveLength(3);
  });

  it('does not try again after 404', async () => {
    const server = await fileServer(CONTENT, status(404));
    const { done, url } = await fetchFrom(server);
    await expect(done).rejects.toThrow(
      withMessage(
        `download "${url}": expected the file, received "404 Not Found". Check the address; or fetch the file in another way and give its path.`,
      ),
    );
    expect(server.requests).toHaveLength(1);
  });

  it('follows redirects, and asks the last address for the rest', async () => {
    const target = await fileServer(CONTENT, breakingAfter(100_000), well);
    const server = await fileServer(CONTENT, redirectTo('/moved'), redirectTo(`${target.origin}/there`));
    server.requests.length = 0;
    const { destination, done } = await fetchFrom(server);
    await done;
    expect(await isContent(destination)).toBe(true);
    expect(target.requests).toEqual([
      { path: '/there', range: undefined },
      { path: '/there', range: 'bytes=100000-' },
    ]);
  });

  it('does not follow redirects without end, or to http elsewhere', async () => {
    const circle = await fetchFrom(await fileServer(CONTENT, redirectTo('/again')));
    await expect(circle.done).rejects.toThrow(
      withMessage(
        `download "${circle.url}": expected the file, received more than 5 redirects. Try again later, or give the file itself.`,
      ),
    );
    const away = await fetchFrom(await fileServer(CONTENT, redirectTo('http://192.0.2.1/w.h5')));
    await expect(away.done).rejects.toThrow(
      withMessage(
        `download "${away.url}": expected the file, received a redirect to "http://192.0.2.1". It is not followed, because what comes over http can be changed on the way: give another address.`,
      ),
    );
    const file = await fetchFrom(await fileServer(CONTENT, redirectTo('file:///etc/passwd')));
    await expect(file.done).rejects.toThrow(expect.objectContaining({ code: 'download' }) as Error);
  });

  it('removes a file of the wrong hash, and tells both', async () => {
    const other = Buffer.from('another file');
    const found = createHash('md5').update(other).digest('hex');
    const server = await fileServer(other);
    const { destination, done, url } = await fetchFrom(server);
    await expect(done).rejects.toThrow(
      withMessage(
        `download "${url}": expected a file with the MD5 ${md5}, received one with ${found}. The file was removed: it is damaged, or another one than it was. Try again, or give the file itself.`,
      ),
    );
    for (const ending of ['', '.part', '.part.json', '.lock'])
      expect(existsSync(destination + ending)).toBe(false);
    expect(server.requests).toHaveLength(1);
  });

  it('refuses another length than the one that is known, before the body comes', async () => {
    const server = await fileServer(CONTENT);
    const { done, url } = await fetchFrom(server, { sha256, bytes: 299_999 });
    await expect(done).rejects.toThrow(
      withMessage(
        `download "${url}": expected 299,999 bytes, received an announcement of 300,000 bytes. The server has another file under this name. Try again later, or give the file itself.`,
      ),
    );
  });

  it('sees through a server that announces more than it has', async () => {
    const boasting: Respond = (_, response, content) => {
      response.writeHead(200, { etag: '"x"', 'content-length': content.length + 1000 });
      response.write(content, () => setTimeout(() => response.destroy(), 20));
    };
    const server = await fileServer(CONTENT, boasting);
    const { done, destination } = await fetchFrom(server, { md5 }, { attempts: 2 });
    await expect(done).rejects.toThrow(expect.objectContaining({ code: 'download' }) as Error);
    expect(existsSync(destination)).toBe(false);
    expect(server.requests).toHaveLength(2);
  });

  it('sees through a server that announces less than it sends', async () => {
    const modest: Respond = (_, response, content) => {
      response.socket?.end(
        `HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n${content.toString('latin1')}`,
        'latin1',
      );
    };
    const { done, destination } = await fetchFrom(
      await fileServer(CONTENT, modest),
      { md5 },
      { attempts: 2 },
    );
    await expect(done).rejects.toThrow(expect.objectContaining({ code: 'download' }) as Error);
    expect(existsSync(destination)).toBe(false);
  });

  it('stops a body without an announced length that goes beyond the known one', async () => {
    const endless: Respond = (_, response) => {
      response.writeHead(200);
      const more = (): void => void (response.destroyed || response.write(Buffer.alloc(50_000), more));
      more();
    };
    const { done, url, destination } = await fetchFrom(await fileServer(CONTENT, endless), {
      sha256,
      bytes: 300_000,
    });
    await expect(done).rejects.toThrow(
      withMessage(
        `download "${url}": expected at most 300,000 bytes, received more. The file was removed. Try again later, or give the file itself.`,
      ),
    );
    expect(existsSync(`${destination}.part`)).toBe(false);
  });

  it('notices a body without an announced length that ends too early', async () => {
    const short: Respond = (_, response, content) => void response.writeHead(200).end(content.subarray(0, 9));
    const server = await fileServer(CONTENT, short, well);
    const { done, notes } = await fetchFrom(server, { sha256, bytes: 300_000 });
    await done;
    expect(notes).toEqual([
      `${new URL(server.origin).host} broke off after 9 bytes of 300,000 bytes; trying again in 0.0 s.`,
    ]);
  });

  it('gives up a silent server, before and in the body', async () => {
    const silent: Respond = () => {};
    const stuck: Respond = (_, response, content) => {
      response.writeHead(200, { etag: '"x"', 'content-length': content.length });
      response.write(content.subarray(0, 1000));
    };
    const server = await fileServer(CONTENT, silent, stuck, well);
    const { done, notes } = await fetchFrom(server, { md5 }, { stallMs: 1000 });
    await done;
    const { host } = new URL(server.origin);
    expect(notes).toEqual([
      `${host} sent nothing for 1 s; trying again in 0.0 s.`,
      `${host} sent nothing for 1 s; trying again in 0.0 s.`,
    ]);
    expect(server.requests[2]?.range).toBe('bytes=1000-');
  });

  it('gives up a server that sends a byte now and then', async () => {
    const dripping: Respond = (_, response, content) => {
      response.writeHead(200, { etag: '"300000-0"', 'content-length': content.length });
      let at = 0;
      const drip = setInterval(() => response.write(content.subarray(at, ++at)), 20);
      response.on('close', () => clearInterval(drip));
    };
    const server = await fileServer(CONTENT, dripping, well);
    const { destination, done, notes } = await fetchFrom(server, { md5 }, { speedWindowMs: 1500 });
    await done;
    expect(notes).toEqual([
      `${new URL(server.origin).host} sent less than 1,000 bytes a second for 1.5 s; trying again in 0.0 s.`,
    ]);
    expect(server.requests[1]?.range).toMatch(/^bytes=\d+-$/);
    expect(await isContent(destination)).toBe(true);
  });

  it('does not take its own want of processor time for a silent server', async () => {
    // While the response is waited for, this process does nothing for longer than a server may be silent.
    const soon: Respond = (request, response, content) => {
      setTimeout(() => well(request, response, content), 20);
      setTimeout(() => {
        const end = performance.now() + 1500;
        while (performance.now() < end);
      }, 1);
    };
    const server = await fileServer(CONTENT, soon);
    const { done, notes } = await fetchFrom(server, { md5 }, { stallMs: 1000, speedWindowMs: 1000 });
    await done;
    expect(notes).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });

  it('refuses a web page, whatever hash is known', async () => {
    const portal: Respond = (_, response) =>
      void response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<h1>Log in</h1>');
    const server = await fileServer(CONTENT, portal);
    const { done, url, destination } = await fetchFrom(server);
    await expect(done).rejects.toThrow(
      withMessage(
        `download "${url}": expected the file, received a web page (text/html). A page to log in may stand before it: open the address in a browser, or fetch the file there.`,
      ),
    );
    expect(server.requests).toHaveLength(1);
    expect(await readdir(join(destination, '..'))).toEqual([]);
  });

  it('does not take an empty response for a file', async () => {
    const server = await fileServer(Buffer.of(), plain);
    const { done, url, destination } = await fetchFrom(server, {}, { attempts: 2 });
    await expect(done).rejects.toThrow(
      withMessage(
        `download "${url}": expected the whole file, received ${new URL(url).host} sent an empty response. Try again later.`,
      ),
    );
    expect(await readdir(join(destination, '..'))).toEqual([]);
  });

  it('unpacks nothing on the way', async () => {
    const bomb: Respond = (_, response) =>
      void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(10_000_000)));
    const server = await fileServer(CONTENT, bomb);
    const { done, url, destination } = await fetchFrom(server, {}, { trust: true });
    await expect(done).rejects.toThrow(
      withMessage(
        `download "${url}": expected the file, received a compressed response, which was not asked for. Its length and hash would be those of other bytes: fetch the file in another way and give its path.`,
      ),
    );
    expect(await readdir(join(destination, '..'))).toEqual([]);
  });

  it('keeps a part only if a server can go on from it, and says which', async () => {
    const without =
      (headers: Record<string, string | number>): Respond =>
      (_, response, content) => {
        response.writeHead(200, headers);
        response.write(content.subarray(0, 50_000));
      };
    const noVersion = await fileServer(CONTENT, without({ 'content-length': 300_000 }));
    const noLength = await fileServer(CONTENT, without({ etag: '"1"' }));
    for (const server of [noVersion, noLength]) {
      const { done, url, destination } = await fetchFrom(server, { md5 }, { attempts: 1, stallMs: 1000 });
      await expect(done).rejects.toThrow(
        withMessage(
          `download "${url}": expected the whole file, received ${new URL(url).host} sent nothing for 1 s. Try again later. The 50,000 bytes that came were removed, because the server does not tell how to go on from there.`,
        ),
      );
      expect(await readdir(join(destination, '..'))).toEqual([]);
    }
  });

  it('takes no more than it must from a server that tells no length', async () => {
    const endless: Respond = (_, response) => {
      response.writeHead(200);
      const more = (): void => void (response.destroyed || response.write(Buffer.alloc(50_000), more));
      more();
    };
    const server = await fileServer(CONTENT, endless);
    const { done, url, destination } = await fetchFrom(server, {}, { trust: true, maxUntoldBytes: 400_000 });
    await expect(done).rejects.toThrow(
      withMessage(
        `download "${url}": expected at most 400,000 bytes from a server that tells no length, received more. The file was removed. Try again later, or give the file itself.`,
      ),
    );
    expect(await readdir(join(destination, '..'))).toEqual([]);
  });

  it('prints nothing that a server wrote into its status', async () => {
    const loud: Respond = (_, response) =>
      void response.socket?.end('HTTP/1.1 404 \x1b]0;mine\x07 come here\r\nContent-Length: 0\r\n\r\n');
    const { done, url } = await fetchFrom(await fileServer(CONTENT, loud), { md5 }, { attempts: 1 });
    const error: Error = await done.then(String, (thrown) => thrown);
    expect(error.message).not.toContain('\x1b');
    expect(error.message).toContain(`download "${url}": expected the`);
  });

  it('names the alternatives where nothing can be reached', async () => {
    const destination = join(await temporaryFolder(), 'w.h5');
    const alternatives = 'Or bring it along.';
    const url = `${await silentOrigin()}/w.h5`;
    const { host } = new URL(url);
    await expect(
      downloadFile({ url, destination, md5, alternatives }, { attempts: 2, pauseMs: 1 }),
    ).rejects.toThrow(
      withMessage(
        `download "${url}": expected a connection, received ${host} cannot be reached (ECONNREFUSED). Without a network, put the file at "${destination}". Or bring it along.`,
      ),
    );
    // Names below .invalid have no address, with a network or without.
    const asked = downloadFile({ url: 'https://graft.invalid/w.h5', destination, md5, alternatives });
    await expect(asked).rejects.toThrow(
      expect.objectContaining({
        message: expect.stringMatching(
          /^download "https:\/\/graft\.invalid\/w\.h5": expected a connection, received graft\.invalid has no address \((ENOTFOUND|EAI_AGAIN)\)\. Without a network, put the file at ".+"\. Or bring it along\.$/,
        ),
      }) as Error,
    );
  });

  it('takes a file that a person put in its place', async () => {
    const destination = join(await temporaryFolder(), 'w.h5');
    await writeFile(destination, CONTENT);
    await downloadFile({ url: 'https://graft.invalid/w.h5', destination, md5 });
    expect(await isContent(destination)).toBe(true);
  });

  it('asks the mirror instead, by the name of the file', async () => {
    const server = await fileServer(CONTENT);
    const destination = join(await temporaryFolder(), 'w.h5');
    const mirror = `${server.origin}/keras`;
    await downloadFile({ url: 'https://graft.invalid/a/b/w.h5', destination, md5, mirror });
    expect(server.requests).toEqual([{ path: '/keras/w.h5', range: undefined }]);
    await expect(
      downloadFile({ url: 'https://graft.invalid/w.h5', destination, md5, mirror: '/srv/keras' }),
    ).rejects.toThrow(
      withMessage(
        'mirror: expected an address that begins with https://, received "/srv/keras". Give the address of the folder with the files.',
      ),
    );
  });

  it('refuses addresses that cannot be trusted', async () => {
    const destination = join(await temporaryFolder(), 'w.h5');
    await expect(downloadFile({ url: 'file:///etc/passwd', destination })).rejects.toThrow(
      withMessage(
        'download: expected an address that begins with https://, received "file:///etc/passwd". Check the address.',
      ),
    );
    await expect(downloadFile({ url: 'http://graft.invalid/w.h5', destination })).rejects.toThrow(
      withMessage(
        'download: expected an address that begins with https://, because no hash is known, received "http://graft.invalid/w.h5". What comes over http can be changed on the way: give an https address, or the file itself.',
      ),
    );
  });

  it('does not ask again at a port that nobody may ask at', async () => {
    const destination = join(await temporaryFolder(), 'w.h5');
    const notes: string[] = [];
    const options = { onNote: (note: string) => void notes.push(note), pauseMs: 1 };
    await expect(downloadFile({ url: 'https://127.0.0.1:9/w.h5', destination }, options)).rejects.toThrow(
      withMessage(
        'download: expected an address with the port of a file server, received one with a port that is kept for another service. Check the address.',
      ),
    );
    expect(notes).toEqual([]);
  });

  it('stops when it is told to, and goes on later', async () => {
    const slow: Respond = (_, response, content) => {
      response.writeHead(200, { etag: '"300000-0"', 'content-length': content.length });
      response.write(content.subarray(0, 1000));
    };
    const server = await fileServer(CONTENT, slow, well);
    const stop = new AbortController();
    const { destination, done, url } = await fetchFrom(
      server,
      { md5 },
      {
        signal: stop.signal,
        onProgress: ({ receivedBytes }) => receivedBytes === 1000 && stop.abort(),
      },
    );
    await expect(done).rejects.toThrow(
      withMessage(
        `download "${url}": expected the whole file, received a request to stop. 1,000 bytes are kept, and the next try goes on from there.`,
      ),
    );
    expect(existsSync(`${destination}.lock`)).toBe(false);
    await (await fetchFrom(server, { md5, destination })).done;
    expect(server.requests[1]?.range).toBe('bytes=1000-');
  });

  it('says so where the disk is full', async () => {
    const destination = join(await temporaryFolder(), 'w.h5');
    // A device that is always full; only Linux has it.
    if (!existsSync('/dev/full')) return;
    await symlink('/dev/full', `${destination}.part`);
    const { done } = await fetchFrom(await fileServer(CONTENT), { md5, destination });
    await expect(done).rejects.toThrow(
      withMessage(
        `file "${destination}.part": expected a place that can be written, received a full disk. Make room, or choose another folder with GRAFT_HOME.`,
      ),
    );
  });

  it('lets one of several callers fetch, and the others wait', async () => {
    const server = await fileServer(CONTENT);
    const destination = join(await temporaryFolder(), 'w.h5');
    const calls = await Promise.all([1, 2, 3].map(() => fetchFrom(server, { md5, destination })));
    await Promise.all(calls.map(({ done }) => done));
    expect(server.requests).toHaveLength(1);
    expect(calls.flatMap(({ notes }) => notes)).toContain(
      'Another process is fetching w.h5; waiting for it.',
    );
  });
});
