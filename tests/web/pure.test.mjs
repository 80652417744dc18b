// Functions of the pages that need no browser: cards that would stop a page, numbers, cells.
import assert from 'node:assert/strict';
import {createRequire} from 'node:module';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';

const require = createRequire(new URL('../../web/package.json', import.meta.url));

/** A module of web/src, bundled as the pages are. */
async function load(name) {
  const built = await require('esbuild').build({entryPoints: [fileURLToPath(new URL(`../../web/src/${name}`, import.meta.url))], bundle: true, write: false,
    format: 'esm', jsx: 'automatic', jsxImportSource: 'preact', logLevel: 'error'});
  return import(`data:text/javascript;base64,${Buffer.from(built.outputFiles[0].contents).toString('base64')}`);
}
const {Markdown, splitCard, headingOf, itemOf, isDivider, isRule} = await load('markdown.tsx');
const {parseExact} = await load('api.ts');
const {number, share} = await load('format.ts');
const {beginningOf, cellOf, hasMore, jsonOf, parseWhole, same, specialOf, textOf, textsOf} = await load('special.ts');
const {blocksOf} = await load('long.tsx');
const {visible} = await load('visible.ts');

/** Elements as their HTML would be, without attributes but href. */
function written(node) {
  if (node === null || node === undefined || node === false) return '';
  if (Array.isArray(node)) return node.map(written).join('');
  if (typeof node !== 'object') return String(node);
  const {href, children} = node.props;
  return `<${node.type}${href ? ` ${href}` : ''}>${written(children)}</${node.type}>`;
}
const made = (text) => written(Markdown({text}).props.children);

test('a card of Markdown becomes elements', () => {
  const cases = [
    ['# One #\n\n## C#\n\n#no\n', '<h3>One</h3><h4>C#</h4><p>#no\n</p>'.replace('\n', '')],
    ['a `x` and ``y`z`` and `open', '<p>a <code>x</code> and <code>y`z</code> and `open</p>'],
    ['**b** __c__ *d* ***e*** 2 * 3 * 4 a_b_c', '<p><strong>b</strong> <strong>c</strong> <em>d</em> *<strong>e</strong>* 2 * 3 * 4 a_b_c</p>'],
    ['[s](https://e.com/a_(b) "t") ![p](http://e.com/p.png) [x](javascript:1) []()',
      '<p><a https://e.com/a_(b)>s</a> <a http://e.com/p.png>p</a> <span>x</span> []()</p>'],
    ['see https://e.com/terms. or (http://e.com) https://...', '<p>see <a https://e.com/terms>https://e.com/terms</a>. or (<a http://e.com>http://e.com</a>) https://...</p>'],
    ['- one\n- two\n  - deeper\n\n3. x', '<ul><li>one</li><li>two<ul><li>deeper</li></ul></li></ul><ol><li>x</li></ol>'],
    ['| a | b |\n|:--|--:|\n| 1 | *2* |\n\n---\n* * *', '<div><table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td><em>2</em></td></tr></tbody></table></div><hr></hr><hr></hr>'],
    ['> q\n> r\n\n```c\n*x*\n```\n<b>', '<blockquote><p>q\nr</p></blockquote><pre><code>*x*</code></pre><p><b></p>'],
  ];
  for (const [text, wanted] of cases) assert.equal(made(text), wanted);
});

test('lines are told apart', () => {
  assert.deepEqual(headingOf('### a b ##'), {level: 3, text: 'a b'});
  assert.deepEqual([headingOf('####### a'), headingOf('#a'), headingOf('## ##')?.text], [null, null, '']);
  assert.deepEqual(itemOf('  12) x '), {indent: 2, marker: '12)', text: 'x '});
  assert.deepEqual([itemOf('-x'), itemOf('1234567890. x'), itemOf('*')], [null, null, null]);
  assert.deepEqual(['---', ' - - -', '**', '    ---', '--*', ''].map(isRule), [true, true, false, false, false, false]);
  assert.deepEqual(['|---|:-:|', '--- | ---', '|', '| - x |', '|-||-|', '::'].map(isDivider), [true, true, false, false, false, false]);
});

