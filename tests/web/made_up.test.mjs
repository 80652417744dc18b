// The pages with made-up answers of the data routes: what looks right in both themes and sizes, what must not run, what
// a Hub that is gone looks like, and every step by the keyboard.
import assert from 'node:assert/strict';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {axe, launch, open, settled, SERVER} from './browser.mjs';
import {EVIL, makeUp, SET as SET_OF_TICKETS} from './made_up.mjs';
import {smallPng} from './small_png.mjs';

const SHOTS = process.env.HUBMILL_SHOTS;  // Where screenshots go: docs/pages.
const SET = '#/data/set?set=folder%2Ftickets';
const VIEWS = {
  runs: '#/runs', run: `#/runs/${process.env.HUBMILL_RUN}`, recipes: '#/recipes', recipe: '#/recipes/sample', data: '#/data', about: SET,
  rows: `${SET}&tab=rows`, row: `${SET}&tab=rows&row=3`, search: `${SET}&tab=rows&q=invoice`, statistics: `${SET}&tab=statistics`,
  versions: `${SET}&tab=versions`, diff: `${SET}&tab=versions&from=bbbbbbbb22`, clusters: `${SET}&tab=duplicates`, cluster: `${SET}&tab=duplicates&cluster=tickets.jsonl%3A12`,
  dropped: `${SET}&tab=dropped`, missing: '#/nothing', evil: '#/data/set?set=folder%2Fevil&tab=rows&row=0',
};

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

async function shoot(page, name) {
  if (!SHOTS) return;
  mkdirSync(SHOTS, {recursive: true});
  writeFileSync(join(SHOTS, `${name}.png`), smallPng(await page.screenshot()));
}

// Each page in both themes and both sizes.
for (const [size, theme] of [['desktop', 'light'], ['phone', 'dark']]) {
  test(`axe finds nothing, nothing runs, nothing is too wide: ${size}, ${theme}`, async () => {
    const page = await open(browser, {size, theme});
    await makeUp(page);
    for (const [name, hash] of Object.entries(VIEWS)) {
      await page.go(hash);
      assert.deepEqual(await axe(page), [], `${name}, ${theme}, ${size}`);
      const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(wide <= room, `${name}: ${wide} is wider than ${room}`);
      const ground = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      assert.equal(ground === 'rgb(20, 23, 26)', theme === 'dark');
      if (name !== 'evil' && name !== 'missing') await shoot(page, `${name}-${size}`);
    }
    await page.check();
    await page.context().close();
  });
}

test('the switch of the theme holds against the system, and is kept', async () => {
  const page = await open(browser, {theme: 'light'});
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await page.go('#/recipes');
  await page.getByLabel('Theme').selectOption('dark');
  await page.waitForFunction(() => getComputedStyle(document.documentElement).backgroundColor === 'rgb(20, 23, 26)');
  await page.reload();
  await settled(page);
  assert.equal(await ground(), 'rgb(20, 23, 26)');
  await page.context().close();
});

