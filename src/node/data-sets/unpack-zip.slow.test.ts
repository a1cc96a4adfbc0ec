import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../tests/support/image-folder.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { type ZipEntry, zipOf } from '../../../tests/support/zip-file.ts';
import { type UnpackOptions, unpackZip } from './unpack-zip.ts';

const NOT_USED = 'Nothing of it is used: the archive is not what it should be.';
const everything = (name: string): string => name;

/** Unpacks an archive of these entries into a fresh folder. */
async function unpack(
  zip: Buffer | readonly ZipEntry[],
  options: Partial<UnpackOptions> = {},
): Promise<{ folder: string; done: Promise<string[]> }> {
  const root = await temporaryFolder();
  const archive = join(root, 'set.zip');
  await writeFile(archive, Buffer.isBuffer(zip) ? zip : zipOf(zip as readonly ZipEntry[]));
  const folder = join(root, 'in', 'here');
  return { folder, done: unpackZip(archive, folder, { place: everything, ...options }) };
}

const good = { name: 'a/1.jpg', data: 'one' };

describe('unpackZip', () => {
  it('unpacks the files that have a place', async () => {
    const progress: string[] = [];
    const { folder, done } = await unpack(
      [{ name: 'a/' }, good, { name: 'a/2.jpg', data: 'two' }, { name: 'readme.txt', data: 'x' }],
      {
        place: (name) => (name.endsWith('.jpg') ? `b/${name}` : undefined),
        onProgress: ({ files, of }) => progress.push(`${files}/${of}`),
      },
    );
    expect(await done).toEqual(['b/a/1.jpg', 'b/a/2.jpg']);
    expect(await readFile(join(folder, 'b/a/2.jpg'), 'utf8')).toBe('two');
    expect(await readdir(folder, { recursive: true })).toHaveLength(4);
    expect(progress).toEqual(['1/2', '2/2']);
  });

  it('reads the backslashes of old Windows programs as slashes', async () => {
    const { done } = await unpack([{ name: 'a\\1.jpg', data: 'one' }]);
    expect(await done).toEqual(['a/1.jpg']);
  });

  it.each([
    ['../evil.jpg', '../evil.jpg'],
    ['a/../../evil.jpg', 'a/../../evil.jpg'],
    ['a\\..\\..\\evil.jpg', 'a/../../evil.jpg'],
    ['/tmp/evil.jpg', '/tmp/evil.jpg'],
    ['C:/evil.jpg', 'C:/evil.jpg'],
    ['\\\\host\\evil.jpg', '//host/evil.jpg'],
  ])('refuses the path %s, and writes nothing', async (name, shown) => {
    // It would be left out; it is refused all the same.
    const place = (entry: string): string | undefined => (entry === good.name ? entry : undefined);
    const { folder, done } = await unpack([good, { name, data: 'evil' }], { place });
    await expect(done).rejects.toThrow(
      withMessage(
        `archive "set.zip": expected only paths that stay in the folder, received "${shown}". ${NOT_USED}`,
      ),
    );
    expect(existsSync(folder)).toBe(false);
  });

  it('refuses a place that leads out of the folder', async () => {
    const { done } = await unpack([good], { place: () => '../1.jpg' });
    await expect(done).rejects.toThrow(
      withMessage(
        `archive "set.zip": expected only paths that stay in the folder, received "../1.jpg". ${NOT_USED}`,
      ),
    );
  });

  it.each([
    ['a symbolic link', 0o120777],
    ['a device', 0o020666],
    ['a pipe', 0o010644],
  ])('refuses %s', async (kind, mode) => {
    const { folder, done } = await unpack([good, { name: 'a/evil.jpg', data: '/etc/passwd', mode }]);
    await expect(done).rejects.toThrow(
      withMessage(
        `archive "set.zip": expected only files and folders, received ${kind}, "a/evil.jpg". ${NOT_USED}`,
      ),
    );
    expect(existsSync(folder)).toBe(false);
  });

  it('does not write through a link that is there', async () => {
    const { folder, done } = await unpack([good]);
    await done.catch(() => {});
    const outside = join(folder, '..', 'outside');
    await symlink(outside, join(folder, 'link.jpg'));
    await writeFile(join(folder, '../../set.zip'), zipOf([{ name: 'link.jpg', data: 'evil' }]));
    await expect(unpackZip(join(folder, '../../set.zip'), folder, { place: everything })).rejects.toThrow(
      withMessage(`archive "set.zip": expected every file once, received "link.jpg" twice. ${NOT_USED}`),
    );
    expect(existsSync(outside)).toBe(false);
  });

  it('refuses two files of one name', async () => {
    const { done } = await unpack([good, good]);
    await expect(done).rejects.toThrow(
      withMessage(`archive "set.zip": expected every file once, received "a/1.jpg" twice. ${NOT_USED}`),
    );
  });

  it('refuses bombs before a byte is written', async () => {
    const zeros = { name: 'zeros.png', data: Buffer.alloc(3_000_000) };
    const { folder, done } = await unpack([zeros]);
    await expect(done).rejects.toThrow(
      expect.objectContaining({
        code: 'dataset',
        message: expect.stringMatching(
          /^archive "set\.zip": expected at most 100 times the size of the archive, received \d{3}\. Nothing of it is used/,
        ),
      }) as Error,
    );
    expect(existsSync(folder)).toBe(false);

    const cases = [
      [{ fileBytes: 2 }, 'expected at most 2 bytes in "a/1.jpg", received 3'],
      [{ totalBytes: 5 }, 'expected at most 5 unpacked bytes, received 6'],
      [{ entries: 1 }, 'expected at most 1 entries, received 2'],
    ] as const;
    for (const [limits, said] of cases) {
      const limited = await unpack([good, { name: 'a/2.jpg', data: 'two' }], { limits });
      await expect(limited.done).rejects.toThrow(withMessage(`archive "set.zip": ${said}. ${NOT_USED}`));
      expect(existsSync(limited.folder)).toBe(false);
    }
  });

  it('refuses files that share their bytes', async () => {
    const data = Uint8Array.from({ length: 20_000 }, (_, i) => (i * i) >> 3);
    const shared = Array.from({ length: 40 }, (_, i) => ({ name: `${i}.png`, data, overlaps: i > 0 }));
    const { done } = await unpack(shared);
    await expect(done).rejects.toThrow(
      withMessage(
        `archive "set.zip": expected files that do not overlap, received overlapping ones. ${NOT_USED}`,
      ),
    );
  });

  it('stops a file that is larger than the archive says', async () => {
    const { folder, done } = await unpack([
      { name: 'liar.png', data: Buffer.alloc(2_000_000, 'abcdefgh'), declaredBytes: 1000 },
    ]);
    await expect(done).rejects.toThrow(
      withMessage(
        'archive "set.zip": expected a whole zip archive, received "too many bytes in the stream. expected 1000. got at least 16384". The archive is damaged: remove it and fetch it again.',
      ),
    );
    expect((await readFile(join(folder, 'liar.png'))).length).toBeLessThanOrEqual(1000);
  });

  it('refuses encrypted files and other methods', async () => {
    const locked = await unpack([{ ...good, flags: 1 }]);
    await expect(locked.done).rejects.toThrow(
      withMessage(
        `archive "set.zip": expected files without a password, received an encrypted one, "a/1.jpg". ${NOT_USED}`,
      ),
    );
    const odd = await unpack([{ ...good, method: 14 }]);
    await expect(odd.done).rejects.toThrow(
      withMessage(
        `archive "set.zip": expected files that are stored or deflated, received method 14 in "a/1.jpg". ${NOT_USED}`,
      ),
    );
  });

  it('survives archives that are cut off or changed anywhere', async () => {
    const whole = zipOf([good, { name: 'a/2.jpg', data: 'two and a little more of it' }]);
    const root = await temporaryFolder();
    const archive = join(root, 'set.zip');
    let refused = 0;
    for (let i = 0; i < whole.length; i += 1) {
      const changed = Buffer.from(whole);
      changed[i] = (changed[i]! + 1 + ((i * 37) % 255)) & 255;
      for (const [kind, bytes] of [
        ['cut', whole.subarray(0, i)],
        ['changed', changed],
      ] as const) {
        if (kind === 'cut' && i % 3 > 0) continue;
        await writeFile(archive, bytes);
        const folder = join(root, `${kind}${i}`);
        await mkdir(folder);
        const error = await unpackZip(archive, folder, { place: everything }).catch((thrown) => thrown);
        if (Array.isArray(error)) continue;
        refused += 1;
        expect(error).toMatchObject({
          name: 'GraftError',
          code: expect.stringMatching(/^(dataset|file-write)$/),
        });
      }
    }
    // Every cut, and many of the changes.
    expect(refused).toBeGreaterThan(whole.length / 2);
  });

  it('says that a cut archive is damaged', async () => {
    const { done } = await unpack(zipOf([good]).subarray(0, 60));
    await expect(done).rejects.toThrow(
      withMessage(
        'archive "set.zip": expected a whole zip archive, received "End of central directory record signature not found. Either not a zip file, or file is truncated.". The archive is damaged: remove it and fetch it again.',
      ),
    );
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    const { done } = await unpack([good, { name: 'a/2.jpg', data: 'two' }], {
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('enough')),
    });
    await expect(done).rejects.toThrow(withMessage('enough'));
  });
});
