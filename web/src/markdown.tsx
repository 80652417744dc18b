// A data set's card: the part of Markdown that cards use, made into elements one by one. There is no way
// from the text to HTML: tags are shown as they are written, links are http(s) alone, pictures are
// links (the page loads nothing from elsewhere).
import type {ComponentChildren} from 'preact';

const LINES_MAX = 5000;
const PIECES_MAX = 20_000;  // Links, emphases and table cells of one card; beyond it the text stays as it is written.

/** How many pieces a card may still have. */
interface Room {
  pieces: number;
}

export function splitCard(card: string): {front: string; body: string} {
  const found = /^---\r?\n([\s\S]*?)\r?\n---\r?\n?/.exec(card);
  return found ? {front: found[1], body: card.slice(found[0].length)} : {front: '', body: card};
}

export function Markdown({text}: {text: string}) {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  return <div class="card data">{blocks(lines.slice(0, LINES_MAX), 0, {pieces: PIECES_MAX})}{lines.length > LINES_MAX && <p>…</p>}</div>;
}

// A card may be a megabyte of anything, so nothing here reads a line more than a fixed number of times: patterns only where
// they cannot go back over blanks that another part of them could take, the rest by hand.
const FENCE = /^\s{0,3}(```+|~~~+)\s*([\w+-]*)/;
const QUOTE = /^\s{0,3}>\s?/;
const MARKER = /^(?:[-*+]|\d{1,9}[.)])(?=\s)/;
const DEPTH_MAX = 8;

interface Item {
  indent: number;
  marker: string;
  text: string;
}

export function itemOf(line: string): Item | null {
  const bare = line.trimStart();
  const marker = MARKER.exec(bare)?.[0];
  return marker === undefined ? null : {indent: line.length - bare.length, marker, text: bare.slice(marker.length).trimStart()};
}

export function headingOf(line: string): {level: number; text: string} | null {
  const level = /^#{1,6}(?=\s)/.exec(line)?.[0].length;
  if (level === undefined) return null;
  const text = line.slice(level).trim();
  let end = text.length;
  while (text[end - 1] === '#') --end;
  return {level, text: end === 0 || /\s/.test(text[end - 1]) ? text.slice(0, end).trimEnd() : text};
}

/** Three or more of one sign, and blanks: a line across. */
export function isRule(line: string): boolean {
  const signs = line.replace(/\s/g, '');
  return '-*_'.includes(signs[0]) && signs.length >= 3 && signs === signs[0].repeat(signs.length) && !/^\s{4}/.test(line);
}

/** Under a table's head: |---|:-:|. */
export function isDivider(line: string): boolean {
  return /^[\s|:-]+$/.test(line) && cellsOf(line).every((cell) => /^:?-+:?$/.test(cell));
}

function blocks(lines: string[], depth: number, room: Room): ComponentChildren[] {
  const out: ComponentChildren[] = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at];
    const fence = FENCE.exec(line), heading = headingOf(line);
    let end = at + 1;
    if (!line.trim()) {
      // Between blocks.
    } else if (fence) {
      while (end < lines.length && !lines[end].trim().startsWith(fence[1])) ++end;
      out.push(<pre class="block" tabIndex={0}><code>{lines.slice(at + 1, end).join('\n')}</code></pre>);
      ++end;
    } else if (heading) {
      const Level = `h${Math.min(6, heading.level + 2)}` as 'h3';
      out.push(<Level dir="auto">{inline(heading.text, room)}</Level>);
    } else if (isRule(line)) {
      out.push(<hr />);
    } else if (QUOTE.test(line) && depth < DEPTH_MAX) {
      while (end < lines.length && QUOTE.test(lines[end])) ++end;
      out.push(<blockquote>{blocks(lines.slice(at, end).map((one) => one.replace(QUOTE, '')), depth + 1, room)}</blockquote>);
    } else if (itemOf(line) && depth < DEPTH_MAX) {
      while (end < lines.length && (itemOf(lines[end]) || /^\s+\S/.test(lines[end]))) ++end;
      out.push(list(lines.slice(at, end), depth, room));
    } else if (line.includes('|') && isDivider(lines[at + 1] ?? '')) {
      end = at + 2;
      while (end < lines.length && lines[end].includes('|')) ++end;
      out.push(table(lines.slice(at, end), room));
    } else {
      while (end < lines.length && lines[end].trim() && !FENCE.test(lines[end]) && !headingOf(lines[end]) &&
             !itemOf(lines[end]) && !QUOTE.test(lines[end])) ++end;
      out.push(<p dir="auto">{inline(lines.slice(at, end).join('\n'), room)}</p>);
    }
    at = end;
  }
  return out;
}

function list(lines: string[], depth: number, room: Room): ComponentChildren {
  const first = itemOf(lines[0]) ?? {indent: 0, marker: '-', text: ''};
  const items: string[][] = [];
  for (const line of lines) {
    const item = itemOf(line);
    if (item && item.indent <= first.indent) {
      items.push([item.text]);
    } else {
      items[items.length - 1].push(line.slice(Math.min(first.indent + 2, line.length - line.trimStart().length)));
    }
  }
  const Tag = /\d/.test(first.marker) ? 'ol' : 'ul';
  return <Tag>{items.map(([head, ...rest]) => <li dir="auto">{inline(head, room)}{rest.length > 0 && blocks(rest, depth + 1, room)}</li>)}</Tag>;
}

function cellsOf(line: string): string[] {
  return line.trim().replace(/^\||\|$/g, '').split('|').map((cell) => cell.trim());
}

/** Head, divider and rows; one of too many cells stays as it is written. */
function table(lines: string[], room: Room): ComponentChildren {
  const [head, , ...rows] = lines.map(cellsOf);
  room.pieces -= rows.reduce((sum, row) => sum + row.length, head.length);
  if (room.pieces < 0) return <pre class="block" tabIndex={0}><code>{lines.join('\n')}</code></pre>;
  return (
    <div class="wide" tabIndex={0} role="region" aria-label="Table of the card">
      <table>
        <thead><tr>{head.map((cell) => <th scope="col" dir="auto">{inline(cell, room)}</th>)}</tr></thead>
        <tbody>{rows.map((row) => <tr>{row.map((cell) => <td dir="auto">{inline(cell, room)}</td>)}</tr>)}</tbody>
      </table>
    </div>
  );
}

// What may begin a piece; then its own pattern is tried at that place alone. Each ends at the next sign of its own kind
// ([, *, _), so that failing attempts do not read the same text again and again.
const SIGN = /`+|!?\[|https?:\/\/|\*\*?|__/g;
const LINK = /!?\[([^[\]\n]{0,500})\]\(((?:[^()\s]|\([^()\s]*\)){1,2000})(?:\s[^)[\n]{0,200})?\)/y;
const ADDRESS = /https?:\/\/[^\s<>"'`)\]]*/y;
const STRONG = /\*\*([^*\n]+)\*\*|__([^_\n]+)__/y;
const SOFT = /\*([^*\s][^*\n]*)\*/y;

function tryAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** By where a run of backticks begins: where the next run of as many does, or 0. */
function closersOf(text: string): Int32Array {
  let at = text.indexOf('`');
  const closers = new Int32Array(at < 0 ? 0 : text.length), last = new Map<number, number>();
  for (let end = at; at >= 0; at = text.indexOf('`', end)) {
    end = at + 1;
    while (text[end] === '`') ++end;
    const before = last.get(end - at);
    if (before !== undefined) closers[before] = at;
    last.set(end - at, at);
  }
  return closers;
}

/** What begins at `at` with `sign`, and where it ends. */
function pieceAt(text: string, at: number, sign: string, closers: Int32Array): {end: number; piece: ComponentChildren} | null {
  if (sign[0] === '`') {
    const close = closers[at];
    return close === 0 ? null : {end: close + sign.length, piece: <code>{text.slice(at + sign.length, close)}</code>};
  }
  if (sign[0] === 'h') {
    let address = tryAt(ADDRESS, text, at)?.[0] ?? sign;
    let end = address.length;
    while ('.,;:!?'.includes(address[end - 1])) --end;
    address = address.slice(0, end);
    return end <= sign.length ? null : {end: at + end, piece: link(address, address)};
  }
  if (sign.endsWith('[')) {
    const found = tryAt(LINK, text, at);
    return found && {end: at + found[0].length, piece: link(found[2], found[1] || found[2])};
  }
  const strong = sign.length === 2 ? tryAt(STRONG, text, at) : null;
  if (strong) return {end: at + strong[0].length, piece: <strong>{strong[1] ?? strong[2]}</strong>};
  const soft = sign[0] === '*' ? tryAt(SOFT, text, at) : null;
  return soft && {end: at + soft[0].length, piece: <em>{soft[1]}</em>};
}

/** Code, pictures and links, bare addresses, strong, emphasis: whichever comes first. */
function inline(text: string, room: Room): ComponentChildren[] {
  const out: ComponentChildren[] = [];
  const closers = closersOf(text);
  let said = 0;  // Up to here it is in `out`.
  for (let at = 0; room.pieces > 0;) {
    const sign = tryAt(SIGN, text, at);
    if (!sign) break;
    const found = pieceAt(text, sign.index, sign[0], closers);
    if (found) {
      out.push(text.slice(said, sign.index), found.piece);
      said = at = found.end;
      --room.pieces;
    } else {
      at = sign.index + (sign[0] === '**' || sign[0] === '__' ? 1 : sign[0].length);
    }
  }
  out.push(text.slice(said));
  return out;
}

function link(address: string, label: string): ComponentChildren {
  if (!/^https?:\/\/[^\s]+$/i.test(address)) return <span>{label}</span>;
  return <a href={address} rel="noopener noreferrer" target="_blank">{label}</a>;
}
