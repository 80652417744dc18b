// A text of any length. One paragraph of a megabyte without a line break stops a browser for a minute; in blocks, of
// which only those in sight are laid out, sixteen are there at once.
import {visible} from './visible';

const BLOCK_CHARS = 1 << 14;

/** Blocks that together are the text; they end after a line where one ends in their second half, and never within a character. */
export function blocksOf(text: string): string[] {
  const blocks: string[] = [];
  for (let at = 0, end = 0; at < text.length; at = end) {
    end = at + BLOCK_CHARS;
    if (end >= text.length) end = text.length;
    else {
      const line = text.lastIndexOf('\n', end - 1) + 1;
      if (line > at + BLOCK_CHARS / 2) end = line;
      else if (/[\uDC00-\uDFFF]/.test(text[end]) && /[\uD800-\uDBFF]/.test(text[end - 1])) --end;
    }
    blocks.push(text.slice(at, end));
  }
  return blocks;
}

export function Long({text}: {text: string}) {
  if (text.length <= BLOCK_CHARS) return <>{visible(text)}</>;
  return <>{blocksOf(text).map((block, at) => <span class="part" key={at}>{visible(block)}</span>)}</>;
}
