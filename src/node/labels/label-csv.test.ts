import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../../../tests/support/image-folder.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { type LabelCsv, type LabelCsvOptions, readLabelCsv } from './label-csv.ts';

const IMAGES = ['a.jpg', 'b.jpg', 'c.jpg', 'sub/d.png'];

/** A folder of images with a table beside them. */
async function folderWith(
  csv: string | Uint8Array,
): Promise<{ folder: string; file: string; where: string }> {
  const folder = await temporaryFolder();
  await writeFiles(folder, IMAGES);
  await writeFiles(folder, { 'labels.csv': csv });
  const file = join(folder, 'labels.csv');
  return { folder, file, where: `label file "${file}"` };
}

/** The table, with files relative to the folder: `[file, label or target]`. */
async function read(csv: string | Uint8Array, options?: LabelCsvOptions) {
  const { folder, file } = await folderWith(csv);
  const table = await readLabelCsv(file, options);
  return { ...table, samples: answersOf(table, folder) };
}

function answersOf({ samples }: LabelCsv, folder: string): unknown[] {
  return samples.map((sample) => [
    relative(folder, sample.file).replaceAll('\\', '/'),
    sample.target === undefined ? sample.label : [...sample.target],
  ]);
}

async function refusal(
  csv: string | Uint8Array,
  message: (where: string) => string,
  options?: LabelCsvOptions,
): Promise<void> {
  const { file, where } = await folderWith(csv);
  await expect(readLabelCsv(file, options)).rejects.toThrow(withMessage(message(where)));
}

