import { deflateSync, inflateSync } from 'node:zlib';

// Pictures of a console have few colours that matter. With a palette they are
// a third as large, and nobody sees a difference.

const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);

interface Picture {
  width: number;
  height: number;
  /** Colours by row, as 0xRRGGBB. */
  pixels: Uint32Array;
}

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  let crc = ~0;
  for (const byte of body) crc = crcTable[(crc ^ byte) & 255] ^ (crc >>> 8);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(~crc >>> 0);
  return Buffer.concat([length, body, sum]);
}

function paeth(a: number, b: number, c: number): number {
  const p = a + b - c;
  const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

/** Reads a PNG of 8 bits a channel, as browsers write it. */
function read(png: Buffer): Picture {
  const data: Buffer[] = [];
  let head: Buffer = Buffer.alloc(0);
  for (let at = signature.length; at < png.length; ) {
    const [length, type] = [png.readUInt32BE(at), png.toString('latin1', at + 4, at + 8)];
    if (type === 'IHDR') head = png.subarray(at + 8, at + 8 + length);
    if (type === 'IDAT') data.push(png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const [width, height, channels] = [head.readUInt32BE(0), head.readUInt32BE(4), head[9] === 2 ? 3 : 4];
  const size = width * channels;
  const raw = inflateSync(Buffer.concat(data));
  const pixels = new Uint32Array(width * height);
  let above: Buffer = Buffer.alloc(size);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (size + 1)];
    const line = Buffer.from(raw.subarray(y * (size + 1) + 1, (y + 1) * (size + 1)));
    for (let x = 0; x < size; x++) {
      const [left, up, corner] = [x < channels ? 0 : line[x - channels], above[x], x < channels ? 0 : above[x - channels]];
      line[x] += [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
    }
    for (let x = 0; x < width; x++) pixels[y * width + x] = line.readUIntBE(x * channels, 3);
    above = line;
  }
  return { width, height, pixels };
}

const distance = (a: number, b: number) =>
  Math.max(Math.abs((a >> 16) - (b >> 16)), Math.abs(((a >> 8) & 255) - ((b >> 8) & 255)), Math.abs((a & 255) - (b & 255)));

/** At most 256 colours, so that each of the picture's is as near as can be to one of them. */
function palette(pixels: Uint32Array): number[] {
  const counts = new Map<number, number>();
  for (const p of pixels) counts.set(p, (counts.get(p) ?? 0) + 1);
  const byCount = [...counts].sort((a, b) => b[1] - a[1]).map(([colour]) => colour);
  for (let apart = 0; ; apart++) {
    const chosen: number[] = [];
    for (const colour of byCount) {
      if (chosen.length > 256) break;
      if (chosen.every((c) => distance(c, colour) > apart)) chosen.push(colour);
    }
    if (chosen.length <= 256) return chosen;
  }
}

/** Gives the picture with a palette. */
export function shrink(png: Buffer): Buffer {
  const { width, height, pixels } = read(png);
  const colours = palette(pixels);
  const nearest = new Map<number, number>();
  const find = (pixel: number) => {
    let index = nearest.get(pixel);
    if (index === undefined) {
      index = colours.reduce((best, c, n) => (distance(c, pixel) < distance(colours[best], pixel) ? n : best), 0);
      nearest.set(pixel, index);
    }
    return index;
  };
  const lines = Buffer.alloc((width + 1) * height);
  pixels.forEach((pixel, n) => (lines[Math.floor(n / width) * (width + 1) + 1 + (n % width)] = find(pixel)));
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const table = Buffer.from(colours.flatMap((c) => [c >> 16, (c >> 8) & 255, c & 255]));
  return Buffer.concat([signature, chunk('IHDR', head), chunk('PLTE', table), chunk('IDAT', deflateSync(lines, { level: 9, memLevel: 9 })), chunk('IEND', Buffer.alloc(0))]);
}