const MIB = 1 << 20;
const filled = (part, end = '') => part.repeat(Math.ceil(MIB / part.length)) + end;
const half = (part) => part.repeat(Math.ceil(MIB / 2 / part.length));
test('a card of a megabyte that would go back and forth is there at once', () => {
  const hostile = {
    'heading of blanks': `# a${filled(' ')}x`, 'heading of signs': `# ${filled('# ')}x`, 'item of blanks': `-${half(' ')}${half('a')}\u2028`, 'blanks': filled(' ', 'x'),
    'backticks': half('`') + half('x'), 'runs of backticks': Array.from({length: 1400}, (_, at) => '`'.repeat(at + 1) + ' ').join(''), 'backtick pairs': filled('`` ` '),
    'divider of blanks': `|\n|-${filled(' ')}x`, 'divider of cells': `|\n${filled('|-')}x`, 'table of cells': `|\n|-|\n${filled('|')}`, 'many tables': filled('|a\n|-|\n|x|\n\n'),
    'rule': filled('- - ', 'x'), 'rule of blanks': `-${half(' ')}-${half(' ')}x`, 'brackets': filled('['), 'open links': filled('[]('), 'links with titles': filled('[](a '), 'nested': filled('[](a(b)('),
    'one long link': `[a](${filled('(b)')}`, 'labels': filled('[a]'), 'pictures': filled('!['), 'addresses': filled('http://'), 'dots': `http://${filled('.')}`, 'good addresses': filled('http://a '),
    'stars': filled('*'), 'open stars': filled('*a '), 'open strong': filled('**a'), 'strong': filled('**a** '), 'underscores': filled('_'), 'open underscores': filled('__a'), 'quotes': filled('>'),
    'quotes of lines': filled('> > > > > > > > > a\n'), 'deep list': Array.from({length: 1000}, (_, at) => ' '.repeat(at) + '- a').join('\n'), 'fences': filled('```\n'), 'long fences': half('`') + '\n' + filled('`\n'),
    'front matter': `---\n${filled('\n--')}`,
  };
  for (const [name, card] of Object.entries(hostile)) {
    const start = process.cpuUsage();  // Not the clock: the machine may be busy.
    Markdown({text: splitCard(card).body});
    const ms = process.cpuUsage(start).user / 1000;
    assert.ok(ms < 900, `${name}: ${ms.toFixed(0)} ms`);
    if (process.env.HUBMILL_TIMES) console.log(`${name}: ${ms.toFixed(0)} ms`);
  }
});

test('a card of too many pieces loses none of its text', () => {
  const text = '**a** '.repeat(30_000).trim();
  assert.equal(made(text).replace(/<\/?(p|strong)>|\*/g, ''), text.replaceAll('*', ''));
  assert.ok(made(`|a|\n|-|\n${'|1|2|3|4|5|6|7\n'.repeat(4000)}`).includes('<pre><code>|a|\n|-|\n|1|2'));
});

test('numbers have the digits that the command line prints', () => {
  const cases = [[0, '0'], [-1234567, '-1,234,567'], [999999994.64989, '999,999,994.64989'], [1000000004.99816, '1,000,000,004.99816'], [1000000000.0009, '1,000,000,000.0009'],
    [0.00012, '0.00012'], [0.00001, '1e-05'], [1234.5, '1,234.5'], [-0.5, '-0.5'], [9999999999999998, '9,999,999,999,999,998'], [1e16, '1e+16'], [-1.25e300, '-1.25e+300'], [5e-324, '5e-324'], [149.5, '149.5']];
  for (const [n, wanted] of cases) assert.equal(number(n), wanted);
});

test('a share is 0% of none alone and 100% of all alone', () => {
  const cases = [[0, 5, '0%'], [5, 5, '100%'], [23144, 23145, '>99.9%'], [1, 23145, '<0.1%'], [1, 2, '50%'], [1, 1000, '0.1%'], [7, 1000, '0.7%'], [999, 1000, '99.9%'], [1, 0, '']];
  for (const [part, all, wanted] of cases) assert.equal(share(part, all), wanted);
});

