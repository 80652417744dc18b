// What stands in a cell for a value that JSON has not, or not so short (docs/pages.md has the forms), and every cell
// as a text that says where it was cut. In a value that came whole such an object is data: only `cellOf` takes it for
// a form, so each cell of the rows goes through it once, and from there on a form is a `Special`.
import type {Cell} from './data';
import {count, words} from './format';

type Kind = 'cut' | 'binary' | 'invalid' | 'number' | 'deep';
const INVALID_CHARS = 2000;  // kCellTextChars of src/view/cell.h.

export class Special {
  /** `part`: of a list or object that was cut, what came of it. */
  constructor(readonly kind: Kind, readonly text: string, readonly bytes: number, readonly part?: Cell) {}

  /** Whether the server has more of it than this text. */
  get cut(): boolean {
    if (this.kind === 'binary') return this.bytes > this.text.length / 2;
    if (this.kind === 'invalid') return [...this.text].length >= INVALID_CHARS;
    return this.kind === 'cut' || (this.kind === 'deep' && this.bytes > 0);
  }

  /** What is to be said beside the text; empty for a number, which is whole. */
  get mark(): string {
    const size = words(this.bytes, 'byte');
    switch (this.kind) {
      case 'number': return '';
      case 'cut': return `cut: ${size} in all`;
      case 'deep': return this.bytes > 0 ? `cut: about ${size} in all` : 'deeper than is shown';
      case 'binary': return this.cut ? `binary: the first ${count(this.text.length / 2)} of ${size}` : `binary: ${size}`;
      case 'invalid': return this.cut ? `not UTF-8, cut: ${size} in all` : 'not UTF-8';
    }
  }
}

/** Of an object of exactly the fields that docs/pages.md names; all others are data. */
export function specialOf(cell: Cell | undefined): Special | null {
  if (cell === null || typeof cell !== 'object' || Array.isArray(cell) || cell instanceof Special) return null;
  const names = Object.keys(cell);
  for (const kind of ['cut', 'binary', 'invalid', 'number', 'deep'] as const) {
    const text = cell['$' + kind], size = cell.bytes;
    if (typeof text !== 'string') continue;
    if (kind === 'number') return names.length === 1 ? new Special(kind, text, text.length) : null;
    return names.length === 2 && typeof size === 'number' ? new Special(kind, text, size) : null;
  }
  return null;
}

/** A cell of the rows with its forms as `Special`; an object that was written as a whole text is that object again. */
export function cellOf(raw: Cell): Cell {
  if (raw === null || typeof raw !== 'object' || raw instanceof Special) return raw;
  if (Array.isArray(raw)) return raw.map(cellOf);
  const special = specialOf(raw);
  if (special) return special.kind === 'deep' ? deepOf(special) : special;
  return Object.fromEntries(Object.entries(raw).map(([name, item]) => [name, cellOf(item)]));
}

/** A text that is whole JSON is an object that only looks like a form, and so is one with such a name; in others are forms. */
function deepOf(special: Special): Cell {
  try {
    return parseWhole(special.text);
  } catch {
    const json = beginningOf(special.text);
    if (json === '') return special;
    const part = parseWhole(json);
    const plain = part !== null && typeof part === 'object' && Object.keys(part).some((name) => name.startsWith('$'));
    return new Special('deep', special.text, special.bytes, plain ? part : cellOf(part));
  }
}

/** JSON of what is whole in the beginning of a list or object: the item at the cut, and a form at it, are left out. */
export function beginningOf(json: string): string {
  const open: {closer: string; isForm: boolean}[] = [];
  let whole = '';
  const keep = (end: number) => { whole = json.slice(0, end) + open.map(({closer}) => closer).reverse().join(''); };
  for (const token of json.matchAll(/"(?:[^"\\]|\\.)*("|$)|[[\]{},]/g)) {
    const [text, quote] = token, last = open[open.length - 1];
    if (quote === '') break;
    if (text === '[' || text === '{') {
      open.push({closer: text === '[' ? ']' : '}', isForm: json.startsWith('{"$', token.index)});
      if (open.length === 1) keep(token.index + 1);
    } else if (text === ']' || text === '}') {
      open.pop();
      keep(token.index + 1);
    } else if (text === ',' && !(last?.isForm && open.length > 1)) {
      keep(token.index);
    }
  }
  return whole;
}

const digitsOf = (token: string): string => token.replace(/e.*$/i, '').replace(/[-.]/g, '').replace(/^0+|0+$/g, '');

/** A whole value: numbers that a double would round keep all their digits. */
export function parseWhole(json: string): Cell {
  if (!/[\d.]{16}/.test(json)) return JSON.parse(json) as Cell;
  let key = 'digits';
  while (json.includes(`"${key}"`)) key += '_';
  const marked = json.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
    (token[0] !== '"' && token.length > 15 && digitsOf(token) !== digitsOf(String(Number(token))) ? `{"${key}":"${token}"}` : token));
  if (marked === json) return JSON.parse(json) as Cell;
  return JSON.parse(marked, (_, value: Cell) => {
    const digits = value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof Special) ? value[key] : undefined;
    return typeof digits === 'string' ? new Special('number', digits, digits.length) : value;
  }) as Cell;
}

/** Whether something in it was cut, so that asking for all of it tells more. */
export function hasMore(cell: Cell): boolean {
  if (cell === null || typeof cell !== 'object') return false;
  return cell instanceof Special ? cell.cut : Object.values(cell).some(hasMore);
}

/** As JSON, with its forms as people read them; `indent` null: on one line. */
export function jsonOf(cell: Cell, indent: string | null = ''): string {
  if (cell === null || typeof cell !== 'object') return JSON.stringify(cell);
  if (cell instanceof Special) {
    if (cell.kind === 'number') return cell.text;
    const text = cell.part !== undefined ? jsonOf(cell.part, indent) : cell.kind === 'deep' ? cell.text : JSON.stringify(cell.text);
    return `${text}${cell.cut ? '…' : ''} [${cell.mark}]`;
  }
  const inner = indent === null ? null : indent + ' ';
  const items = Array.isArray(cell) ? cell.map((item) => jsonOf(item, inner))
    : Object.entries(cell).map(([name, item]) => `${JSON.stringify(name)}:${indent === null ? '' : ' '}${jsonOf(item, inner)}`);
  const [begin, end] = Array.isArray(cell) ? '[]' : '{}';
  if (inner === null || items.length === 0) return begin + items.join(',') + end;
  return `${begin}\n${inner}${items.join(`,\n${inner}`)}\n${indent}${end}`;
}

/** A cell as one text, for comparing and copying. */
export function textOf(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell === 'string') return cell;
  if (cell instanceof Special && cell.kind !== 'deep') return cell.text + (cell.cut ? '…' : '') + (cell.mark && ` [${cell.mark}]`);
  return jsonOf(cell);
}

/** Two cells as texts that are equal only where the cells are: null is not the text "null", 1 not "1". */
export function textsOf(a: Cell | undefined, b: Cell | undefined): [string, string] {
  const texts: [string, string] = [textOf(a), textOf(b)];
  const json = [a, b].map((cell) => (cell === undefined ? '' : jsonOf(cell)));
  return texts[0] === texts[1] && json[0] !== json[1] ? [json[0], json[1]] : texts;
}

export const same = (a: Cell | undefined, b: Cell | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);
