import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { unzipFiles, ZIP_LIMITS, type ZipLimits } from './zip-files.ts';

const text = (content: string): Uint8Array => new TextEncoder().encode(content);

async function unzipped(
  name: string,
  bytes: Uint8Array,
  limits: ZipLimits = ZIP_LIMITS,
): Promise<[folder: string | undefined, name: string, content: string][]> {
  const blob = new Blob([new Uint8Array(bytes)]);
  const source = { name, size: blob.size, stream: () => blob.stream() as ReadableStream<Uint8Array> };
  const found: [string | undefined, string, string][] = [];
  for await (const { folder, file } of unzipFiles(source, limits))
    found.push([folder, file.name, await file.bytes.text()]);
  return found;
}

describe('a zip archive', () => {
  it('gives its files with the folder that each lies in, and leaves out what systems put there', async () => {
    const bytes = zipSync({
      'photos/cats/one.jpg': text('1'),
      'photos/dogs/two.jpg': [text('2'), { level: 0 }],
      'loose.jpg': text('3'),
      '__MACOSX/photos/cats/._one.jpg': text('x'),
      'photos/.DS_Store': text('x'),
      'photos/empty/': text(''),
    });
    expect(await unzipped('photos.zip', bytes)).toEqual([
      ['cats', 'one.jpg', '1'],
      ['dogs', 'two.jpg', '2'],
      [undefined, 'loose.jpg', '3'],
    ]);
  });

  it('takes no more of a name than a folder and a file: none leads out', async () => {
    const bytes = zipSync({
      '../../etc/passwd.png': text('1'),
      '/root/x.png': text('2'),
      'C:\\windows\\y.png': text('3'),
      '../z.png': text('4'),
    });
    expect(await unzipped('slip.zip', bytes)).toEqual([
      ['etc', 'passwd.png', '1'],
      ['root', 'x.png', '2'],
      ['windows', 'y.png', '3'],
      [undefined, 'z.png', '4'],
    ]);
  });

  it.each<[name: string, content: Uint8Array, limits: Partial<ZipLimits>, message: string]>([
    [
      'a file of zeros',
      zipSync({ 'a/zeros.png': new Uint8Array(5e6) }),
      { fileBytes: 1e6 },
      'x.zip: a/zeros.png unpacks to more than 1 MB.',
    ],
    [
      'many files of zeros',
      zipSync(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`a/${i}.png`, new Uint8Array(9e5)]))),
      { fileBytes: 1e6, freeBytes: 3e6 },
      'x.zip: it unpacks to more than 20 times its size.',
    ],
    [
      'too many files',
      zipSync({ 'a/1.png': text('1'), 'a/2.png': text('2'), 'a/3.png': text('3') }),
      { files: 2 },
      'x.zip: more than 2 files.',
    ],
    ['no archive', text('no archive at all'), {}, 'x.zip: this is no zip archive, or an empty one.'],
  ])('is refused: %s', async (_, content, limits, message) => {
    await expect(unzipped('x.zip', content, { ...ZIP_LIMITS, ...limits })).rejects.toThrow(message);
  });

  it('is refused where it is damaged, after what was good', async () => {
    const bytes = zipSync({ 'a/good.png': text('good'), 'a/bad.png': text('bad '.repeat(5000)) });
    bytes.fill(0xff, bytes.indexOf('b'.charCodeAt(0), 60) + 30, bytes.length - 150);
    await expect(unzipped('x.zip', bytes)).rejects.toThrow(/^x\.zip: /);
  });
});

describe('a project of Teachable Machine', () => {
  it('has classes in the names of its images', async () => {
    const bytes = zipSync({
      'manifest.json': text('{"type":"image","version":"2.4.5","appdata":{}}'),
      'Class 1-!-0.png': text('1'),
      'my-!-mug-!-12.jpeg': text('2'),
    });
    expect(await unzipped('project.tm', bytes)).toEqual([
      ['Class 1', '0.png', '1'],
      ['my-!-mug', '12.jpeg', '2'],
    ]);
  });

  it('may have classes of any letters, which become names of folders', async () => {
    const bytes = zipSync({
      'yes/no?-!-0.jpg': text('1'),
      'happy :)-!-3.jpg': text('2'),
      '../..-!-4.jpg': text('3'),
    });
    expect(await unzipped('project.tm', bytes)).toEqual([
      ['yes no', '0.jpg', '1'],
      ['happy )', '3.jpg', '2'],
      ['class', '4.jpg', '3'],
    ]);
  });

  it('is refused if it is not of images', async () => {
    const bytes = zipSync({ 'manifest.json': text('{"type":"audio"}'), 'noise-!-0.webm': text('1') });
    await expect(unzipped('noise.tm', bytes)).rejects.toThrow(
      'noise.tm: a Teachable Machine project of audio; the studio opens those of images.',
    );
  });
});
