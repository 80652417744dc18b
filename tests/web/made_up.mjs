// Answers of the data routes in the shapes of docs/pages.md, for what a test cannot make with a real data set in a second:
// two thousand columns, a Hub that is gone, and texts that would do harm if a page took them for HTML.
export const EVIL = '<img src=x onerror="window.planted=1"><script>window.planted=2</script>"\'><svg onload=alert(1)>';
export const RTL = 'שלום עולם، مرحبا بالعالم';
export const COMBINING = 'Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞';
const HARMONY = '<|start|>system<|message|>You are a careful assistant.<|end|><|start|>user<|message|>Which plan has the most errors?<|end|>' +
  '<|start|>assistant<|channel|>analysis<|message|>I count the errors of each plan.<|end|><|start|>assistant to=functions.count<|channel|>commentary <|constrain|>json<|message|>{"by": "plan"}<|call|>' +
  '<|start|>assistant<|channel|>final<|message|>The plan "team" has the most: 12 of 40.<|return|>';
const MESSAGES = [{role: 'user', content: 'Where is my invoice?'}, {role: 'assistant', content: 'It was sent on Monday to the address that you gave.'}];

const CARD = `---
license: mit
---
# Tickets

Invented tickets of a help desk, as **train** and *test*. See [the source](https://example.com/source) or https://example.com/terms.

| column | meaning |
|---|---|
| id | a number |
| text | what was said |

- one
- two
  - deeper

> Quoted ${EVIL}

[bad](javascript:alert(1)) and ${EVIL}

\`\`\`python
load_dataset("alice/tickets")
\`\`\`
`;

export const SET = {
  id: 'folder/tickets', title: 'Tickets', kind: 'folder', revision: 'aaaaaaaa11', card: CARD,
  configs: [{name: 'default', splits: [{name: 'train', files: 2, bytes: 482133, formats: ['parquet']}, {name: 'test', files: 1, bytes: 51222, formats: ['jsonl']}]}],
  versions: [{commit: 'aaaaaaaa11', title: 'Second', refs: ['main', 'v2']}, {commit: 'bbbbbbbb22', title: EVIL, refs: ['v1']}],
  manifest: {recipe: 'tickets', seed: 42, parameters: {level: 3}, datasets: [{name: 'tickets', rows_read: 400, rows_written: 333, splits: {train: 300, test: 33},
    stages: [{name: 'source', rows_in: 400, rows_out: 400, dropped: {}, counts: {}}, {name: EVIL, rows_in: 400, rows_out: 333, dropped: {[EVIL]: 67}, counts: {}}]}]},
  asked: [{dataset: 'tickets', stage: EVIL, asked: `${EVIL}: where ${'a long condition '.repeat(18)}`}],
  clusters: ['clusters.parquet'], rejects: ['rejects.jsonl'], problems: [],
};
export const EVIL_SET = {...SET, id: 'folder/evil', title: EVIL};
export const WIDE_SET = {...SET, id: 'folder/wide', title: 'Wide', card: '', clusters: [], rejects: [], versions: [], manifest: null, asked: []};

const COLUMNS = [
  {name: 'id', type: 'int64', feature: {dtype: 'int64', _type: 'Value'}, shape: 'number'},
  {name: 'text', type: 'string', feature: {dtype: 'string', _type: 'Value'}, shape: 'text'},
  {name: 'kind', type: 'int64', feature: {names: ['billing', 'outage', 'praise'], _type: 'ClassLabel'}, shape: 'class'},
  {name: 'score', type: 'double', feature: null, shape: 'number'},
  {name: 'talk', type: 'list<struct>', feature: null, shape: 'messages'},
  {name: 'trace', type: 'string', feature: null, shape: 'harmony'},
  {name: 'meta', type: 'struct', feature: null, shape: 'nested'},
];
const TEXTS = ['The app stops when I open the second invoice.', 'Thank you, it works again!', RTL, COMBINING, 'My card was charged twice in one week, and nobody answers.'];
const rowOf = (row) => ({row, cells: [row, row === 3 ? {$cut: 'A long story. '.repeat(140), bytes: 91234} : TEXTS[row % 5], row % 3, row % 7 === 0 ? {$number: 'NaN'} : (row * 37 % 100) / 100,
  MESSAGES, HARMONY, {source: 'mail', tags: ['a', 'b'], depth: {level: row % 3}}]});