test('planted HTML is text wherever it stands', async () => {
  const page = await open(browser);
  await makeUp(page);
  const job = {id: process.env.HUBMILL_RUN, kind: 'recipe', recipe: EVIL, options: {set: {[EVIL]: EVIL}}, state: 'failed', created_at: EVIL, started_at: '2026-11-22T08:00:00Z',
    ended_at: '2026-11-22T08:00:01Z', exit_status: 1, error: EVIL, progress: {rows_read: 1, rows_written: 0, datasets: [{name: EVIL, stages: [{name: EVIL, rows_in: 1, rows_out: 0, dropped: {[EVIL]: 1}, seconds: 0.1}]}]}};
  const manifest = {datasets: [{name: EVIL, rows_read: 1, rows_written: 0, splits: {[EVIL]: 1}, stages: [{name: EVIL, rows_in: 1, rows_out: 0, dropped: {[EVIL]: 1}, counts: {[EVIL]: 2}}]}]};
  const json = (body) => (route) => route.fulfill({contentType: 'application/json', body: JSON.stringify(body)});
  await page.route('**/api/v1/jobs?**', json({jobs: [job], next: null}));
  await page.route(`**/api/v1/jobs/${job.id}`, json(job));
  await page.route(`**/api/v1/jobs/${job.id}/events`, (route) => route.fulfill({contentType: 'text/event-stream', body: `id: 1\nevent: log\ndata: ${JSON.stringify({stream: 'stderr', line: EVIL})}\n\nid: 2\nevent: end\ndata: ${JSON.stringify(job)}\n\n`}));
  await page.route(`**/api/v1/jobs/${job.id}/artefacts`, json({artefacts: [{name: 'manifest.json', size: 1, sha256: 'ab'.repeat(32), url: `/api/v1/jobs/${job.id}/artefacts/manifest.json`}, {name: EVIL, size: 1, sha256: EVIL, url: '/x'}]}));
  await page.route(`**/api/v1/data/set?set=run*`, json({...SET_OF_TICKETS, manifest, asked: [{dataset: EVIL, stage: EVIL, asked: EVIL}]}));
  await page.route('**/api/v1/recipes', json({recipes: [{name: EVIL, description: EVIL}]}));
  await page.route('**/api/v1/recipes/*', json({name: EVIL, description: EVIL, parameters: ['free', 'place', 'fixed'].map((use) => ({name: `${use}${EVIL}`, type: 'string', default: EVIL, required: false, secret: false, help: EVIL, use}))}));
  for (const hash of ['#/runs', `#/runs/${job.id}`, '#/recipes', `#/recipes/${encodeURIComponent(EVIL)}`, '#/data', ...['about', 'rows', 'rows&row=1', 'rows&q=img', 'statistics', 'versions', 'versions&from=bbbbbbbb22', 'duplicates',
    `duplicates&cluster=${encodeURIComponent(EVIL)}&with=${encodeURIComponent(EVIL)}`, 'dropped'].map((tab) => `#/data/set?set=folder%2Fevil&tab=${tab}`)]) {
    await page.go(hash);
    assert.match(await page.locator('main').innerText(), /<img src=x onerror/, hash);
    await page.check();
  }
  assert.deepEqual(await axe(page), []);
  await page.context().close();
});

test('the policy itself holds: an inline script and style are blocked', async () => {
  const page = await open(browser, {errors: ['Content Security Policy', 'Content-Security-Policy']});
  await page.go('#/recipes');
  await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.planted = 3';
    document.body.append(script);
    document.body.insertAdjacentHTML('beforeend', '<p style="color: red" onclick="1">x</p>');
  });
  await page.waitForFunction(() => window.violations.length >= 2);
  assert.equal(await page.evaluate(() => window.planted), undefined);
  await page.context().close();
});

test('two thousand columns: fifty are shown at once, others are chosen', async () => {
  const page = await open(browser);
  await makeUp(page);
  const asked = [];
  page.on('request', (request) => request.url().includes('/data/rows') && asked.push(new URL(request.url()).searchParams));
  const start = Date.now();
  await page.go('#/data/set?set=folder%2Fwide&tab=rows');
  await page.getByText('Rows 0 to 49 of 300').waitFor();
  assert.ok(Date.now() - start < 5000, `${Date.now() - start} ms`);
  assert.equal(await page.locator('thead th').count(), 51);
  assert.ok(asked.filter((query) => Number(query.get('length')) > 1).every((query) => JSON.parse(query.get('columns')).length === 50));
  await page.getByText('Columns 50 of 2,000').click();
  await page.getByRole('checkbox', {name: 'column_7 double'}).uncheck();
  await page.getByLabel('Find').fill('column_1234');
  await page.getByRole('checkbox', {name: 'column_1234'}).check();
  await page.getByRole('columnheader', {name: 'column_1234'}).waitFor();
  assert.ok(decodeURIComponent(page.url()).includes('"column_1234"'), 'the address has the columns');
  assert.equal(await page.getByRole('columnheader', {name: 'column_7 double'}).count(), 0);
  await page.getByRole('button', {name: 'Only these 1'}).click();
  await page.getByText('Columns 1 of 2,000').waitFor();
  await page.getByRole('button', {name: 'None', exact: true}).click();
  await page.getByText('No column is chosen.').waitFor();
  await page.getByLabel('Find').fill('column_19');
  await page.getByRole('checkbox', {name: 'column_19 double'}).check();
  await page.getByText('Columns 1 of 2,000').waitFor();
  await page.getByRole('button', {name: 'Only these 50'}).click();
  await page.getByText('Columns 50 of 2,000').waitFor();
  await page.getByRole('button', {name: 'Show the first'}).click();
  await page.getByRole('columnheader', {name: 'column_7 double'}).waitFor();
  assert.deepEqual(await axe(page), []);
  await page.check();
  await page.context().close();
});

