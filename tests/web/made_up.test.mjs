// The pages with made-up answers of the data routes: what looks right in both themes and sizes, what must not run, what
// a Hub that is gone looks like, and every step by the keyboard.
import assert from 'node:assert/strict';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {axe, launch, open, settled, SERVER} from './browser.mjs';
import {EVIL, makeUp} from './made_up.mjs';
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
  assert.equal(await ground(), 'rgb(20, 23, 26)');
  await page.reload();
  await settled(page);
  assert.equal(await ground(), 'rgb(20, 23, 26)');
  await page.context().close();
});

test('planted HTML is text wherever it stands', async () => {
  const page = await open(browser);
  await makeUp(page);
  const job = {id: process.env.HUBMILL_RUN, kind: 'recipe', recipe: EVIL, options: {set: {[EVIL]: EVIL}}, state: 'failed', created_at: EVIL, started_at: '2026-11-22T08:00:00Z',
    ended_at: '2026-11-22T08:00:01Z', exit_status: 1, error: EVIL, progress: {rows_read: 1, rows_written: 0}};
  const manifest = {datasets: [{name: EVIL, rows_read: 1, rows_written: 0, splits: {[EVIL]: 1}, stages: [{name: EVIL, rows_in: 1, rows_out: 0, dropped: {[EVIL]: 1}, counts: {[EVIL]: 2}}]}]};
  const json = (body) => (route) => route.fulfill({contentType: 'application/json', body: JSON.stringify(body)});
  await page.route('**/api/v1/jobs?**', json({jobs: [job], next: null}));
  await page.route(`**/api/v1/jobs/${job.id}`, json(job));
  await page.route(`**/api/v1/jobs/${job.id}/events`, (route) => route.fulfill({contentType: 'text/event-stream', body: `id: 1\nevent: log\ndata: ${JSON.stringify({stream: 'stderr', line: EVIL})}\n\nid: 2\nevent: end\ndata: ${JSON.stringify(job)}\n\n`}));
  await page.route(`**/api/v1/jobs/${job.id}/artefacts`, json({artefacts: [{name: 'manifest.json', size: 1, sha256: 'ab'.repeat(32), url: `/api/v1/jobs/${job.id}/artefacts/manifest.json`}, {name: EVIL, size: 1, sha256: EVIL, url: '/x'}]}));
  await page.route(`**/api/v1/jobs/${job.id}/artefacts/manifest.json`, json(manifest));
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
  const none = {id: 'folder/tickets', title: 'Empty', kind: 'folder', revision: '', card: '', configs: [], versions: [], manifest: null, clusters: [], rejects: [], problems: []};
  await makeUp(page, {'': {body: {sets: [], problems: []}}, '/set': {body: none}, '/rejects': {body: {rows: 0, complete: true, kept: true, reasons: []}}});
  for (const [hash, words] of [['#/data', 'There is nothing to see yet'], [SET, 'It has no card'], [`${SET}&tab=rows`, 'There are no files of rows here'], [`${SET}&tab=versions`, 'There are no files of rows here'],
    [`${SET}&tab=duplicates`, 'There is no table of duplicates here'], [`${SET}&tab=dropped`, 'No row was dropped'], ['#/runs?state=interrupted', 'No run is interrupted']]) {
    await page.go(hash);
    await page.getByText(words).waitFor();
    assert.deepEqual(await axe(page), [], hash);
  }
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
