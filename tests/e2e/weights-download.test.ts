import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mobileNetV2 } from '../../src/vision/architectures/mobilenet-v2.ts';
import { fileServer, plain, status } from '../support/file-server.ts';
import { temporaryFolder } from '../support/image-folder.ts';
import { kerasLegacyFile } from '../support/keras-file.ts';
import { needs } from '../support/needs.ts';
import { graft } from './cli.ts';
import { drawImages } from './drawn-images.ts';

async function setUp(): Promise<{ cwd: string; weights: Buffer; train: readonly string[] }> {
  const cwd = await temporaryFolder();
  for (const motif of ['bars', 'discs'] as const) await drawImages(join(cwd, 'data'), motif, 5);
  const model = mobileNetV2({ inputShape: [32, 32, 3], alpha: 0.35 });
  model.initialize({ seed: 7 });
  const train = ['train', 'data', '--backbone', 'mobilenet_v2_035', '--size', '32', '--epochs', '1'];
  return { cwd, weights: await kerasLegacyFile(model), train };
}

describe('weights that are fetched', () => {
  it('are taken with --trust only, where their publisher states no hash, and checked from then on', async () => {
    const { cwd, weights, train } = await setUp();
    const server = await fileServer(Buffer.from('anything'), plain);
    const env = { GRAFT_HOME: join(cwd, 'home'), GRAFT_WEIGHTS_MIRROR: server.origin };
    const imagenet = [...train, '--weights', 'imagenet'];
    const url = `${server.origin}/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5`;

    const asked = await graft(imagenet, { cwd, env });
    expect(asked.status).toBe(1);
    expect(asked.stderr).toContain(
      `error download "${url}": expected a published hash to check the file by, received none. Its publisher states none, so nothing was fetched. --trust (trust: true) takes it unverified from ${new URL(url).host}; its hash is kept, and checked from then on. Or give a weights file of your own with --weights FILE, or name a mirror in GRAFT_WEIGHTS_MIRROR.\n`,
    );
    const bad = await graft([...imagenet, '--trust'], { cwd, env });
    expect(bad.status).toBe(1);
    expect(bad.stderr).toContain(`"${url}" is unverified: no hash is published for it.`);
    expect(bad.stderr).toMatch(
      /It came from ".+" and was removed from ".+": the next run fetches it again\.\n$/,
    );
    server.content = weights;
    expect((await graft([...imagenet, '--trust'], { cwd, env })).status).toBe(0);
    expect((await graft(imagenet, { cwd, env })).status).toBe(0);
    expect(server.requests).toHaveLength(2);
    server.content = Buffer.from('anything');
    const changed = await graft([...imagenet, '--refetch'], { cwd, env });
    expect(changed.stderr).toContain('expected a file with the SHA-256 of the first time, ');
    expect((await graft(imagenet, { cwd, env })).status).toBe(0);
  });

  it('leave no password in what is printed or written', async () => {
    const { cwd, weights, train } = await setUp();
    const server = await fileServer(weights, status(503), plain);
    const env = { GRAFT_HOME: join(cwd, 'home') };
    const url = `${server.origin.replace('//', '//ada:hunter2@')}/own.h5`;
    const { status: rc, ...printed } = await graft([...train, '--weights', url, '--json'], { cwd, env });
    expect(rc).toBe(0);
    expect(printed.stderr).toContain(`${new URL(url).host} answered "503 Service Unavailable"`);
    const { run } = JSON.parse(printed.stdout) as { run: string };
    const written: Buffer[] = [];
    for (const folder of [join(cwd, run), join(cwd, 'home/weights')]) {
      for (const name of await readdir(folder)) written.push(await readFile(join(folder, name)));
    }
    expect(Buffer.concat(written).includes(`${server.origin}/own.h5`)).toBe(true);
    for (const text of [printed.stdout, printed.stderr, Buffer.concat(written)])
      expect(text.includes('hunter2')).toBe(false);
    // The recipe finds what was fetched, without a password.
    const again = ['train', 'data', '--recipe', join(run, 'recipe.json')];
    expect((await graft(again, { cwd, env })).status).toBe(0);
    expect(server.requests).toHaveLength(2);
  });

  it('end with words where no folder can be made for them', needs.linux, async () => {
    const { cwd, train } = await setUp();
    const env = { GRAFT_HOME: '/proc/graft' };
    const url = 'http://127.0.0.1:1/%E0%A4%A.h5';
    const { status: rc, stderr } = await graft([...train, '--weights', url], { cwd, env });
    expect(rc).toBe(1);
    expect(stderr).toMatch(
      /error file "\/proc\/graft\/weights\/[0-9a-f]{12}-file\.lock": expected a place that can be written, received a folder that does not exist\. Choose another folder with GRAFT_HOME\.\n$/,
    );
  });
});