test('a row: long text whole, a tree, a conversation, a class', async () => {
  const page = await open(browser);
  await makeUp(page);
  await page.go(`${SET}&tab=rows`);
  await page.getByRole('button', {name: 'Open row 3', exact: true}).click();
  const row = page.getByRole('region', {name: 'Row 3'});
  await row.getByText('billing').waitFor();
  assert.equal((await row.locator('pre').first().innerText()).length, 14 * 140 - 1 + 1);
  await row.getByRole('button', {name: 'Show all 91.2 kB'}).click();
  await page.waitForFunction(() => document.querySelector('.row-panel pre').textContent.length === 14 * 6500);
  await row.getByText('calls a tool').waitFor();
  await row.getByRole('button', {name: 'as it is stored'}).nth(1).click();
  await row.getByText('<|start|>system<|message|>').waitFor();
  await row.getByText('tags:').waitFor();
  await row.getByRole('button', {name: 'Next row'}).click();
  await page.getByRole('region', {name: 'Row 4'}).waitFor();
  assert.match(page.url(), /row=4/);
  await page.check();
  await page.context().close();
});

/** The page of one row with these columns and cells; `whole` is what /cell answers. */
async function openRow(page, columns, cells, whole, type = 'application/json') {
  const answers = {'/rows': {body: {columns: columns.map(([name, shape]) => ({name, type: shape, feature: null, shape})), rows_total: 1, offset: 0, rows: [{row: 0, cells}]}}};
  if (whole !== undefined) answers['/cell'] = {body: whole, type};
  await makeUp(page, answers);
  await page.go(`${SET}&tab=rows&row=0`);
  return page.getByRole('region', {name: 'Row 0'});
}

test('nested values say where they were cut, and can be seen whole with all their digits', async () => {
  const page = await open(browser);
  const long = 'word '.repeat(400), id = '570306133677760513';
  const row = await openRow(page, [['talk', 'messages'], ['meta', 'nested']],
    [[{role: 'user', content: {$cut: long, bytes: 12392}, id: {$number: id}}], {image: {bytes: {$binary: '00ff', bytes: 70}, path: 'a.png'}, small: {$binary: '0102', bytes: 2}, id: {$number: id}}],
    `[{"role": "user", "content": "${long}the end", "id": ${id}}]`);
  await row.getByText('cut: 12,392 bytes in all').waitFor();
  await row.getByText('binary: the first 2 of 70 bytes').waitFor();
  await row.getByText('binary: 2 bytes').waitFor();
  await row.getByRole('button', {name: 'as it is stored'}).click();
  const stored = await row.locator('.talk pre').innerText();
  assert.ok(stored.includes(`"id": ${id}`) && stored.includes('… [cut: 12,392 bytes in all]') && !stored.includes('$'), stored.slice(-200));
  assert.deepEqual(await axe(page), []);
  await row.getByRole('button', {name: 'Show all', exact: true}).first().click();
  await row.getByText('the end').waitFor();
  assert.ok((await row.locator('.talk pre').innerText()).includes(`"id": ${id}`));
  await row.getByRole('button', {name: 'as a conversation'}).click();
  assert.equal(await row.getByText('cut: 12,392').count(), 0);
  await page.check();
  await page.context().close();
});

test('a list that was cut is shown as far as it came, and says so', async () => {
  const page = await open(browser);
  const row = await openRow(page, [['talk', 'messages'], ['refs', 'nested']],
    [{$deep: '[{"role":"user","content":"Hello"},{"role":"assis', bytes: 5000}, {$deep: '[{"id":{"$number":"570306133677760513"}},{"id":{"$num', bytes: 3360}]);
  await row.getByText('cut: the first 1 message').waitFor();
  await row.getByText('Hello').waitFor();
  await row.getByText('list, cut: its first 1').waitFor();
  await row.getByText('Cut: about 3,360 bytes in all').waitFor();
  assert.match(await row.innerText(), /id: 570306133677760513/);
  assert.equal(await row.getByRole('button', {name: 'Show all'}).count(), 2);
  assert.doesNotMatch(await page.locator('main').innerText(), /\$number/);
  await page.check();
  await page.context().close();
});

