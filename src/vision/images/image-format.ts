/** @file Tells from the first bytes of a file which image format it has, or what else it is. The name does not count. */

/** Formats that are decoded; HEIC only where the installed libvips can. */
export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'avif' | 'heic';

/** Bytes that {@link detectImageFormat} and {@link describeBytes} look at. */
export const FORMAT_BYTES = 1024;

/** The format that the first bytes of a file promise. Undefined for everything that is not decoded. */
export function detectImageFormat(head: Uint8Array): ImageFormat | undefined {
  const text = latin1(head);
  // Some writers leave stray bytes before the next marker.
  if (text.startsWith('\xff\xd8')) return 'jpeg';
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (text.startsWith('GIF87a') || text.startsWith('GIF89a')) return 'gif';
  if (text.startsWith('RIFF') && text.startsWith('WEBP', 8)) return 'webp';
  if (/^(?:II[*+]\0|MM\0[*+])/.test(text)) return 'tiff';
  return detectHeifFormat(text);
}

/** What a file is that is no image to be decoded: `an SVG file`. Undefined if the bytes do not tell. */
export function describeBytes(head: Uint8Array): string | undefined {
  const text = latin1(head);
  // Two letters alone could begin a text.
  if (text.startsWith('BM') && text.startsWith('\0\0\0\0', 6)) return 'a BMP file';
  const signed = SIGNATURES.find(({ at = 0, bytes }) => bytes.some((each) => text.startsWith(each, at)));
  if (signed !== undefined) return signed.kind;
  const words = text.replace(/^\xef\xbb\xbf/, '').trimStart();
  return MARKUP.find(({ pattern }) => pattern.test(words))?.kind;
}

export const HEIC_FILE = 'a HEIC file';

/** What cameras write before they make a JPEG file of it. */
export const RAW_FILE = "a camera's raw file";

/** Whether such a kind, see {@link describeBytes}, is an image to a person. */
export function isImageKind(kind: string): boolean {
  return IMAGE_KINDS.has(kind);
}

const IMAGE_KINDS = new Set([
  HEIC_FILE,
  'a BMP file',
  'a JPEG XL file',
  'a JPEG 2000 file',
  'a Photoshop file',
  'an icon file (ICO)',
  'a libvips file',
  'an OpenEXR file',
  'a FITS file',
  'a PPM file',
  'an SVG file',
  RAW_FILE,
]);

/** Brands of the box `ftyp`, the file's own first, then those that it is compatible with. */
const HEIC_BRANDS = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs']);
const AVIF_BRANDS = new Set(['avif', 'avis']);
/** Image collections of either kind: the decoder finds out. */
const EITHER_BRANDS = new Set(['mif1', 'msf1', 'miaf']);

/** @see https://www.iso.org/standard/89035.html ISO/IEC 23008-12, annex B */
function detectHeifFormat(text: string): 'avif' | 'heic' | undefined {
  if (!text.startsWith('ftyp', 4)) return undefined;
  const size = [0, 1, 2, 3].reduce((sum, index) => sum * 256 + text.charCodeAt(index), 0);
  const body = text.slice(8, Math.min(size, FORMAT_BYTES));
  const brands = [body.slice(0, 4)];
  for (let at = 8; at + 4 <= body.length; at += 4) brands.push(body.slice(at, at + 4));
  if (brands.some((brand) => AVIF_BRANDS.has(brand))) return 'avif';
  if (brands.some((brand) => HEIC_BRANDS.has(brand))) return 'heic';
  return brands.some((brand) => EITHER_BRANDS.has(brand)) ? 'avif' : undefined;
}

/** What other files begin with, in the order in which they are asked. */
const SIGNATURES: readonly {
  readonly at?: number;
  readonly bytes: readonly string[];
  readonly kind: string;
}[] = [
  { bytes: ['%PDF'], kind: 'a PDF file' },
  { bytes: ['\xff\x0a', '\0\0\0\x0cJXL '], kind: 'a JPEG XL file' },
  { bytes: ['\xff\x4f\xff\x51', '\0\0\0\x0cjP  '], kind: 'a JPEG 2000 file' },
  { bytes: ['8BPS'], kind: 'a Photoshop file' },
  { bytes: ['\0\0\x01\0'], kind: 'an icon file (ICO)' },
  { bytes: ['\x08\xf2\xa6\xb6', '\xb6\xa6\xf2\x08'], kind: 'a libvips file' },
  { bytes: ['\x76\x2f\x31\x01'], kind: 'an OpenEXR file' },
  { bytes: ['SIMPLE  ='], kind: 'a FITS file' },
  { bytes: ['P5\n', 'P6\n'], kind: 'a PPM file' },
  { bytes: ['IIRO', 'IIRS', 'IIU\0', 'FUJIFILM'], kind: RAW_FILE },
  { at: 4, bytes: ['ftypcrx '], kind: RAW_FILE },
  { at: 4, bytes: ['ftyp'], kind: 'a video' },
  { bytes: ['PK\x03\x04', 'PK\x05\x06'], kind: 'a ZIP archive' },
  { bytes: ['\x1f\x8b'], kind: 'a gzip archive' },
  { bytes: ['version https://git-lfs'], kind: 'a pointer of Git LFS, not the file itself' },
];

/** What text begins with, without blanks before it. */
const MARKUP: readonly { readonly pattern: RegExp; readonly kind: string }[] = [
  { pattern: /^<svg|^<(?:\?xml|!--|!DOCTYPE svg)[\s\S]*<svg/i, kind: 'an SVG file' },
  { pattern: /^<(?:!DOCTYPE html|html|head|body)/i, kind: 'an HTML page' },
  { pattern: /^<\?xml/i, kind: 'an XML file' },
];

function latin1(head: Uint8Array): string {
  return String.fromCharCode(...head.subarray(0, FORMAT_BYTES));
}
