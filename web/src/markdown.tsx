// A data set's card: the part of Markdown that cards use, made into elements one by one. There is no way
// from the text to HTML: tags are shown as they are written, links are http(s) alone, pictures are
// links (the page loads nothing from elsewhere).
import type {ComponentChildren} from 'preact';

const LINES_MAX = 5000;

export function splitCard(card: string): {front: string; body: string} {
  const found = /^---\r?\n([\s\S]*?)\r?\n---\r?\n?/.exec(card);
  return found ? {front: found[1], body: card.slice(found[0].length)} : {front: '', body: card};
}

export function Markdown({text}: {text: string}) {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  return <div class="card data">{blocks(lines.slice(0, LINES_MAX), 0)}{lines.length > LINES_MAX && <p>…</p>}</div>;
}

const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const HEADING = /^(#{1,6})\s+(.*?)\s*#*\s*$/;
const FENCE = /^\s{0,3}(```+|~~~+)\s*([\w+-]*)/;
const RULE = /^\s{0,3}([-*_])(\s*\1){2,}\s*$/;
const QUOTE = /^\s{0,3}>\s?/;
const DIVIDER = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;
const DEPTH_MAX = 8;

function blocks(lines: string[], depth: number): ComponentChildren[] {
  const out: ComponentChildren[] = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at];
    const fence = FENCE.exec(line), heading = HEADING.exec(line);
    let end = at + 1;
    if (!line.trim()) {
      // Between blocks.
    } else if (fence) {
      while (end < lines.length && !lines[end].trim().startsWith(fence[1])) ++end;
      out.push(<pre class="block" tabIndex={0}><code>{lines.slice(at + 1, end).join('\n')}</code></pre>);
      ++end;
    } else if (heading) {
      const Level = `h${Math.min(6, heading[1].length + 2)}` as 'h3';
      out.push(<Level dir="auto">{inline(heading[2])}</Level>);
    } else if (RULE.test(line)) {
      out.push(<hr />);
    } else if (QUOTE.test(line) && depth < DEPTH_MAX) {
      while (end < lines.length && QUOTE.test(lines[end])) ++end;
      out.push(<blockquote>{blocks(lines.slice(at, end).map((one) => one.replace(QUOTE, '')), depth + 1)}</blockquote>);
    } else if (ITEM.test(line) && depth < DEPTH_MAX) {
      while (end < lines.length && (ITEM.test(lines[end]) || /^\s+\S/.test(lines[end]))) ++end;
      out.push(list(lines.slice(at, end), depth));
    } else if (line.includes('|') && DIVIDER.test(lines[at + 1] ?? '')) {
      end = at + 2;
      while (end < lines.length && lines[end].includes('|')) ++end;
      out.push(table(line, lines.slice(at + 2, end)));
    } else {
      while (end < lines.length && lines[end].trim() && !FENCE.test(lines[end]) && !HEADING.test(lines[end]) &&
             !ITEM.test(lines[end]) && !QUOTE.test(lines[end])) ++end;
      out.push(<p dir="auto">{inline(lines.slice(at, end).join('\n'))}</p>);
    }
    at = end;
  }
  return out;
}

function list(lines: string[], depth: number): ComponentChildren {
  const first = ITEM.exec(lines[0]) ?? ['', '', '-', ''];
  const items: string[][] = [];
  for (const line of lines) {
    const item = ITEM.exec(line);
    if (item && item[1].length <= first[1].length) {
      items.push([item[3]]);
    } else {
      items[items.length - 1].push(line.slice(Math.min(first[1].length + 2, line.length - line.trimStart().length)));
    }
  }
  const Tag = /\d/.test(first[2]) ? 'ol' : 'ul';
  return <Tag>{items.map(([head, ...rest]) => <li dir="auto">{inline(head)}{rest.length > 0 && blocks(rest, depth + 1)}</li>)}</Tag>;
}

function cellsOf(line: string): string[] {
  return line.trim().replace(/^\||\|$/g, '').split('|').map((cell) => cell.trim());
}

function table(head: string, rows: string[]): ComponentChildren {
  return (
    <div class="wide" tabIndex={0} role="region" aria-label="Table of the card">
      <table>
        <thead><tr>{cellsOf(head).map((cell) => <th scope="col" dir="auto">{inline(cell)}</th>)}</tr></thead>
        <tbody>{rows.map((row) => <tr>{cellsOf(row).map((cell) => <td dir="auto">{inline(cell)}</td>)}</tr>)}</tbody>
      </table>
    </div>
  );
}

// Code, picture or link, bare address, strong, emphasis: whichever comes first.
const INLINE = /(`+)([^`]+?)\1|(!?)\[([^\]\n]{0,500})\]\(((?:[^()\s]|\([^()\s]*\)){1,2000})(?:\s[^)\n]{0,200})?\)|(https?:\/\/[^\s<>"'`)\]]*[^\s<>"'`)\].,;:!?])|\*\*([^*\n]+)\*\*|__([^_\n]+)__|\*([^*\s][^*\n]*)\*/;

function inline(text: string): ComponentChildren[] {
  const out: ComponentChildren[] = [];
  let rest = text;
  for (let found = INLINE.exec(rest); found; found = INLINE.exec(rest)) {
    out.push(rest.slice(0, found.index));
    const [whole, , code, , label, address, bare, strong, strong2, soft] = found;
    if (code !== undefined) out.push(<code>{code}</code>);
    else if (address !== undefined) out.push(link(address, label || address));
    else if (bare !== undefined) out.push(link(bare, bare));
    else if (strong ?? strong2) out.push(<strong>{strong ?? strong2}</strong>);
    else out.push(<em>{soft}</em>);
    rest = rest.slice(found.index + whole.length);
  }
  out.push(rest);
  return out;
}

function link(address: string, label: string): ComponentChildren {
  if (!/^https?:\/\/[^\s]+$/i.test(address)) return <span>{label}</span>;
  return <a href={address} rel="noopener noreferrer" target="_blank">{label}</a>;
}