test('a text of sixteen million characters in one line does not stop the page', async () => {
  const page = await open(browser, {size: 'phone'});
  const text = 'A'.repeat(16e6);
  const row = await openRow(page, [['text', 'text']], [{$cut: text.slice(0, 2000), bytes: text.length}], text, 'text/plain; charset=utf-8');
  const start = Date.now();
  await row.getByRole('button', {name: 'Show all'}).click();
  await page.waitForFunction((length) => document.querySelector('.row-panel pre').textContent.length === length, text.length);
  await row.locator('pre').evaluate((pre) => new Promise((done) => { pre.scrollTop = pre.scrollHeight / 2; requestAnimationFrame(() => requestAnimationFrame(done)); }));
  const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(wide <= room, `${wide} is wider than ${room}`);
  assert.ok(Date.now() - start < 20000, `${Date.now() - start} ms`);
  await page.check();
  await page.context().close();
});

test('characters that nobody sees are shown in cells and names', async () => {
  const page = await open(browser);
  const text = '\u202Eevil\u202C \x1b[31mred';
  const row = await openRow(page, [[`na\u200Bme`, 'text'], ['meta', 'nested'], ['talk', 'messages']], [text, {[text]: text}, [{role: 'user', content: text}]]);
  await row.locator('pre').filter({hasText: '<U+202E>evil<U+202C> ␛[31mred'}).waitFor();
  assert.equal(await row.getByText('<U+202E>evil<U+202C> ␛[31mred').count(), 4);
  await row.getByText('na<U+200B>me').waitFor();
  assert.equal(await page.locator('.rows tbody td').filter({hasText: '<U+202E>evil'}).count(), 3);
  await page.check();
  await page.context().close();
});

test('on a phone a long number and a long name break', async () => {
  const page = await open(browser, {size: 'phone'});
  const digits = '9'.repeat(90);
  await openRow(page, [['n', 'number'], ['meta', 'nested'], ['x'.repeat(90), 'bool']], [{$number: digits}, {n: {$number: digits}, image: {$binary: 'ab'.repeat(64), bytes: 64}}, true]);
  const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(wide <= room, `${wide} is wider than ${room}`);
  assert.ok(await page.locator('.row-cells').evaluate((cells) => [...cells.querySelectorAll('*')].every((one) => one.getBoundingClientRect().right <= innerWidth)));
  await page.check();
  await page.context().close();
});

test('text from right to left stands in its own direction', async () => {
  const page = await open(browser);
  await makeUp(page);
  await page.go(`${SET}&tab=rows`);
  const cell = page.locator('tbody tr').nth(2).locator('td').nth(1).locator('.value');
  assert.equal(await cell.evaluate((element) => getComputedStyle(element).direction), 'rtl');
  assert.equal(await page.locator('tbody tr').nth(1).locator('td').nth(1).locator('.value').evaluate((element) => getComputedStyle(element).direction), 'ltr');
  await page.context().close();
});

test('a link leads to the same view, and Back goes back', async () => {
  const page = await open(browser);
  await makeUp(page);
  await page.go(`${SET}&tab=rows&split=test&offset=0&row=2`);
  await page.getByText('Rows 0 to 32 of 33').waitFor();
  await page.getByRole('region', {name: 'Row 2'}).waitFor();
  assert.equal(await page.getByLabel('Split').inputValue(), 'test');
  await page.getByRole('tab', {name: 'Statistics'}).click();
  await page.getByText('300 rows, 4 columns').waitFor();
  await page.goBack();
  await page.getByText('Rows 0 to 32 of 33').waitFor();
  await page.getByLabel('Go to row').fill('17');
  await page.keyboard.press('Enter');
  await page.getByRole('region', {name: 'Row 17'}).waitFor();
  await page.check();
  await page.context().close();
});

