import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fileServer } from '../../../tests/support/file-server.ts';
import { temporaryFolder } from '../../../tests/support/image-folder.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { readFetched } from './fetched-file.ts';
import { cachedPretrainedWeights, fetchPretrainedWeights, fetchWeightsFrom } from './pretrained-weights.ts';

const CONTENT = Buffer.from('weights, so to speak');
const md5 = createHash('md5').update(CONTENT).digest('hex');

describe('fetchPretrainedWeights', () => {
  it('keeps the file in the cache folder, from the mirror if there is one', async () => {
    const home = await temporaryFolder();
    const server = await fileServer(CONTENT);
    const pretrainedConfig = { url: 'https://graft.invalid/keras/base_notop.h5', md5 };
    const env = { GRAFT_HOME: home, GRAFT_WEIGHTS_MIRROR: server.origin };
    const path = await fetchPretrainedWeights(pretrainedConfig, { env });
    expect(path).toBe(join(home, 'weights', 'base_notop.h5'));
    expect(await readFile(path)).toEqual(CONTENT);
    expect(server.requests).toEqual([{ path: '/base_notop.h5', range: undefined }]);
    expect(await fetchPretrainedWeights(pretrainedConfig, { env: { GRAFT_HOME: home } })).toBe(path);
  });

  it('names what can be done without a network', async () => {
    const home = await temporaryFolder();
    const url = 'https://graft.invalid/base.h5';
    const asked = fetchPretrainedWeights({ url, md5, fileName: 'x.h5' }, { env: { GRAFT_HOME: home } });
    const error: Error = await asked.catch((thrown) => thrown);
    expect(error.message.replace('EAI_AGAIN', 'ENOTFOUND')).toBe(
      `download "${url}": expected a connection, received graft.invalid has no address (ENOTFOUND). Without a network, put the file at "${join(home, 'weights', 'x.h5')}". Or give a weights file of your own with --weights FILE, or name a mirror in GRAFT_WEIGHTS_MIRROR.`,
    );
  });

  it('is fetched once by two processes', async () => {
    const home = await temporaryFolder();
    const server = await fileServer(CONTENT, (_, response) => {
      setTimeout(() => response.end(CONTENT), 300);
    });
    const module = fileURLToPath(new URL('./pretrained-weights.ts', import.meta.url));
    const program = `import { fetchPretrainedWeights } from ${JSON.stringify(module)};
      console.log(await fetchPretrainedWeights({ url: ${JSON.stringify(`${server.origin}/two.h5`)}, md5: '${md5}' }));`;
    const run = async (): Promise<[string, number]> => {
      const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
        env: { ...process.env, GRAFT_HOME: home, GRAFT_WEIGHTS_MIRROR: '' },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
      const [code] = (await once(child, 'close')) as [number];
      return [said.trim(), code];
    };
    const path = join(home, 'weights', 'two.h5');
    expect(await Promise.all([run(), run()])).toEqual([
      [path, 0],
      [path, 0],
    ]);
    expect(server.requests).toHaveLength(1);
  });
});

