// Which words differ: the longest common subsequence of two texts' words. Texts of duplicates are alike, so what
// they share at both ends is taken off first, and the square of the rest is bounded.
export interface Piece {
  text: string;
  changed: boolean;
}

const SQUARE_MAX = 4_000_000;  // Cells of the table; beyond it the whole middle counts as changed.

const wordsOf = (text: string): string[] => text.match(/\s+|[\p{L}\p{N}\p{M}_]+|[^\s\p{L}\p{N}\p{M}_]/gu) ?? [];

/** Both texts in pieces; what is not in the other one is `changed`. */
export function wordDiff(left: string, right: string): [Piece[], Piece[]] {
  const a = wordsOf(left), b = wordsOf(right);
  let start = 0, endA = a.length, endB = b.length;
  while (start < endA && start < endB && a[start] === b[start]) ++start;
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) --endA, --endB;
  const keptA = new Array<boolean>(a.length).fill(true), keptB = new Array<boolean>(b.length).fill(true);
  const n = endA - start, m = endB - start;
  if (n * m > SQUARE_MAX) {
    keptA.fill(false, start, endA), keptB.fill(false, start, endB);
  } else {
    mark(a.slice(start, endA), b.slice(start, endB), keptA, keptB, start);
  }
  return [pieces(a, keptA), pieces(b, keptB)];
}

function mark(a: string[], b: string[], keptA: boolean[], keptB: boolean[], start: number): void {
  const width = b.length + 1;
  const longest = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; --i) {
    for (let j = b.length - 1; j >= 0; --j) {
      longest[i * width + j] = a[i] === b[j] ? longest[(i + 1) * width + j + 1] + 1
        : Math.max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
    }
  }
  let i = 0, j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) ++i, ++j;
    else if (j >= b.length || (i < a.length && longest[(i + 1) * width + j] >= longest[i * width + j + 1])) keptA[start + i++] = false;
    else keptB[start + j++] = false;
  }
}

function pieces(words: string[], kept: boolean[]): Piece[] {
  const out: Piece[] = [];
  words.forEach((word, at) => {
    const last = out[out.length - 1];
    if (last && last.changed === !kept[at]) last.text += word;
    else out.push({text: word, changed: !kept[at]});
  });
  return out;
}