test('what the server refuses is told, and can be tried again', async () => {
  const refusals = [[400, 'cannot read the condition: position=7'], [403, 'this repository is gated: accept its terms'], [404, 'Data set not found; see /api/v1/data'], [429, 'too many whole splits are being read'],
    [422, 'the file is no Parquet: file=train.parquet remedy: write it again'], [500, 'a page of the file is broken: file=train.parquet row=12'], [502, 'the Hub does not answer: https://hub.example']];
  const page = await open(browser, {errors: ['Failed to load resource']});
  const answers = {};
  await makeUp(page, answers);
  for (const [status, error] of refusals) {
    answers['/rows'] = {status, body: {error}};
    await page.go(`${SET}&tab=rows`);
    await page.getByRole('alert').getByText(error).waitFor();
  }
  delete answers['/rows'];
  await page.getByRole('button', {name: 'Try again'}).click();
  await page.getByText('Rows 0 to 49 of 300').waitFor();
  answers[''] = {abort: true};
  await page.go('#/data');
  await page.getByText('The server does not answer').waitFor();
  answers[''] = {body: {sets: [], problems: ['the Hub does not answer: https://hub.example']}};
  await page.getByRole('button', {name: 'Try again'}).click();
  await page.getByText('the Hub does not answer').waitFor();
  answers['/stats'] = {type: 'text/event-stream', body: 'event: problem\ndata: {"error": "a page of the file is broken: row=12"}\n\n'};
  await page.go(`${SET}&tab=statistics`);
  await page.getByText('a page of the file is broken: row=12').waitFor();
  answers['/search'] = {type: 'text/event-stream', body: 'event: progress\ndata: {"rows": 5, "rows_total": 300}\n\n'};
  await page.go(`${SET}&tab=rows&q=x`);
  await page.getByText('The connection broke before the end.').waitFor();
  assert.deepEqual(await axe(page), []);
  await page.check();
  await page.context().close();
});

test('nothing there is told as such', async () => {
  const page = await open(browser);
  const none = {id: 'folder/tickets', title: 'Empty', kind: 'folder', revision: '', card: '', configs: [], versions: [], manifest: null, asked: [], clusters: [], rejects: [], problems: []};
  await makeUp(page, {'': {body: {sets: [], problems: []}}, '/set': {body: none}, '/rejects': {body: {rows: 0, complete: true, kept: true, reasons: []}}});
  for (const [hash, words] of [['#/data', 'There is nothing to see yet'], [SET, 'It has no card'], [`${SET}&tab=rows`, 'There are no files of rows here'], [`${SET}&tab=versions`, 'There are no files of rows here'],
    [`${SET}&tab=duplicates`, 'There is no table of duplicates here'], [`${SET}&tab=dropped`, 'No row was dropped'], ['#/runs?state=interrupted', 'No run is interrupted']]) {
    await page.go(hash);
    await page.getByText(words).waitFor();
    assert.deepEqual(await axe(page), [], hash);
  }
  await page.context().close();
});

test('a tab forgets what belongs to another', async () => {
  const page = await open(browser);
  await makeUp(page);
  const asked = [];
  page.on('request', (request) => request.url().includes('/api/v1/data/clusters?') && asked.push(new URL(request.url()).searchParams));
  await page.go(`${SET}&tab=rows&split=test&offset=50&row=2&columns=%5B%22id%22%5D`);
  await page.getByRole('tab', {name: 'Duplicates'}).click();
  await page.getByText('2 clusters, largest first').waitFor();
  assert.equal(asked.at(-1).get('offset') ?? '0', '0');
  await page.getByRole('button', {name: 'tickets.jsonl:12'}).click();
  await page.getByText('3 rows that are alike').waitFor();
  await page.getByRole('tab', {name: 'Dropped rows'}).click();
  await page.getByLabel('Its text').fill('x');
  await page.getByRole('button', {name: 'Find'}).click();
  await page.getByText('No dropped row has this').waitFor();
  await page.getByRole('tab', {name: 'Rows', exact: true}).click();
  await page.getByText('Rows 0 to 32 of 33').waitFor();
  assert.deepEqual([...new URLSearchParams(page.url().split('?')[1]).keys()].sort(), ['set', 'split', 'tab']);
  await page.check();
  await page.context().close();
});