test('whole numbers of 64 bits keep their digits', () => {
  const text = `{"a": 9223372036854775807, "b": [-9007199254740993, 9007199254740991], "c": 0.12345678901234567, "d": 1e300, "9223372036854775807": "x \\" 9223372036854775807"}`;
  assert.deepEqual(parseExact(text), {a: '9223372036854775807', b: ['-9007199254740993', 9007199254740991], c: 0.12345678901234567, d: 1e300, '9223372036854775807': 'x " 9223372036854775807'});
  const long = 'x'.repeat(1 << 24) + '1234567890123456789';
  assert.equal(parseExact(JSON.stringify([long, '\\'.repeat(1 << 20)]))[0], long);
  assert.equal(number('-9007199254740993'), '-9,007,199,254,740,993');
});

test('only the documented forms are special; all other objects are data', () => {
  const forms = [[{$cut: 'a', bytes: 9}, 'cut'], [{$binary: 'ff', bytes: 1}, 'binary'], [{$invalid: 'x', bytes: 1}, 'invalid'], [{$number: 'NaN'}, 'number'], [{$deep: '[', bytes: 5000}, 'deep']];
  for (const [cell, kind] of forms) {
    assert.equal(specialOf(cell)?.kind, kind);
    assert.ok(textOf(cellOf(cell)).startsWith(cell['$' + kind]));
    assert.equal(specialOf({...cell, more: 1}), null);
  }
  for (const cell of [{$cut: 'a'}, {$number: 'NaN', bytes: 3}, {$cut: 1, bytes: 9}, {$cut: 'a', bytes: 'b'}, {$ref: 'a'}, {$ref: 'a', $id: '1'}, {$cut: 'a', $number: '1'}, ['$cut'], null, 'a', 1]) assert.equal(specialOf(cell), null);
  assert.match(textOf({$ref: 'a', $id: '1'}), /"\$id": "1"/);
});

test('cells are equal where their JSON is', () => {
  const pairs = [[{$ref: 'a', $id: '1'}, {$ref: 'a', $id: '2'}], [1, '1'], [null, ''], [null, 'null'], [undefined, null], [{$number: '1'}, '1'], [true, 'true'], [{$cut: 'a', bytes: 1}, {$cut: 'a', bytes: 2}]];
  for (const [a, b] of pairs) {
    assert.ok(!same(a, b));
    const [one, two] = textsOf(a === undefined ? a : cellOf(a), b === undefined ? b : cellOf(b));
    assert.notEqual(one, two, JSON.stringify([a, b]));
  }
  assert.deepEqual(textsOf('a', 'b'), ['a', 'b']);
  assert.deepEqual(textsOf({a: [1]}, {a: [1]})[0], textsOf({a: [1]}, {a: [1]})[1]);
});

test('a cell as text says where it was cut', () => {
  const text = (raw) => textOf(cellOf(raw));
  assert.equal(text({$cut: 'word0 word1', bytes: 12392}), 'word0 word1… [cut: 12,392 bytes in all]');
  assert.equal(text({a: {$number: '570306133677760513'}, b: [{$cut: 'x', bytes: 9}]}), '{\n "a": 570306133677760513,\n "b": [\n  "x"… [cut: 9 bytes in all]\n ]\n}');
  assert.equal(text([{$binary: '00ff', bytes: 2}, {$binary: '00', bytes: 70}]), '[\n "00ff" [binary: 2 bytes],\n "00"… [binary: the first 1 of 70 bytes]\n]');
  assert.equal(text([{$invalid: 'a\ufffd', bytes: 2}]), '[\n "a\ufffd" [not UTF-8]\n]');
  assert.equal(jsonOf(cellOf({a: [1, {}, [], null, {$deep: '', bytes: 0}]}), null), '{"a":[1,{},[],null, [deeper than is shown]]}');
  assert.equal(jsonOf({a: [1, 'b', true], c: {}}), JSON.stringify({a: [1, 'b', true], c: {}}, null, 1));
  for (const raw of [{$cut: 'a', bytes: 9}, [{x: {$cut: 'a', bytes: 9}}], {$deep: '[1,', bytes: 9}, {$binary: '00', bytes: 70}, {$invalid: 'a'.repeat(2000), bytes: 9}]) assert.ok(hasMore(cellOf(raw)), JSON.stringify(raw));
  for (const raw of [1, null, {$number: 'NaN'}, {$binary: '00', bytes: 1}, {$invalid: 'a', bytes: 9}, {$deep: '{"$cut":"fake","bytes":3}', bytes: 25}]) assert.ok(!hasMore(cellOf(raw)), JSON.stringify(raw));
  assert.deepEqual(cellOf({$deep: '{"$cut":"fake","bytes":3}', bytes: 25}), {$cut: 'fake', bytes: 3}, 'data, written whole');
});

