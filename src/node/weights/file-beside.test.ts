import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBeside } from './file-beside.ts';

let root: string;
let model: string;
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'graft-test-')));
  await mkdir(join(root, 'model/inner'), { recursive: true });
  model = join(root, 'model/net.onnx');
  await writeFile(model, '');
  await writeFile(join(root, 'model/net.data'), '12345');
  await writeFile(join(root, 'secret'), 'secret');
});
afterAll(() => rm(root, { recursive: true }));

describe('findBeside', () => {
  it('finds a file in the folder, through a link in it too', async () => {
    const found = { path: join(root, 'model/net.data'), fileBytes: 5, storedBytes: 5 };
    expect(findBeside(model, 'net.data')).toEqual(found);
    await symlink('net.data', join(root, 'model/other.data'));
    expect(findBeside(model, 'other.data')).toEqual(found);
  });

  it.each([
    ['', '""'],
    ['.', '"."'],
    ['..', '".."'],
    ['../secret', '"../secret"'],
    ['/etc/passwd', '"/etc/passwd"'],
    ['..\\secret', '"..\\\\secret"'],
    ['net.data\0', '"net.data\\u0000"'],
  ])('follows no name that leads elsewhere: %j', (name, received) => {
    expect(findBeside(model, name)).toEqual({ problem: 'elsewhere', received });
  });

  it('follows no link out of the folder, and takes no folder for a file', async () => {
    await symlink('../secret', join(root, 'model/link.data'));
    const received = `"link.data", a link to ${JSON.stringify(join(root, 'secret'))}`;
    expect(findBeside(model, 'link.data')).toEqual({ problem: 'elsewhere', received });
    expect(findBeside(model, 'inner')).toEqual({
      problem: 'elsewhere',
      received: '"inner", which is no file',
    });
  });

  it('says what is missing: no file, a link to nothing, links in a circle, a name too long', async () => {
    await symlink('gone', join(root, 'model/loose.data'));
    await symlink('b.data', join(root, 'model/a.data'));
    await symlink('a.data', join(root, 'model/b.data'));
    for (const name of ['gone.data', 'loose.data', 'a.data', 'x'.repeat(5000)]) {
      expect(findBeside(model, name)).toEqual({ problem: 'missing' });
    }
  });

  it('takes the folder that the model lies in where the model is a link, as in the cache of Hugging Face', async () => {
    await mkdir(join(root, 'blobs'));
    await mkdir(join(root, 'snapshot'));
    await writeFile(join(root, 'blobs/1a'), '');
    await writeFile(join(root, 'blobs/2b'), '123');
    await symlink('../blobs/1a', join(root, 'snapshot/net.onnx'));
    await symlink('../blobs/2b', join(root, 'snapshot/net.onnx_data'));
    expect(findBeside(join(root, 'snapshot/net.onnx'), 'net.onnx_data')).toEqual({
      path: join(root, 'blobs/2b'),
      fileBytes: 3,
      storedBytes: 3,
    });
  });
});