const EVIL_COLUMNS = ['text', 'number', 'class', 'nested', 'messages', 'harmony', 'binary'].map((shape) => ({name: `${shape} ${EVIL}`, type: EVIL, feature: {names: [EVIL], _type: 'ClassLabel'}, shape}));
const EVIL_CELLS = [EVIL, EVIL, 0, {[EVIL]: [EVIL, {$invalid: EVIL, bytes: 9}]}, [{role: EVIL, content: EVIL, [EVIL]: EVIL}], `<|start|>${EVIL}<|channel|>${EVIL}<|message|>${EVIL}<|end|>`, {$binary: EVIL, bytes: 100}];

function rowsOf(query) {
  const offset = Number(query.get('offset') ?? 0), length = Number(query.get('length') ?? 50);
  let columns = COLUMNS, row = rowOf, total = query.get('split') === 'test' ? 33 : 300;
  if (query.get('set') === 'folder/evil') columns = EVIL_COLUMNS, row = (number) => ({row: number, cells: EVIL_CELLS}), total = 3;
  if (query.get('set') === 'folder/wide') {
    columns = Array.from({length: 2000}, (_, at) => ({name: `column_${at}`, type: 'double', feature: null, shape: 'number'}));
    row = (number) => ({row: number, cells: columns.map((_, at) => number + at / 1000)});
  }
  const chosen = query.get('columns') ? JSON.parse(query.get('columns')) : columns.map((column) => column.name);
  const places = chosen.map((name) => columns.findIndex((column) => column.name === name));
  const rows = [];
  for (let number = offset; number < Math.min(total, offset + length); ++number) {
    const made = row(number);
    rows.push({row: number, cells: places.map((at) => made.cells[at])});
  }
  return {columns: places.map((at) => columns[at]), rows_total: total, offset, rows};
}

const eventsOf = (events) => events.map(([type, data]) => `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`).join('');

function searchOf(query) {
  const all = rowsOf(new URLSearchParams({...Object.fromEntries(query), offset: '0', length: '300'}));
  const q = (query.get('q') ?? '').toLowerCase();
  if (query.get('filter')?.includes('!!')) return [['problem', {error: 'cannot read the condition: position=7'}]];
  const hits = all.rows.filter((row) => JSON.stringify(row.cells).toLowerCase().includes(q)).slice(0, Number(query.get('limit')));
  return [['progress', {rows: 150, rows_total: 300}], ...hits.map((hit) => ['hit', hit]), ['end', {hits: hits.length, rows: 300, complete: true}]];
}

const STATS = {num_examples: 300, statistics: [
  {column_name: 'id', column_type: 'int', column_statistics: {nan_count: 0, nan_proportion: 0, min: 0, max: 299, mean: 149.5, median: 149.5, std: 86.7, histogram: {hist: [30, 30, 30, 30, 30, 30, 30, 30, 30, 30], bin_edges: [0, 30, 60, 90, 120, 150, 180, 210, 240, 270, 299]}}},
  {column_name: 'score', column_type: 'float', column_statistics: {nan_count: 43, nan_proportion: 0.143, min: 0.01, max: 0.99, mean: 0.4971, median: 0.5, std: 0.289, histogram: {hist: [18, 25, 31, 44, 29, 40, 22, 19, 17, 12], bin_edges: [0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99]}}},
  {column_name: 'kind', column_type: 'class_label', column_statistics: {nan_count: 0, nan_proportion: 0, no_label_count: 0, n_unique: 3, frequencies: {billing: 100, outage: 120, [EVIL]: 80}}},
  {column_name: EVIL, column_type: 'string_text', column_statistics: {nan_count: 0, nan_proportion: 0, min: 0, max: 1834, mean: 61.2, median: 50, std: 40.1, histogram: {hist: [250, 40, 8, 1, 1], bin_edges: [0, 367, 734, 1101, 1468, 1834]}}},
]};

const CLUSTER = [
  {id: 'tickets.jsonl:12', kept: true, representative: 'tickets.jsonl:12', estimated: null, exact: null, other: false, cells: {id: 12, text: 'The app stops when I open the second invoice of June.', kind: 'outage'}},
  {id: 'tickets.jsonl:48', kept: false, representative: 'tickets.jsonl:12', estimated: 0.91, exact: 0.89, other: false, cells: {id: 48, text: 'The app crashes when I open the second invoice of July!', kind: 'outage'}},
  {id: EVIL, kept: false, representative: 'tickets.jsonl:12', estimated: 0.87, exact: 0.85, other: false, cells: {id: 99, text: `The app ${EVIL} stops`, [EVIL]: EVIL}},
];