test('of a list that was cut all whole items are read', () => {
  const cases = [['[{"id":{"$number":"57"},"w":"x"},{"id":{"$nu', '[{"id":{"$number":"57"},"w":"x"}]'], ['[[1,2,3', '[[1,2]]'], ['{"a":[{"b":1,"c":"x', '{"a":[{"b":1}]}'], ['["a,[\\\\","b\\"', '["a,[\\\\"]'], ['[1', '[]'],
    ['[1,{"$cut":"x","by', '[1]'], ['{"$a":1,"b":[2,3', '{"$a":1,"b":[2]}'], ['', ''], ['{"a":"', '{}'], ['[{"a":1}', '[{"a":1}]']];
  for (const [text, wanted] of cases) assert.equal(beginningOf(text), wanted, text);
  const cell = cellOf({$deep: '[{"id":{"$number":"57"}},{"$cut":"a","bytes":9},{"id', bytes: 3360});
  assert.equal(jsonOf(cell, null), '[{"id":57},"a"… [cut: 9 bytes in all]]… [cut: about 3,360 bytes in all]');
  assert.equal(textOf(cellOf({$deep: '{"$ref":{"$number":"1"},"b', bytes: 5000})), '{\n "$ref": {\n  "$number": "1"\n }\n}… [cut: about 5,000 bytes in all]');
});

test('a whole value keeps its digits, and what looks like a form in it is data', () => {
  const whole = '{"digits":"x","a":570306133677760513,"b":[1234567890123456789012345678901234567890.12345,0.1234567890123456,1e300,9007199254740992,-5],"c":{"$cut":"fake","bytes":3},"d":"\\"12345678901234567890"}';
  const made = parseWhole(whole);
  assert.equal(jsonOf(made, null), whole.replace('1e300', '1e+300'));
  assert.deepEqual(made.c, {$cut: 'fake', bytes: 3});
  assert.equal(made.b[3], 9007199254740992);
});

test('a long text is cut into blocks that are all of it', () => {
  const texts = ['A'.repeat(1 << 20), 'x' + '😀'.repeat(1 << 16), 'a line\n'.repeat(1 << 15), '', 'short', '\n'.repeat(1 << 15)];
  for (const text of texts) {
    const blocks = blocksOf(text);
    assert.equal(blocks.join(''), text);
    assert.ok(blocks.every((block) => block.length > 0 && block.length <= 1 << 14 && !/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/.test(block)));
  }
  assert.ok(blocksOf(texts[2]).every((block) => block.endsWith('\n')));
});

test('what nobody sees is shown, as hubmill show does', () => {
  const cases = [['\u202Eevil\u202C \x1b[31mred\x00\x7f\x85', '<U+202E>evil<U+202C> ␛[31mred␀␡<U+0085>'], ['a\tb\r\nc\rd\n', 'a\tb\r\nc␍d\n'], ['zero\u200bwidth \ufeff\u2060\u200e\u2066x\u2069', 'zero<U+200B>width <U+FEFF><U+2060><U+200E><U+2066>x<U+2069>'],
    ['pass\u200dword \u200c', 'pass<U+200D>word <U+200C>'], ['x\u{E0041}', 'x<U+E0041>']];
  for (const [text, wanted] of cases) assert.equal(visible(text), wanted);
  for (const text of ['👩‍👩‍👧‍👦 ❤️‍🔥 👩🏽‍🚀 🏴󠁧󠁢󠁥󠁮󠁧󠁿', 'می‌خواهم', 'क्‍ष', 'שלום e\u0301', '<U+202E>', '']) assert.equal(visible(text), text);
  const start = process.cpuUsage();
  visible('\u200d\u{E0041}'.repeat(1 << 18) + '\u0000'.repeat(1 << 19));
  assert.ok(process.cpuUsage(start).user / 1000 < 2000);
});
