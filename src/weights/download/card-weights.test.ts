import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fileServer } from '../../../tests/support/file-server.ts';
import { temporaryFolder } from '../../../tests/support/picture-folder.ts';
import { saying } from '../../../tests/support/saying.ts';
import { fetchCardWeights, fetchWeightsFrom } from './card-weights.ts';

const CONTENT = Buffer.from('weights, so to speak');
const md5 = createHash('md5').update(CONTENT).digest('hex');

describe('fetchCardWeights', () => {
  it('keeps the file in the cache folder, from the mirror if there is one', async () => {
    const home = await temporaryFolder();
    const server = await fileServer(CONTENT);
    const card = { url: 'https://graft.invalid/keras/base_notop.h5', md5 };
    const env = { GRAFT_HOME: home, GRAFT_WEIGHTS_MIRROR: server.origin };
    const path = await fetchCardWeights(card, { env });
    expect(path).toBe(join(home, 'weights', 'base_notop.h5'));
    expect(await readFile(path)).toEqual(CONTENT);
    expect(server.requests).toEqual([{ path: '/base_notop.h5', range: undefined }]);
    expect(await fetchCardWeights(card, { env: { GRAFT_HOME: home } })).toBe(path);
  });

  it('names what can be done without a network', async () => {
    const home = await temporaryFolder();
    const url = 'https://graft.invalid/base.h5';
    const asked = fetchCardWeights({ url, md5, fileName: 'x.h5' }, { env: { GRAFT_HOME: home } });
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
    const module = fileURLToPath(new URL('./card-weights.ts', import.meta.url));
    const program = `import { fetchCardWeights } from ${JSON.stringify(module)};
      console.log(await fetchCardWeights({ url: ${JSON.stringify(`${server.origin}/two.h5`)}, md5: '${md5}' }));`;
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

describe('fetchWeightsFrom', () => {
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
      saying('download: expected an address that begins with https://, received "base". Check the address.'),
    );
  });
});