const DIFF = {rows_before: 280, rows_now: 300, same: 270, added: 24, removed: 4, changed: 6, key: ['id'],
  columns: {compared: ['id', 'text'], added: [{name: 'trace', type: 'string'}], removed: [{name: EVIL, type: EVIL}], types_changed: [{name: 'score', type: 'int64', type_now: 'double'}], changed: [{name: 'text', rows: 6}]},
  duplicate_keys: {before: {keys: 0, rows: 0}, now: {keys: 0, rows: 0}, samples: []},
  samples: {added: [{row_before: null, row_now: 281, now: {id: 281, text: EVIL}}], removed: [],
    changed: [{row_before: 3, row_now: 3, columns: ['text'], before: {id: 3, text: 'The app stops when I open the invoice.'}, now: {id: 3, text: 'The app crashed when I opened the second invoice.'}}, {row_before: 9, row_now: 8, columns: [EVIL], before: {[EVIL]: EVIL}, now: {[EVIL]: 1}}]},
  drift: {rows_before: 280, rows: 300, distance_max: 0.31, columns: [
    {column_name: 'kind', column_type: 'class_label', column_type_before: 'class_label', presence: 'both', distance: 0.31, null_share_before: 0, null_share: 0.02, new_categories: [{name: 'praise', count: 80}], vanished_categories: []},
    {column_name: EVIL, column_type: null, column_type_before: 'float', presence: 'vanished', distance: 1, null_share_before: 0, null_share: 0}]}};

const REASONS = {rows: 67, complete: true, kept: true, reasons: [
  {dataset: 'tickets', stage: 'dedup_exact', reason: 'duplicate', rows: 55, matches: 55, asked: 'dedup_exact: columns=text, keep=first', samples: [{file: 'tickets.csv', row: 14, why: 'the same as row 3', data: '{"id": 14, "text": "The app stops when I open the second invoice."}'}, {file: 'tickets.csv', row: 31, why: null, data: `{"text": "${RTL}"}`}]},
  {dataset: 'tickets', stage: 'pii_guard', reason: EVIL, rows: 12, matches: 12, asked: `pii_guard: columns=${EVIL}`, samples: [{file: EVIL, row: 9, why: EVIL, data: EVIL}, {file: 'tickets.csv', row: 77, why: 'email', data: null}]},
]};

/** Answers for the data routes of `page`; `answers` may replace some: path → {status, body}. */
export async function makeUp(page, answers = {}) {
  const sets = {[SET.id]: SET, [EVIL_SET.id]: EVIL_SET, [WIDE_SET.id]: WIDE_SET};
  const made = {
    '': () => ({sets: [...Object.values(sets).map((set) => ({id: set.id, title: set.title, kind: 'folder', private: false, gated: false, modified: '2026-11-22T08:00:00Z'})),
      {id: 'hub/alice/tickets', title: 'alice/tickets', kind: 'hub', private: true, gated: false, modified: '2026-11-21T18:30:00Z'}], problems: []}),
    '/set': (query) => sets[query.get('set')] ?? (query.get('set')?.startsWith('run/') ? {...SET, id: query.get('set'), kind: 'run'} : undefined),
    '/rows': rowsOf,
    '/cell': () => 'A long story. '.repeat(6500),
    '/search': searchOf,
    '/stats': () => [['progress', {rows: 100, rows_total: 300}], ['end', STATS]],
    '/diff': () => [['progress', {rows: 200, rows_total: 580}], ['end', DIFF]],
    '/clusters': () => ({clusters_total: 2, clusters: [{cluster: 'tickets.jsonl:12', size: 3}, {cluster: EVIL, size: 2}]}),
    '/cluster': () => ({rows: CLUSTER, rows_total: 3}),
    '/rejects': (query) => (query.get('q') ? {...REASONS, reasons: REASONS.reasons.map((reason) => ({...reason, matches: 0, samples: []}))} : REASONS),
  };
  await page.route('**/api/v1/data**', async (route) => {
    const url = new URL(route.request().url()), path = url.pathname.slice('/api/v1/data'.length);
    const other = answers[path];
    if (other?.abort) return route.abort('connectionrefused');
    if (other) return route.fulfill({status: other.status ?? 200, contentType: other.type ?? 'application/json', body: typeof other.body === 'string' ? other.body : JSON.stringify(other.body)});
    const answer = made[path]?.(url.searchParams);
    if (answer === undefined) return route.fulfill({status: 404, contentType: 'application/json', body: '{"error":"Data set not found; see /api/v1/data"}'});
    if (['/search', '/stats', '/diff'].includes(path)) return route.fulfill({contentType: 'text/event-stream', body: eventsOf(answer)});
    if (path === '/cell') return route.fulfill({contentType: 'text/plain; charset=utf-8', body: answer});
    return route.fulfill({contentType: 'application/json', body: JSON.stringify(answer)});
  });
}