test('the history of a recipe is its own, and without dry runs', async () => {
  const page = await open(browser);
  const asked = [];
  const jobs = Array.from({length: 130}, (_, at) => ({id: `${String(at).padStart(8, '0')}-0000`, kind: 'recipe', recipe: 'sample', options: {dry_run: at % 2 === 0}, state: at % 4 === 1 ? 'failed' : 'completed',
    created_at: '2026-11-22T08:00:00Z', started_at: '2026-11-22T08:00:00Z', ended_at: at % 2 === 0 ? '2026-11-22T08:00:01Z' : '2026-11-22T08:00:40Z', exit_status: 0, error: null, progress: {rows_read: 9, rows_written: 8}}));
  await page.route('**/api/v1/jobs?**', (route) => {
    const query = new URL(route.request().url()).searchParams, from = Number(query.get('before') ?? 0);
    asked.push(query.get('recipe'));
    return route.fulfill({contentType: 'application/json', body: JSON.stringify({jobs: jobs.slice(from, from + 100), next: from + 100 < jobs.length ? String(from + 100) : null})});
  });
  await page.go('#/recipes/sample');
  await page.getByText('130, 65 of them dry').waitFor();
  await page.getByText('32 of 65 (49%)').waitFor();
  await page.getByText('40 s', {exact: true}).first().waitFor();
  await page.getByText('Dry runs are left out of the rest').waitFor();
  assert.ok(asked.length >= 2 && asked.every((name) => name === 'sample'), String(asked));  // page.go() may load twice.
  assert.deepEqual(await axe(page), []);
  await page.check();
  await page.context().close();
});

test('what is shown now is the revision itself, also where it is not in the list', async () => {
  const page = await open(browser);
  const asked = [];
  page.on('request', (request) => request.url().includes('/data/diff?') && asked.push(new URL(request.url()).searchParams));
  await makeUp(page, {'/set': {body: {...SET_OF_TICKETS, revision: 'cccccccc33'}}});
  await page.go(`${SET}&revision=feature&tab=versions`);
  const row = page.getByRole('row', {name: /^cccccccc/});
  await row.getByText('shown now: not on main').waitFor();
  assert.match(await row.innerText(), /feature/);
  assert.equal(await page.getByText(/^shown now/).count(), 1);
  await page.getByRole('button', {name: 'Compare with aaaaaaaa'}).click();
  await page.getByText('Rows before').waitFor();
  assert.deepEqual([asked[0].get('from'), asked[0].get('to')], ['aaaaaaaa11', 'cccccccc33']);
  assert.deepEqual(await axe(page), []);
  await page.check();
  await page.context().close();
});

test('what cannot be counted or shown is said', async () => {
  const page = await open(browser, {errors: ['Failed to load resource']});
  const answers = {};
  await makeUp(page, answers);
  const id = {name: 'id', type: 'int64', feature: null, shape: 'number'};
  answers['/rows'] = {body: {columns: [id], rows_total: 1, bad_rows: 1234, offset: 0, rows: [{row: 0, cells: [1]}]}};
  await page.go(`${SET}&tab=rows`);
  await page.getByText('1,234 lines are no row and were passed over.').waitFor();
  const histogram = {hist: [1, 2, 3], bin_edges: [1000000000.0001, 1000000000.0002, 1000000000.0003, 1000000000.0004]};
  const facts = {nan_count: 0, nan_proportion: 0, min: 999999994.64989, max: 1000000004.99816, mean: 1000000000.0009, histogram};
  answers['/stats'] = {type: 'text/event-stream', body: `event: end\ndata: ${JSON.stringify({num_examples: 6, bad_rows: 1, statistics: [{column_name: 'a', column_type: 'float', column_statistics: facts}]})}\n\n`};
  await page.go(`${SET}&tab=statistics`);
  await page.getByText('1 line is no row and was passed over.').waitFor();
  for (const digits of ['999,999,994.64989', '1,000,000,004.99816', '1,000,000,000.0009']) await page.getByText(digits, {exact: true}).waitFor();
  await page.getByText('Histogram as a table').click();
  assert.equal(await page.getByRole('row', {name: /to 1,000,000,000\.000/}).count(), 3);
  const counts = [{column_name: 'b', column_type: 'float', column_statistics: {nan_count: 1, infinite_count: 2, no_label_count: 0}}, {column_name: 'c', column_type: 'class_label', column_statistics: {nan_count: 0, no_label_count: 1, unknown_label_count: 3, frequencies: {}}}];
  answers['/stats'].body = `event: end\ndata: ${JSON.stringify({num_examples: 6, statistics: counts})}\n\n`;
  await page.go(`${SET}&tab=statistics`);
  await page.getByText('Of no known class').waitFor();
  const cards = await page.locator('.stat').allInnerTexts();
  assert.match(cards[0], /Empty\s+1 \(17%\)\s+Infinite\s+2 \(33%\)/);
  assert.match(cards[1], /Without a label\s+1 \(17%\)\s+Of no known class\s+3 \(50%\)/);
  assert.doesNotMatch(cards[0], /label/);
  answers['/rejects'] = {status: 422, body: {error: 'not a file of dropped rows: file=rejects.jsonl'}};
  await page.go(`${SET}&tab=dropped`);
  await page.getByText('not a file of dropped rows').waitFor();
  await page.getByText('How many rows were dropped, and why, is not known here.').waitFor();
  const alike = {kept: false, representative: 'a:1', estimated: 1, exact: 1, other: false};
  answers['/cluster'] = {body: {rows: [{...alike, id: 'a:1', kept: true, cells: {x: {$ref: 'a', $id: '1'}}}, {...alike, id: 'a:2', cells: {x: {$ref: 'a', $id: '2'}}}, {...alike, id: 'b:3', cells: null}], rows_total: 3}};
  await page.go(`${SET}&tab=duplicates&cluster=a%3A1`);
  await page.getByText('"$id": "2"').waitFor();
  assert.deepEqual(await page.locator('main ins').allInnerTexts(), ['2']);
  await page.getByRole('button', {name: 'Compare b:3'}).click();
  await page.getByText('The row b:3 is not in this data set').waitFor();
  assert.deepEqual(await axe(page), []);
  await page.check();
  await page.context().close();
});