describe('readLabelCsv', () => {
  it('reads one class an image', async () => {
    const table = await read('file,label\na.jpg,dog\nsub/d.png,cat\nb.jpg,dog\n');
    expect(table).toMatchObject({ kind: 'class', names: ['cat', 'dog'], skipped: [], warnings: [] });
    expect(table.samples).toEqual([
      ['a.jpg', 1],
      ['sub/d.png', 0],
      ['b.jpg', 1],
    ]);
  });

  it.each(['image', 'picture', 'photo'])('takes the column "%s" for the files', async (column) => {
    const table = await read(`label,${column}\ndog,a.jpg\ncat,b.jpg\n`);
    expect(table.samples).toEqual([
      ['a.jpg', 1],
      ['b.jpg', 0],
    ]);
  });

  it('takes the one column of words for the class, whatever its name', async () => {
    const table = await read('Image Path;Art\na.jpg;Käfer, klein\nb.jpg;Ameise\n');
    expect(table).toMatchObject({ kind: 'class', names: ['Ameise', 'Käfer, klein'] });
  });

  it.each([
    ['|', 'labels', 'cat|dog', ''],
    [';', 'labels', 'cat; dog', ''],
    [' ', 'labels', 'cat dog', ''],
    [',', 'tags', '"cat,dog"', ''],
    ['| in a column of any name', 'what', 'cat|dog', ''],
  ])('reads labels separated by %s', async (_, column, both, none) => {
    const table = await read(`file,${column}\na.jpg,${both}\nb.jpg,dog\nc.jpg,${none}\n`);
    expect(table).toMatchObject({ kind: 'labels', names: ['cat', 'dog'], warnings: [] });
    expect(table.samples).toEqual([
      ['a.jpg', [1, 1]],
      ['b.jpg', [0, 1]],
      ['c.jpg', [0, 0]],
    ]);
  });

  it('separates labels by what it is told, and takes names of several words from a list', async () => {
    const csv = 'file,labels\na.jpg,polar bear\nb.jpg,cat\n';
    expect((await read(csv)).names).toEqual(['bear', 'cat', 'polar']);
    expect((await read(csv, { labelSeparator: '/' })).names).toEqual(['cat', 'polar bear']);
    const known = await read(csv, { labels: ['polar bear', 'dog', 'cat'] });
    expect(known.names).toEqual(['polar bear', 'dog', 'cat']);
    expect(known.samples).toEqual([
      ['a.jpg', [1, 0, 0]],
      ['b.jpg', [0, 0, 1]],
    ]);
    expect(known.warnings).toEqual([
      'The label is the same for all images, so that nothing can be learned of it: "dog".',
    ]);
  });

  it('reads one column of 0 and 1 for each label, in another order if asked', async () => {
    const csv = 'file,cat,dog\na.jpg,1,0\nb.jpg,true,1.0\nc.jpg,0,False\n';
    const table = await read(csv);
    expect(table).toMatchObject({ kind: 'labels', names: ['cat', 'dog'] });
    expect(table.samples).toEqual([
      ['a.jpg', [1, 0]],
      ['b.jpg', [1, 1]],
      ['c.jpg', [0, 0]],
    ]);
    const other = await read(csv, { labels: ['dog', 'cat'] });
    expect(other.names).toEqual(['dog', 'cat']);
    expect(other.samples[0]).toEqual(['a.jpg', [0, 1]]);
  });

  it('reads numbers, one or several', async () => {
    const one = await read('file,age\na.jpg,31\nb.jpg,-2.5\n');
    expect(one).toMatchObject({
      kind: 'values',
      names: ['age'],
      samples: [
        ['a.jpg', [31]],
        ['b.jpg', [-2.5]],
      ],
    });
    const several = await read('file,note,x,y\na.jpg,good,0,1e3\nb.jpg,bad,1,7\n');
    expect(several).toMatchObject({
      kind: 'values',
      names: ['x', 'y'],
      samples: [
        ['a.jpg', [0, 1000]],
        ['b.jpg', [1, 7]],
      ],
      warnings: ['The column "note" is not used.'],
    });
  });

  it('reads decimal commas where semicolons or tabs separate cells', async () => {
    for (const separator of [';', '\t']) {
      const csv = ['file,x', 'a.jpg,31@5', 'b.jpg,2'].join('\n').replaceAll(',', separator).replace('@', ',');
      expect((await read(csv)).samples).toEqual([
        ['a.jpg', [31.5]],
        ['b.jpg', [2]],
      ]);
    }
  });

  it.each([
    ['\t', ['1,234', '12,500', '950'], ',', [1.234, 12.5, 950]],
    ['\t', ['1.234', '950'], '.', [1.234, 950]],
    [';', ['1.234', '950'], '.', [1.234, 950]],
    [',', ['31.250', '28.500'], '.', [31.25, 28.5]],
    [',', ['"31,25"', '"28,5"'], ',', [31.25, 28.5]],
  ] as const)(
    'reads fractions as it is told, cells parted by %j: %j',
    async (separator, cells, decimalMark, values) => {
      const lines = cells.map((cell, i) => `${IMAGES[i]}${separator}${cell}`);
      const table = await read([`file${separator}x`, ...lines].join('\n'), { decimalMark });
      expect(table.kind).toBe('values');
      expect(table.samples.map((sample) => (sample as [string, number[]])[1][0])).toEqual(
        values.map((value) => Math.fround(value)),
      );
    },
  );

  it('takes three digits for a fraction where a number of the column tells so', async () => {
    const { samples } = await read('file\tx\na.jpg\t1,234\nb.jpg\t0,512\n');
    expect(samples).toEqual([
      ['a.jpg', [Math.fround(1.234)]],
      ['b.jpg', [Math.fround(0.512)]],
    ]);
  });

  it('does what it is told rather than what it finds', async () => {
    const csv = 'id,photo,score,label\n1,a.jpg,0,3\n2,b.jpg,1,5\n';
    expect(await read(csv)).toMatchObject({ kind: 'class', names: ['3', '5'] });
    expect(await read(csv, { kind: 'values', targetColumns: ['label'] })).toMatchObject({
      names: ['label'],
      samples: [
        ['a.jpg', [3]],
        ['b.jpg', [5]],
      ],
      warnings: ['The columns "id", "score" are not used.'],
    });
    expect(await read(csv, { kind: 'values', targetColumns: ['score'] })).toMatchObject({
      kind: 'values',
      names: ['score'],
    });
    expect(await read(csv, { targetColumns: ['score'] })).toMatchObject({
      kind: 'labels',
      names: ['score'],
    });
    expect(await read(csv, { kind: 'labels', targetColumns: ['label'] })).toMatchObject({
      kind: 'labels',
      names: ['3', '5'],
    });
    const two = 'left,right,label\na.jpg,b.jpg,x\nb.jpg,a.jpg,y\n';
    expect((await read(two, { fileColumn: 'right' })).samples).toEqual([
      ['b.jpg', 0],
      ['a.jpg', 1],
    ]);
  });

  it('prefers a column of labels to columns of numbers', async () => {
    const table = await read('filename,width,height,class\na.jpg,640,480,cat\nb.jpg,640,480,dog\n');
    expect(table).toMatchObject({
      kind: 'class',
      warnings: ['The columns "width", "height" are not used.'],
    });
  });

  it('takes any encoding, and says where it had to guess', async () => {
    const csv = 'file;label\na.jpg;Bär\nb.jpg;Kuh\n';
    for (const bytes of [Buffer.from(`\ufeff${csv}`), Buffer.from(`\ufeff${csv}`, 'utf16le')]) {
      expect(await read(bytes)).toMatchObject({ names: ['Bär', 'Kuh'], warnings: [] });
    }
    expect(await read(Buffer.from(csv, 'latin1'))).toMatchObject({
      names: ['Bär', 'Kuh'],
      warnings: ['The file is not UTF-8 and was read as Windows-1252: check letters with accents.'],
    });
    expect(await read(csv.normalize('NFD'))).toMatchObject({ names: ['Bär', 'Kuh'] });
  });

  it('finds images below another folder, by absolute paths and with backslashes', async () => {
    const { folder, file } = await folderWith('');
    await writeFiles(folder, {
      'tables/x.csv': `file,label\nd.png,cat\n..\\a.jpg,dog\n"${join(folder, 'b.jpg')}",cat\n`,
    });
    const table = await readLabelCsv(join(folder, 'tables/x.csv'), { imageFolder: join(folder, 'sub') });
    expect(answersOf(table, folder)).toEqual([
      ['sub/d.png', 0],
      ['a.jpg', 1],
      ['b.jpg', 0],
    ]);
    expect(file).toContain(folder);
  });

  it('counts lines that say the same of one image once', async () => {
    const once = await read('file,label\na.jpg,cat\n./a.jpg,cat\nb.jpg,dog\n');
    expect(once.samples).toHaveLength(2);
    expect(once.warnings).toEqual(['Line 3 repeats an earlier one and does not count.']);
    const twice = await read('file,label\na.jpg,cat\na.jpg,cat\nb.jpg,dog\nb.jpg,dog\n');
    expect(twice.warnings).toEqual([
      '2 lines repeat earlier ones and do not count, the first of them line 3.',
    ]);
  });

  it('leaves out missing images if asked, and names classes that have none then', async () => {
    const csv = 'file,label\na.jpg,cat\nx.jpg,dog\nb.jpg,bird\n';
    const { folder, file } = await folderWith(csv);
    const table = await readLabelCsv(file, { allowMissing: true });
    expect(answersOf(table, folder)).toEqual([
      ['a.jpg', 1],
      ['b.jpg', 0],
    ]);
    expect(table.skipped).toEqual([{ file: join(folder, 'x.jpg'), reason: 'file not found' }]);
    expect(table.warnings).toEqual(['There are no images of "dog".']);
  });

  it('warns of numbers that never change', async () => {
    expect((await read('file,x,y\na.jpg,7,7\nb.jpg,7,8\n')).warnings).toEqual([
      'The number is the same for all images, so that nothing can be learned of it: "x".',
    ]);
  });
});