describe('weights whose publisher states no hash', () => {
  const pretrainedConfig = { url: 'https://graft.invalid/keras/base_notop.h5' };

  it('are fetched from a mirror only with trust, and not kept under the official name', async () => {
    const home = await temporaryFolder();
    const server = await fileServer(CONTENT);
    const env = { GRAFT_HOME: home, GRAFT_WEIGHTS_MIRROR: server.origin };
    await expect(fetchPretrainedWeights(pretrainedConfig, { env })).rejects.toThrow(
      withMessage(
        `download "${server.origin}/base_notop.h5": expected a published hash to check the file by, received none. Its publisher states none, so nothing was fetched. --trust (trust: true) takes it unverified from ${new URL(server.origin).host}; its hash is kept, and checked from then on. Or give a weights file of your own with --weights FILE, or name a mirror in GRAFT_WEIGHTS_MIRROR.`,
      ),
    );
    expect(server.requests).toHaveLength(0);
    const path = await fetchPretrainedWeights(pretrainedConfig, { env, trust: true });
    expect(path).toMatch(/[/\\]weights[/\\][0-9a-f]{12}-base_notop\.h5$/);
    expect(server.requests).toEqual([{ path: '/base_notop.h5', range: undefined }]);
    expect(await fetchPretrainedWeights(pretrainedConfig, { env })).toBe(path);
    expect(await cachedPretrainedWeights(pretrainedConfig, { env })).toEqual({ path, isRight: true });
    // A run without the mirror does not know it.
    expect(await cachedPretrainedWeights(pretrainedConfig, { env: { GRAFT_HOME: home } })).toBeUndefined();
  });

  it('may come from a mirror if they are what the publisher gave the first time', async () => {
    const home = await temporaryFolder();
    const server = await fileServer(CONTENT);
    const official = { url: `${server.origin}/base_notop.h5` };
    const path = await fetchPretrainedWeights(official, { env: { GRAFT_HOME: home }, trust: true });
    await readFetched(path, readFile);
    await rm(path);
    const env = { GRAFT_HOME: home, GRAFT_WEIGHTS_MIRROR: `${server.origin}/copies` };
    expect(await fetchPretrainedWeights(official, { env })).toBe(path);
    await rm(path);
    server.content = Buffer.from('anything');
    await expect(fetchPretrainedWeights(official, { env, trust: true })).rejects.toMatchObject({
      code: 'download',
      parts: { expected: expect.stringMatching(/^a file with the SHA-256 of the first time, [\da-f]{64}$/) },
    });
    expect(existsSync(path)).toBe(false);
  });
});

describe('fetchWeightsFrom', () => {
  it('knows a file again whatever password it was fetched with', async () => {
    const env = { GRAFT_HOME: await temporaryFolder() };
    const server = await fileServer(CONTENT);
    const withPassword = server.origin.replace('//', '//ada:hunter2@');
    const first = await fetchWeightsFrom(`${withPassword}/base.h5?X-Amz-Signature=1`, { env });
    expect(await fetchWeightsFrom(`${server.origin}/base.h5?X-Amz-Signature=***`, { env })).toBe(first);
    expect(server.requests).toHaveLength(1);
  });

  it('checks the hash that stands behind an address', async () => {
    const env = { GRAFT_HOME: await temporaryFolder() };
    const server = await fileServer(CONTENT);
    const sha256 = createHash('sha256').update(CONTENT).digest('hex');
    const path = await fetchWeightsFrom(`${server.origin}/base.h5#sha256=${sha256}`, { env });
    expect(await readFile(path)).toEqual(CONTENT);
    const other = '0'.repeat(64);
    await expect(fetchWeightsFrom(`${server.origin}/base.h5#sha256=${other}`, { env })).rejects.toThrow(
      withMessage(
        `download "${server.origin}/base.h5#sha256=${other}": expected a file with the SHA-256 ${other}, received one with ${sha256}. The file was removed: it is damaged, or another one than it was. Try again, or give the file itself.`,
      ),
    );
  });

  it('fetches from an address whose name is not UTF-8', async () => {
    const env = { GRAFT_HOME: await temporaryFolder() };
    const server = await fileServer(CONTENT);
    const path = await fetchWeightsFrom(`${server.origin}/%E0%A4%A.h5`, { env });
    expect(path).toMatch(/[/\\][0-9a-f]{12}-file$/);
    expect(server.requests).toEqual([{ path: '/%E0%A4%A.h5', range: undefined }]);
  });

  it('keeps files of one name from two places apart', async () => {
    const env = { GRAFT_HOME: await temporaryFolder() };
    const server = await fileServer(CONTENT);
    const first = await fetchWeightsFrom(`${server.origin}/a/base.h5`, { env });
    const second = await fetchWeightsFrom(`${server.origin}/b/base.h5?download=1`, { env });
    expect(first).toMatch(/[/\\]weights[/\\][0-9a-f]{12}-base\.h5$/);
    expect(second).not.toBe(first);
    await fetchWeightsFrom(`${server.origin}/a/base.h5`, { env });
    expect(server.requests).toHaveLength(2);
  });

  it('refuses what is no address', async () => {
    await expect(fetchWeightsFrom('base', { env: { GRAFT_HOME: await temporaryFolder() } })).rejects.toThrow(
      withMessage(
        'download: expected an address that begins with https://, received "base". Check the address.',
      ),
    );
  });
});
