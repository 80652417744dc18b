// Characters that nobody sees, or that reorder what stands beside them, as `hubmill show` writes them
// (src/cli/safe_text.h): ESC is ␛, an override of the direction <U+202E>. Pages show characters without width too,
// but for those that join the letters of a script or the parts of an emoji.
const JOINED = '\\p{Lo}\\p{M}\\p{Extended_Pictographic}\\p{Emoji_Modifier}';
const UNSEEN = new RegExp([
  '[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\x7F-\\x9F]', '\\r(?!\\n)',
  '[\\xAD\\u061C\\u180E\\u200B\\u200E\\u200F\\u202A-\\u202E\\u2060-\\u206F\\uFEFF\\uFFF9-\\uFFFB]',
  `(?<![${JOINED}])[\\u200C\\u200D]`, `[\\u200C\\u200D](?![${JOINED}])`,
  '(?<!\\u{1F3F4}[\\u{E0020}-\\u{E007F}]{0,8})[\\u{E0000}-\\u{E007F}]',  // But for the flags of regions.
].join('|'), 'gu');

function written(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return '␡';
  return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}

export const visible = (text: string): string => text.replace(UNSEEN, written);