describe('readLabelCsv refuses', () => {
  it('a file that is not there, or a folder', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'x.csv'));
    await expect(readLabelCsv(join(folder, 'y.csv'))).rejects.toMatchObject({
      code: 'file-not-found',
      message: `label file "${join(folder, 'y.csv')}": expected a CSV file, received no such file. Check the path.`,
    });
    await expect(readLabelCsv(join(folder, 'x.csv'))).rejects.toThrow(
      withMessage(
        `label file "${join(folder, 'x.csv')}": expected a CSV file, received a folder. Give the file itself.`,
      ),
    );
  });

  it('missing images: counted, the first few named', async () => {
    const lines = Array.from({ length: 7 }, (_, i) => `x${i}.jpg,dog`).join('\n');
    const { folder, file, where } = await folderWith(`file,label\na.jpg,cat\n${lines}\nx0.jpg,dog\n`);
    await expect(readLabelCsv(file)).rejects.toThrow(
      withMessage(
        `${where}: expected its images in "${folder}", received 7 of 8 missing: "x0.jpg", "x1.jpg", "x2.jpg" and 4 more. ` +
          'Check the names, or leave out the lines without an image (--allow-missing).',
      ),
    );
    const elsewhere = join(folder, 'nowhere');
    await expect(readLabelCsv(file, { imageFolder: elsewhere, allowMissing: true })).rejects.toThrow(
      withMessage(
        `${where}: expected its images in "${elsewhere}", received 8 of 8 missing: "a.jpg", "x0.jpg", "x1.jpg" and 5 more. ` +
          'Give the folder that the names are relative to (--images).',
      ),
    );
  });

  it('names without their extension, or in another case', async () => {
    for (const [name, suggestion] of [
      ['a', 'a.jpg'],
      ['sub/D.PNG', 'sub/d.png'],
    ] as const) {
      const { folder, file, where } = await folderWith(`file,label\n${name},cat\nb.jpg,dog\n`);
      await expect(readLabelCsv(file)).rejects.toThrow(
        withMessage(
          `${where}: expected its images in "${folder}", received 1 of 2 missing: "${name}". ` +
            `There is "${suggestion}": write names as the files have them, with extension.`,
        ),
      );
    }
  });

  it('a folder in place of an image', async () => {
    const { folder, file, where } = await folderWith('file,label\nsub,cat\nb.jpg,dog\n');
    await expect(readLabelCsv(file)).rejects.toThrow(
      withMessage(
        `${where}: expected its images in "${folder}", received 1 of 2 missing: "sub". ` +
          'Check the names, or leave out the lines without an image (--allow-missing).',
      ),
    );
  });

  it('two answers for one image', async () => {
    const advice = 'Remove one of the lines; several labels of an image go into one cell: "cat|dog".';
    for (const [csv, line, now, before] of [
      ['file,label\na.jpg,cat\nb.jpg,dog\na.jpg,dog\n', 4, '"dog"', 'line 2 "cat"'],
      ['file,labels\na.jpg,cat|dog\na.jpg,\n', 3, 'no label', 'line 2 "cat", "dog"'],
      ['file,x,y\na.jpg,1.5,2\na.jpg,1.5,3\n', 3, '1.5, 3', 'line 2 1.5, 2'],
    ] as const) {
      const { folder, file, where } = await folderWith(csv);
      await expect(readLabelCsv(file)).rejects.toThrow(
        withMessage(
          `${where}, line ${line}: expected one answer for "${join(folder, 'a.jpg')}", received ${now}, and in ${before}. ${advice}`,
        ),
      );
    }
  });

  it('no column of files', async () => {
    const expected = 'expected a column "file", "filename", "path" or "image" of file names';
    await refusal(
      'flie,label\na.jpg,cat\n',
      (where) =>
        `${where}: ${expected}, received "flie", "label". Rename the column "flie" to "file", or say which it is (--file-column).`,
    );
    await refusal(
      'where,label\na.jpg,cat\n',
      (where) =>
        `${where}: ${expected}, received "where", "label". Rename the column, or say which it is (--file-column).`,
    );
    await refusal(
      'a.jpg,cat\nb.jpg,dog\n',
      (where) =>
        `${where}: ${expected}, received "a.jpg", "cat". The first line must name the columns: "file,label".`,
    );
  });

  it('columns that are asked for and not there', async () => {
    const csv = 'file,age\na.jpg,3\n';
    await refusal(
      csv,
      (where) => `${where}: expected a column "ages", received "file", "age". Did you mean "age"?`,
      { targetColumns: ['ages'] },
    );
    await refusal(
      csv,
      (where) => `${where}: expected a column "flie", received "file", "age". Did you mean "file"?`,
      { fileColumn: 'flie' },
    );
  });

  it('columns that could mean anything', async () => {
    const advice = 'Say which columns hold the answer (--target-columns).';
    await refusal(
      'file,color,shape\na.jpg,red,round\nb.jpg,blue,square\n',
      (where) =>
        `${where}: expected a column "label" or "labels", or columns of numbers, received "color", "shape". ${advice}`,
    );
    await refusal(
      'file,\na.jpg,\n',
      (where) =>
        `${where}: expected a column "label" or "labels", or columns of numbers, received none. ${advice}`,
    );
    await refusal(
      'file,label\na.jpg,cat\nb.jpg,dog\n',
      (where) => `${where}: expected a column of numbers, received "label". ${advice}`,
      { kind: 'values' },
    );
    await refusal(
      'file,x,y\na.jpg,1,2\nb.jpg,2,2\n',
      (where) => `${where}: expected one column of classes, "label", received "x", "y". ${advice}`,
      { kind: 'class' },
    );
    await refusal(
      'file,color,shape\na.jpg,red,round\nb.jpg,blue,square\n',
      (where) =>
        `${where}: expected one column of labels, or columns of numbers, received "color", "shape". ${advice}`,
      { targetColumns: ['color', 'shape'] },
    );
  });

  it('cells that are empty or not what they should be', async () => {
    await refusal(
      'file,label\na.jpg,cat\n,dog\n',
      (where) =>
        `${where}, line 3: expected a file name in column "file", received an empty cell. Name the image, or remove the line.`,
    );
    await refusal(
      'file,label\na.jpg,cat\nb.jpg,\n',
      (where) =>
        `${where}, line 3: expected a class in column "label", received an empty cell. Name the class, or remove the line.`,
    );
    await refusal(
      'file,age\na.jpg,3\nb.jpg,4\nc.jpg,old\n',
      (where) =>
        `${where}, line 4: expected a number in column "age", received "old". Write a number, or remove the line.`,
    );
    await refusal(
      'file,age\na.jpg,3\nb.jpg,4\nc.jpg,\n',
      (where) =>
        `${where}, line 4: expected a number in column "age", received an empty cell. Write a number, or remove the line.`,
    );
    await refusal(
      'file;x\na.jpg;3.5\nb.jpg;4.5\nc.jpg;4,5\n',
      (where) =>
        `${where}, line 4: expected a number in column "x", received "4,5". Write fractions with a point in all lines.`,
    );
    await refusal(
      'file,cat,dog\na.jpg,1,0\nb.jpg,0,\n',
      (where) =>
        `${where}, line 3: expected 0 or 1 in column "dog", received an empty cell. Write 1 where the image has the label, else 0.`,
    );
    await refusal(
      'file,cat,dog\na.jpg,1,0\nb.jpg,0,-1\nc.jpg,0,1\n',
      (where) =>
        `${where}, line 3: expected 0 or 1 in column "dog", received "-1". Write 1 where the image has the label, else 0.`,
      { kind: 'labels', targetColumns: ['cat', 'dog'] },
    );
  });

  it('numbers that may be thousands or fractions', async () => {
    const advice =
      'Say which mark begins a fraction (--decimal-mark), and write thousands without one: no number of the column tells.';
    await refusal(
      'file\tx\na.jpg\t950\nb.jpg\t1,234\nc.jpg\t12,500\n',
      (where) =>
        `${where}, line 3: expected a number that is clearly 1234 or 1.234 in column "x", received "1,234". ${advice}`,
    );
    await refusal(
      'file;x\na.jpg;-12.500\nb.jpg;950\n',
      (where) =>
        `${where}, line 2: expected a number that is clearly -12500 or -12.500 in column "x", received "-12.500". ${advice}`,
    );
    await refusal(
      'file,x\na.jpg,1.234\nb.jpg,950\n',
      (where) =>
        `${where}, line 2: expected a number that is clearly 1234 or 1.234 in column "x", received "1.234". ${advice}`,
    );
    await refusal(
      'file\tx\na.jpg\t950\nb.jpg\t1,234\nc.jpg\t951\n',
      (where) =>
        `${where}, line 3: expected a number in column "x", received "1,234". Write thousands without a mark, and fractions with ".".`,
      { decimalMark: '.' },
    );
  });

  it('labels that are not on the list', async () => {
    await refusal(
      'file,labels\na.jpg,cat\nb.jpg,cta|mouse\nc.jpg,cta\n',
      (where) =>
        `${where}: expected labels among "cat", "dog", received "cta" in line 3, "mouse" in line 3. Did you mean "cat"? Upper and lower case count.`,
      { labels: ['cat', 'dog'] },
    );
    await refusal(
      'file,label\na.jpg,Cat\nb.jpg,dog\n',
      (where) =>
        `${where}: expected labels among "cat", "dog", received "Cat" in line 2. Did you mean "cat"? It differs in upper and lower case.`,
      { labels: ['cat', 'dog'] },
    );
    await refusal(
      'file,cat,mouse\na.jpg,1,0\nb.jpg,0,1\n',
      (where) =>
        `${where}: expected one column for each of "cat", "dog", received "cat", "mouse". Name the columns as the labels that were trained (upper and lower case count).`,
      { labels: ['cat', 'dog'] },
    );
  });

  it('labels that differ in case alone, and one class alone', async () => {
    await refusal(
      'file,label\na.jpg,Cat\nb.jpg,dog\nc.jpg,cat\n',
      (where) =>
        `${where}: expected labels that differ in more than upper and lower case, received "cat", "Cat". Write one label the same way in all lines.`,
    );
    for (const [int8Model, difference, pair] of [
      ['ice  cream', 'blanks', '"ice  cream", "ice cream"'],
      ['ice cream\u200b', 'characters that cannot be seen', '"ice cream", "ice cream\\u200b"'],
    ] as const) {
      await refusal(
        `file,label\na.jpg,ice cream\nb.jpg,${int8Model}\nc.jpg,tea\n`,
        (where) =>
          `${where}: expected labels that differ in more than ${difference}, received ${pair}. Write one label the same way in all lines.`,
      );
    }
    await refusal(
      'file,label\na.jpg,cat\nb.jpg,cat\n',
      (where) =>
        `${where}: expected at least 2 classes in column "label", received 1 ("cat"). Add images of another class.`,
    );
  });
});