test('of many hits all that the server gives are shown, and that there may be more', async () => {
  const page = await open(browser);
  const hits = Array.from({length: 1000}, (_, row) => `event: hit\ndata: {"row": ${row}, "cells": [${row}, "x", 0, 1, [], "", {}]}\n\n`).join('');
  const asked = [];
  page.on('request', (request) => request.url().includes('/data/search?') && asked.push(new URL(request.url()).searchParams.get('limit')));
  await makeUp(page, {'/search': {type: 'text/event-stream', body: `${hits}event: end\ndata: {"hits": 1000, "rows": 5000, "complete": false}\n\n`}});
  await page.go(`${SET}&tab=rows&q=x`);
  await page.getByText('1,000 rows found in 5,000: the first 1,000, there may be more').waitFor();
  assert.deepEqual([...new Set(asked)], ['1000']);
  assert.equal(await page.locator('.rows tbody tr').count(), 200);
  for (const left of ['800', '600', '400', '200']) await page.getByRole('button', {name: `${left} more`}).click();
  assert.equal(await page.locator('.rows tbody tr').count(), 1000);
  await page.check();
  await page.context().close();
});

test('a search that takes long is cancelled', async () => {
  const page = await open(browser);
  await makeUp(page);
  await page.route('**/api/v1/data/search**', () => undefined);  // Never answered.
  await page.goto(`${SERVER}/${SET}&tab=rows&q=slow`);
  await page.getByText('Searching: 0 rows').waitFor();
  await page.getByRole('button', {name: 'Cancel'}).click();
  await page.getByText('Cancelled after 0 hits').waitFor();
  await page.context().close();
});

test('a dropped row is compared with the row that stands for it, not with the first of the cluster', async () => {
  const page = await open(browser);
  const alike = (id, representative, text, estimated, exact) => ({id, kept: id === representative, representative, estimated, exact, other: false, cells: {text, n: id}});
  const rows = [alike('a:1', 'a:1', 'one cat', 1, 1), alike('a:2', 'a:1', 'one cut', 0.9, 0.8), alike('a:3', 'a:3', 'two dogs', 1, 1), alike('a:4', 'a:3', 'two digs', 0.7, 0.6), alike('a:5', 'a:999', 'far away', 0.5, 0.4)];
  await makeUp(page, {'/cluster': {body: JSON.stringify({rows, rows_total: 999}).replace('"a:3"}', '570306133677760513}').replace('"a:4"}', '570306133677760514}')}});
  await page.go(`${SET}&tab=duplicates&cluster=a%3A1`);
  const cells = async (id) => page.locator('tr', {has: page.getByRole('rowheader', {name: id})}).locator('td').allInnerTexts();
  assert.deepEqual((await cells('a:3')).slice(0, 4), ['kept', '', '', '']);
  assert.deepEqual((await cells('a:4')).slice(0, 4), ['dropped', 'a:3', '70.0%', '60.0%']);
  assert.equal(await page.getByRole('button', {name: /^Compare/}).count(), 3);
  await page.getByRole('button', {name: 'Compare a:4'}).click();
  await page.locator('main del', {hasText: 'dogs'}).waitFor();
  assert.deepEqual(await page.locator('main figcaption').allInnerTexts(), ['a:3', 'a:4', 'a:3', 'a:4']);
  assert.deepEqual(await page.locator('main ins').allInnerTexts(), ['digs', '570306133677760514']);
  await page.getByRole('button', {name: 'Compare a:5'}).click();
  await page.getByText('The row a:999 is not among the rows shown here').waitFor();
  assert.deepEqual(await axe(page), []);
  await page.check();
  await page.context().close();
});

