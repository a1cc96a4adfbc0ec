/** @file Models of a hub on this machine that is right, down, busy, or lies. */

import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Respond, silentOrigin, status } from '../../../tests/support/file-server.ts';
import { COMMIT, type HubModel, hub, hubServer, listing } from '../../../tests/support/hub-server.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import type { FetchWeightsOptions } from '../../core/weights/download-options.ts';
import { fetchHubModel } from './hub-model.ts';

const MODEL: HubModel = {
  repository: 'timm/tiny.v1',
  files: {
    'README.md': '# Tiny',
    'config.json': '{"architecture":"resnet18"}',
    'model.safetensors': new Uint8Array(1000).fill(7),
    'pytorch_model.bin': new Uint8Array(10),
  },
};
const NAME = 'hf:timm/tiny.v1';
const ALTERNATIVE = 'give the folder of a model that was fetched in another way. HF_ENDPOINT names a mirror.';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'graft-test-'));
});
afterEach(() => rm(home, { recursive: true }));

function options(origin: string, more: FetchWeightsOptions = {}): FetchWeightsOptions {
  return { env: { GRAFT_HOME: home, HF_ENDPOINT: `${origin}/` }, pauseMs: 1, attempts: 3, ...more };
}

describe('fetchHubModel', () => {
  it('fetches configuration and weights once, and needs no network then', async () => {
    const { origin, requests } = await hubServer(hub(MODEL));
    const folder = await fetchHubModel(NAME, options(origin));
    expect(folder.endsWith(join('timm--tiny.v1', COMMIT))).toBe(true);
    for (const name of ['config.json', 'model.safetensors']) {
      expect(readFileSync(join(folder, name))).toEqual(Buffer.from(MODEL.files[name]!));
    }
    expect(existsSync(join(folder, 'pytorch_model.bin'))).toBe(false);
    expect(requests.map(({ path }) => path)).toEqual([
      '/api/models/timm/tiny.v1/revision/main?blobs=true',
      `/timm/tiny.v1/resolve/${COMMIT}/config.json`,
      `/timm/tiny.v1/resolve/${COMMIT}/model.safetensors`,
    ]);
    expect(await fetchHubModel(NAME, options(origin))).toBe(folder);
    expect(requests).toHaveLength(3);
    await fetchHubModel(NAME, options(origin, { refetch: true }));
    expect(requests.slice(3).map(({ path }) => path)).toEqual([
      '/api/models/timm/tiny.v1/revision/main?blobs=true',
    ]);
  });

  it('waits as long as a busy hub asks for', async () => {
    const busy = status(429, { 'retry-after': '0' });
    const { origin } = await hubServer(busy, hub(MODEL), busy, hub(MODEL));
    const notes: string[] = [];
    await fetchHubModel(NAME, options(origin, { onNote: (note) => notes.push(note) }));
    const host = new URL(origin).host;
    expect(notes).toEqual([
      `${host} answered "429 Too Many Requests"; trying again in 0.0 s.`,
      `${host} answered "429 Too Many Requests"; trying again in 0.0 s.`,
    ]);
  });

  it('gives up a hub that stays busy, or is down', async () => {
    const { origin } = await hubServer(status(503));
    const host = new URL(origin).host;
    const address = `${origin}/api/models/timm/tiny.v1/revision/main?blobs=true`;
    await expect(fetchHubModel(NAME, options(origin))).rejects.toThrow(
      withMessage(
        `download "${address}": expected an answer, received ${host} answered "503 Service Unavailable". Try again later, or ${ALTERNATIVE}`,
      ),
    );
    const silent = await silentOrigin();
    await expect(fetchHubModel(NAME, options(silent))).rejects.toThrow(
      withMessage(
        `download "${address.replace(origin, silent)}": expected a connection, ` +
          `received ${new URL(silent).host} cannot be reached (ECONNREFUSED). Without a network, ${ALTERNATIVE}`,
      ),
    );
  });

  it.each([401, 404])('says that a model is not there, or not for everybody: %i', async (code) => {
    const { origin } = await hubServer(status(code));
    await expect(fetchHubModel(`${NAME}@v2`, options(origin))).rejects.toThrow(
      withMessage(
        `hub model "timm/tiny.v1": expected a public model with a revision "v2", received "${code} ${code === 401 ? 'Unauthorized' : 'Not Found'}". ` +
          'Check owner, name and revision. A model that asks for a login is fetched in another way: give its folder.',
      ),
    );
  });

  it.each<[string, Respond]>([
    ['a page', (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
    ['other JSON', hub(MODEL, { sha: 'main', siblings: [] })],
    ['no JSON', (_, response) => response.writeHead(200).end('hello')],
  ])('refuses a hub that gives %s', async (what, respond) => {
    const { origin } = await hubServer(respond);
    const address = `${origin}/api/models/timm/tiny.v1/revision/main?blobs=true`;
    await expect(fetchHubModel(NAME, options(origin))).rejects.toThrow(
      withMessage(
        what === 'a page'
          ? `download "${address}": expected the file, received a web page (text/html). ` +
              'A page to log in may stand before it: open the address in a browser, or fetch the file there.'
          : `download "${address}": expected the files of a model with their hashes, received something else. ` +
              `It is no hub, or one that lies: try again later, or ${ALTERNATIVE}`,
      ),
    );
  });

  it('refuses files that are not what the hub says', async () => {
    const said = listing(MODEL);
    const wrong = said.siblings.find(({ rfilename }) => rfilename === 'model.safetensors')!;
    wrong.lfs = { ...wrong.lfs!, sha256: '0'.repeat(64) };
    const { origin } = await hubServer(hub(MODEL, said));
    const address = `${origin}/timm/tiny.v1/resolve/${COMMIT}/model.safetensors`;
    const right = listing(MODEL).siblings.find(({ rfilename }) => rfilename === 'model.safetensors')!;
    await expect(fetchHubModel(NAME, options(origin))).rejects.toThrow(
      withMessage(
        `download "${address}": expected a file with the SHA-256 ${'0'.repeat(64)}, received one with ${right.lfs!.sha256}. ` +
          'The file was removed: it is damaged, or another one than it was. Try again, or give the file itself.',
      ),
    );
    const shorter = listing(MODEL);
    shorter.siblings.find(({ rfilename }) => rfilename === 'config.json')!.size = 9;
    const other = await hubServer(hub(MODEL, shorter));
    await expect(fetchHubModel(NAME, options(other.origin))).rejects.toThrow(
      withMessage(
        `download "${other.origin}/timm/tiny.v1/resolve/${COMMIT}/config.json": expected 9 bytes, ` +
          'received an announcement of 27 bytes. The server has another file under this name. Try again later, or give the file itself.',
      ),
    );
    const changed = listing(MODEL);
    changed.siblings.find(({ rfilename }) => rfilename === 'config.json')!.blobId = '1'.repeat(40);
    const third = await hubServer(hub(MODEL, changed));
    await expect(fetchHubModel(NAME, options(third.origin))).rejects.toThrow(
      expect.objectContaining({
        code: 'download',
        message: expect.stringContaining(`expected a file with the SHA-1 of git ${'1'.repeat(40)}`),
      }),
    );
  });

  it('asks again what a model has, after what it said was wrong', async () => {
    const said = listing(MODEL);
    for (const file of said.siblings) file.size = 1;
    // The first listing and the file that is not as it says; then all is right.
    const { origin, requests } = await hubServer(hub(MODEL, said), hub(MODEL), hub(MODEL));
    await expect(fetchHubModel(NAME, options(origin))).rejects.toMatchObject({ code: 'download' });
    expect(existsSync(join(await fetchHubModel(NAME, options(origin)), 'model.safetensors'))).toBe(true);
    expect(requests.filter(({ path }) => path.startsWith('/api/'))).toHaveLength(2);
  });

  it.each([
    ['file:///etc/passwd', 'an address that begins with "file:"'],
    ['data:application/json,{}', 'an address that begins with "data:"'],
  ])('follows no redirect to %s', async (location, shown) => {
    const { origin } = await hubServer(status(302, { location }));
    await expect(fetchHubModel(NAME, options(origin))).rejects.toThrow(
      withMessage(
        `download "${origin}/api/models/timm/tiny.v1/revision/main?blobs=true": expected the file, received a redirect to ${shown}. ` +
          'It is not followed, because it leads to no server: give another address.',
      ),
    );
  });

  it('tells a password to no other server, and refuses an answer without end', async () => {
    const seen: (string | undefined)[] = [];
    const other = await hubServer((request, response, content) => {
      seen.push(request.headers.authorization);
      hub(MODEL)(request, response, content);
    });
    const { origin } = await hubServer((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(302, { location: `${other.origin}${request.url}` }).end();
    });
    const withPassword = origin.replace('//', '//ada:hunter2@');
    await fetchHubModel(NAME, options(withPassword));
    const proof = `Basic ${Buffer.from('ada:hunter2').toString('base64')}`;
    expect(seen).toEqual([proof, undefined, proof, undefined, proof, undefined]);
    const endless = await hubServer((_, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(2 ** 20, '[')));
      };
      response.on('drain', more);
      more();
    });
    await expect(fetchHubModel(NAME, options(endless.origin))).rejects.toThrow(
      withMessage(
        `download "${endless.origin}/api/models/timm/tiny.v1/revision/main?blobs=true": expected at most 16,777,216 bytes, received more. Check the address.`,
      ),
    );
  });

  it('takes a file without a hash with trust alone', async () => {
    const said = listing(MODEL);
    for (const file of said.siblings) {
      delete file.lfs;
      delete file.blobId;
    }
    const { origin } = await hubServer(hub(MODEL, said));
    await expect(fetchHubModel(NAME, options(origin))).rejects.toThrow(
      withMessage(
        `download "${origin}/timm/tiny.v1/resolve/${COMMIT}/config.json": expected a published hash to check the file by, received none. ` +
          `Its publisher states none, so nothing was fetched. --trust (trust: true) takes it unverified from ${new URL(origin).host}; its hash is kept, and checked from then on. ` +
          'Or give the folder of a model that was fetched in another way.',
      ),
    );
    const notes: string[] = [];
    await fetchHubModel(NAME, options(origin, { trust: true, onNote: (note) => notes.push(note) }));
    expect(notes).toHaveLength(2);
    expect(notes[0]).toMatch(/config\.json" is unverified: no hash is published for it\./);
  });

  it('says what a model lacks', async () => {
    const { origin } = await hubServer(hub({ ...MODEL, files: { 'a.gguf': 'x', 'config.json': '{}' } }));
    await expect(fetchHubModel(NAME, options(origin))).rejects.toThrow(
      withMessage(
        'hub model "timm/tiny.v1": expected "model.safetensors" or "pytorch_model.bin", received "a.gguf", "config.json". ' +
          'Choose a model of timm, transformers or sentence-transformers.',
      ),
    );
  });

  it.each(['hf:resnet', 'hf:../a/b', 'hf:a/b/c', 'hf:a/..', 'hf:a/b@../c'])(
    'refuses the name %s',
    async (name) => {
      await expect(fetchHubModel(name, options('http://127.0.0.1:1'))).rejects.toThrow(
        withMessage(
          `backbone: expected a model of the Hugging Face hub, hf:OWNER/NAME or hf:OWNER/NAME@REVISION, received "${name}". ` +
            "Copy the name from the head of the model's page: hf:timm/resnet18.a1_in1k.",
        ),
      );
    },
  );

  it('refuses a mirror over http', async () => {
    const env = { GRAFT_HOME: home, HF_ENDPOINT: 'http://mirror.example' };
    await expect(fetchHubModel(NAME, { env })).rejects.toThrow(
      withMessage(
        'HF_ENDPOINT: expected an address that begins with https://, received "http://mirror.example/". ' +
          'What comes over http can be changed on the way: give an https address.',
      ),
    );
  });
});
