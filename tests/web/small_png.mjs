// Screenshots for the documentation: the PNG that the browser made, with a palette of at most 256 colours, a third of
// its size. Pages have few colours besides the edges of letters, so the commonest ones are kept, and each other pixel
// takes the nearest.
import {deflateSync, inflateSync} from 'node:zlib';

const COLOURS_MAX = 256;

const crcTable = Uint32Array.from({length: 256}, (_, n) => {
  for (let bit = 0; bit < 8; ++bit) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});
function crc(data) {
  let value = 0xffffffff;
  for (const byte of data) value = crcTable[(value ^ byte) & 0xff] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

/** Pixels of a PNG of 8 bits a channel, RGB or RGBA, not interlaced: what Chromium writes. */
function decode(png) {
  const width = png.readUInt32BE(16), height = png.readUInt32BE(20), depth = png[24], colour = png[25];
  if (depth !== 8 || (colour !== 2 && colour !== 6) || png[28] !== 0) throw new Error('not a PNG as Chromium writes it');
  const parts = [];
  for (let at = 8; at < png.length;) {
    const size = png.readUInt32BE(at), type = png.toString('latin1', at + 4, at + 8);
    if (type === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + size));
    at += 12 + size;
  }
  const channels = colour === 2 ? 3 : 4, stride = width * channels, raw = inflateSync(Buffer.concat(parts));
  const out = Buffer.alloc(stride * height);
  for (let y = 0; y < height; ++y) {
    const filter = raw[y * (stride + 1)];
    for (let x = 0; x < stride; ++x) {
      const left = x >= channels ? out[y * stride + x - channels] : 0, up = y ? out[(y - 1) * stride + x] : 0;
      const corner = y && x >= channels ? out[(y - 1) * stride + x - channels] : 0;
      const paeth = () => {
        const p = left + up - corner, a = Math.abs(p - left), b = Math.abs(p - up), c = Math.abs(p - corner);
        return a <= b && a <= c ? left : b <= c ? up : corner;
      };
      out[y * stride + x] = raw[y * (stride + 1) + 1 + x] + [0, left, up, (left + up) >> 1, filter === 4 ? paeth() : 0][filter];
    }
  }
  return {width, height, channels, pixels: out};
}

export function smallPng(png) {
  const {width, height, channels, pixels} = decode(png);
  const counts = new Map(), colours = new Uint32Array(width * height);
  for (let at = 0; at < colours.length; ++at) {
    const place = at * channels;
    colours[at] = (pixels[place] << 16) | (pixels[place + 1] << 8) | pixels[place + 2];
    counts.set(colours[at], (counts.get(colours[at]) ?? 0) + 1);
  }
  const palette = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, COLOURS_MAX).map(([colour]) => colour);
  const places = new Map(palette.map((colour, at) => [colour, at]));
  const nearest = (colour) => {
    let best = 0, least = Infinity;
    palette.forEach((one, at) => {
      const d = ((one >> 16) - (colour >> 16)) ** 2 + (((one >> 8) & 255) - ((colour >> 8) & 255)) ** 2 + ((one & 255) - (colour & 255)) ** 2;
      if (d < least) least = d, best = at;
    });
    places.set(colour, best);
    return best;
  };
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; ++y) {
    for (let x = 0; x < width; ++x) {
      const colour = colours[y * width + x];
      rows[y * (width + 1) + 1 + x] = places.get(colour) ?? nearest(colour);
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0), head.writeUInt32BE(height, 4), head[8] = 8, head[9] = 3;
  const table = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]), out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length, 0), body.copy(out, 4), out.writeUInt32BE(crc(body), body.length + 4);
    return out;
  };
  return Buffer.concat([png.subarray(0, 8), chunk('IHDR', head), chunk('PLTE', table), chunk('IDAT', deflateSync(rows, {level: 9})), chunk('IEND', Buffer.alloc(0))]);
}