test('a main button under the pointer can be read', async () => {
  const page = await open(browser, {theme: 'light'});
  await page.go('#/recipes/sample');
  const button = page.getByRole('button', {name: 'Start', exact: true});
  await button.hover();
  assert.deepEqual(await button.evaluate((element) => [getComputedStyle(element).backgroundColor, getComputedStyle(element).color]), ['rgb(11, 83, 148)', 'rgb(255, 255, 255)']);
  await page.context().close();
});

test('how rows of a source are counted is said beside their numbers', async () => {
  const page = await open(browser);
  await makeUp(page);
  await page.go(`${SET}&tab=dropped`);
  await page.getByText('tickets.csv, row 14 counted from 1: the same as row 3').waitFor();
  await page.getByLabel('Its number in the source file, counted from 1').waitFor();
  await page.getByText('whose first row is 1 (of JSON lines, the number of the line)').waitFor();
  await page.context().close();
});

test('versions are compared by columns of any name', async () => {
  const page = await open(browser);
  const asked = [];
  page.on('request', (request) => request.url().includes('/data/diff?') && asked.push(new URL(request.url()).searchParams.get('key')));
  const columns = ['a,b', ' c '].map((name) => ({name, type: 'int64', feature: null, shape: 'number'}));
  await makeUp(page, {'/rows': {body: {columns, rows_total: 1, offset: 0, rows: [{row: 0, cells: [1, 2]}]}}});
  await page.go(`${SET}&tab=versions&from=bbbbbbbb22`);
  await page.getByText('Rows before').waitFor();
  await page.getByText('all columns', {exact: true}).click();
  await page.getByRole('checkbox', {name: 'a,b'}).check();
  await page.getByRole('checkbox', {name: ' c '}).check();
  assert.deepEqual(await axe(page), []);
  await page.keyboard.press('Escape');
  await page.getByRole('button', {name: 'Compare', exact: true}).click();
  await settled(page);
  assert.equal(asked.at(-1), '["a,b"," c "]');
  await page.getByText('a,b', {exact: true}).click();
  await page.getByRole('button', {name: 'None', exact: true}).click();
  await page.getByRole('button', {name: 'Compare', exact: true}).click();
  await settled(page);
  assert.equal(asked.at(-1), null);
  await page.check();
  await page.context().close();
});

test('by the keyboard alone', async () => {
  const page = await open(browser);
  await makeUp(page);
  await page.go('#/runs');
  const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim().slice(0, 40));
  const tabTo = async (name) => {
    for (let presses = 0; presses < 60; ++presses) {
      if ((await focused()) === name) return;
      await page.keyboard.press('Tab');
    }
    assert.fail(`no way by Tab to ${name}`);
  };
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'Skip to the content');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'main');
  await page.go('#/recipes');
  await tabTo('Data sets');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', {name: 'Data sets'}).waitFor();
  await tabTo('Tickets');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', {name: 'Tickets', level: 1}).waitFor();
  await tabTo('About');
  await page.keyboard.press('ArrowRight');
  await page.getByText('Rows 0 to 49 of 300').waitFor();
  assert.equal(await focused(), 'Rows');
  await tabTo('2');
  await page.keyboard.press('Enter');
  await page.getByRole('region', {name: 'Row 2'}).waitFor();
  assert.equal(await focused(), 'Row 2');
  await page.keyboard.press('Escape');
  await page.getByRole('region', {name: 'Row 2'}).waitFor({state: 'detached'});
  await page.waitForFunction(() => document.activeElement?.textContent === '2');
  await page.check();
  await page.context().close();
});
