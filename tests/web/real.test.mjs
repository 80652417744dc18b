// A walk through a real `hubmill serve` (tests/peers/pages_test.py makes its world): a run is started from its form and
// watched until it ends, its data set is paged, searched, filtered and compared, duplicates are looked at. With
// HUBMILL_SHOTS it makes the pictures of docs/pages.md on the way.
import assert from 'node:assert/strict';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {axe, launch, open, settled, SIZES} from './browser.mjs';
import {smallPng} from './small_png.mjs';

const SHOTS = process.env.HUBMILL_SHOTS;
const JOB_MS = 60000;

let browser, page;
before(async () => {
  browser = await launch();
  page = await open(browser, {errors: ['status of 400', 'status of 422']});  // What it refuses on purpose.
});
after(() => browser.close());

/** Axe and the watch, and with HUBMILL_SHOTS a picture in each look that is named. */
async function look(name, looks = ['desktop']) {
  await settled(page);
  assert.deepEqual(await axe(page), [], name);
  await page.check();
  if (!SHOTS) return;
  mkdirSync(SHOTS, {recursive: true});
  await page.evaluate(() => document.activeElement?.blur());
  for (const one of looks) {
    const size = one.includes('phone') ? 'phone' : 'desktop', dark = one.includes('dark');
    await page.emulateMedia({colorScheme: dark ? 'dark' : 'light'});
    await page.setViewportSize(SIZES[size]);
    await page.waitForTimeout(300);
    writeFileSync(join(SHOTS, `${name}${one === 'desktop' ? '' : `-${one}`}.png`), smallPng(await page.screenshot()));
  }
  await page.emulateMedia({colorScheme: 'light'});
  await page.setViewportSize(SIZES.desktop);
}

const fact = (name) => page.locator(`dt:text-is("${name}") + dd`).first().innerText();

async function start(limit, level) {
  await page.getByRole('link', {name: 'Recipes'}).click();
  await page.locator('.cards').getByRole('link', {name: 'sample', exact: true}).click();
  await page.getByRole('heading', {name: 'sample', level: 1}).waitFor();
  await page.getByLabel('Limit, rows').fill(String(limit));
  if (level) await page.getByLabel('level').fill(level);
  await page.getByRole('button', {name: 'Start', exact: true}).click();
}

const completed = () => page.locator('.head .state.completed').waitFor({timeout: JOB_MS});

/** Each step begins where the one before it ended, so that one that failed ends the walk. */
let stopped = false;
const step = (name, act) => test(name, async (context) => {
  if (stopped) return context.skip('the walk ended before');
  stopped = true;
  await act();
  stopped = false;
});

step('a value that does not fit is told beside its field', async () => {
  await page.go('#/recipes');
  await start(60, 'three');
  const wrong = page.locator('.field', {has: page.getByLabel('level')}).getByRole('alert');
  await wrong.waitFor();
  assert.match(await wrong.innerText(), /expected a whole number/);
  await page.getByLabel('level').fill('3');
  await page.getByLabel('data').fill('/etc');
  await page.getByRole('button', {name: 'Start', exact: true}).click();
  await page.locator('.field', {has: page.getByLabel('data')}).getByText('input-root').waitFor();
});

step('a run is started from its form and watched to its end', async () => {
  await start(100);
  await completed();
  await page.getByRole('heading', {name: 'Stages'}).waitFor();
  assert.equal(await fact('Options'), 'limit=100');
  assert.match(await page.getByRole('region', {name: 'Stages of feedback'}).innerText(), /dedup_exact\s+\d+\s+\d+\s+\d+ \(\d+%\)\s+[\d,]+\s+duplicate \d+\s+dedup_exact: columns=message, keep=first/);
  await page.getByText('done:').waitFor();
  await look('run', ['desktop', 'phone-dark']);
  const download = page.waitForEvent('download');
  await page.getByRole('link', {name: 'manifest.json'}).click();
  assert.equal((await download).suggestedFilename(), 'manifest.json');
  await start(200);
  await completed();
});

step('a run that works is cancelled', async () => {
  await page.getByRole('link', {name: 'Recipes'}).click();
  await page.locator('.cards').getByRole('link', {name: 'slow', exact: true}).click();
  await page.getByRole('button', {name: 'Start', exact: true}).click();
  await page.getByRole('button', {name: 'Cancel'}).click();
  await page.locator('.head .state.cancelled').waitFor({timeout: JOB_MS});
});

step('the stages of a run are counted while it works, and at its end', async () => {
  await page.getByRole('link', {name: 'Recipes'}).click();
  await page.locator('.cards').getByRole('link', {name: 'steady', exact: true}).click();
  await page.getByRole('button', {name: 'Start', exact: true}).click();
  await page.getByRole('heading', {name: 'Stages so far'}).waitFor({timeout: JOB_MS});
  const row = page.getByRole('region', {name: 'Stages of default'}).locator('tr', {has: page.getByRole('rowheader', {name: 'filter'})});
  const cells = async () => (await row.locator('td').allInnerTexts()).map((text) => text.trim());
  const rows = (text) => Number(text.replace(/,/g, ''));
  const grown = async (more) => {
    const until = Date.now() + JOB_MS;
    for (let now; Date.now() < until; await page.waitForTimeout(100)) if (rows((now = await cells())[0]) > more) return now;
    throw new Error(`the rows did not grow beyond ${more}`);
  };
  const first = await grown(0), later = await grown(rows(first[0]));
  await page.locator('.head .state.running').waitFor();
  for (const [into, out, dropped, rate, why] of [first, later]) {
    assert.ok(rows(into) > rows(out) && rows(into) < 60000 && rows(rate) > 0, `${into} ${out} ${rate}`);
    assert.match(dropped, /^[\d,]+ \(25%\)$/);
    assert.equal(why, `fourth ${dropped.split(' ')[0]}`);
  }
  await look('running');
  await completed();
  await page.getByRole('heading', {name: 'Stages', exact: true}).waitFor();
  const [into, out, dropped, rate, why] = await cells();
  assert.deepEqual([into, out, dropped], ['60,000', '45,000', '15,000 (25%)']);
  assert.ok(rows(rate) > 0);
  assert.match(why, /^fourth 15,000\s+filter: n % 4 != 0$/);
});

step('the list of runs and the recipe tell what happened', async () => {
  await page.getByRole('link', {name: 'Runs'}).click();
  await page.locator('tbody tr').nth(2).waitFor();
  await look('runs');
  await page.getByRole('link', {name: 'Recipes'}).click();
  await page.locator('.cards').getByRole('link', {name: 'sample', exact: true}).click();
  await page.getByText('Rows by version as a table').click();
  await page.getByRole('region', {name: 'Rows by version'}).locator('tbody tr').nth(1).waitFor();
  await page.getByText('Rows by version as a table').click();
  assert.match(await fact('Succeeded'), /of \d/);
  await look('recipe', ['desktop', 'desktop-dark']);
});

step('its data set: card, rows, pages, a row', async () => {
  await page.getByRole('link', {name: 'Runs'}).click();
  await page.locator('tr', {has: page.getByText('limit=200')}).getByRole('link').first().click();
  await page.getByRole('link', {name: 'See the data set'}).click();
  await page.getByRole('heading', {name: 'Card'}).waitFor();
  await look('about');
  await page.getByRole('tab', {name: 'Rows', exact: true}).click();
  await page.getByLabel('Config').selectOption('chat');
  await page.getByText(/Rows 0 to 49 of 1\d\d/).waitFor();
  await page.getByRole('button', {name: 'Next', exact: true}).click();
  await page.getByText(/Rows 50 to 99 of/).waitFor();
  await page.getByRole('button', {name: 'Last'}).click();
  await page.getByText(/Rows 1\d\d to 1\d\d of/).waitFor();
  await page.getByLabel('Go to row').fill('7');
  await page.keyboard.press('Enter');
  await page.getByRole('region', {name: 'Row 7'}).waitFor();
  await page.locator('.row-cells dt').nth(2).waitFor();
  await page.getByRole('button', {name: 'Close'}).click();
});

step('search and filter', async () => {
  await page.getByLabel('Config').selectOption('feedback');
  await page.getByLabel('Split').selectOption('train');
  await settled(page);
  await look('rows', ['desktop', 'phone']);
  await page.getByLabel('Text').fill('invoice');
  await page.getByRole('button', {name: 'Search'}).click();
  await page.getByText(/rows? found in/).waitFor();
  const texts = await page.locator('.rows tbody tr').allInnerTexts();
  assert.ok(texts.length > 0 && texts.every((text) => /invoice/i.test(text)), texts.join('\n'));
  await look('search');
  await page.getByLabel('Text').fill('');
  await page.getByLabel('Condition').fill("plan = 'team'");
  await page.getByRole('button', {name: 'Search'}).click();
  await page.waitForFunction(() => {  // What the search before found may still stand there.
    const shown = [...document.querySelectorAll('.rows tbody tr')];
    return shown.length > 0 && shown.every((row) => /team/.test(row.innerText));
  });
  await page.getByText(/rows? found in/).waitFor();
  const found = await page.locator('.rows tbody tr').allInnerTexts();
  assert.ok(found.length > 0 && found.every((text) => /team/.test(text)), found.join('\n'));
  await page.getByLabel('Condition').fill("plann = 'team'");
  await page.getByRole('button', {name: 'Search'}).click();
  await page.getByRole('alert').getByText('plan').waitFor();
  await page.getByRole('button', {name: 'All rows'}).click();
});

step('statistics', async () => {
  await page.getByRole('tab', {name: 'Statistics'}).click();
  await page.getByText(/\d+ rows, \d+ columns/).waitFor();
  await page.getByRole('heading', {name: /label class/}).waitFor();
  await look('statistics', ['desktop', 'desktop-dark', 'phone']);
});

step('what changed since an earlier run', async () => {
  await page.getByRole('tab', {name: 'Versions'}).click();
  await page.getByRole('button', {name: /Compare with/}).first().click();
  await page.getByText('Rows before').waitFor();
  await page.getByText('all columns', {exact: true}).click();
  await page.getByRole('checkbox', {name: /^id /}).check();
  await page.keyboard.press('Escape');
  await page.getByRole('button', {name: 'Compare', exact: true}).last().click();
  await page.getByText('Keys that come').or(page.getByText('Changed', {exact: true})).first().waitFor();
  assert.ok(Number(await fact('Added')) > 0);
  await look('versions');
});

step('why rows were dropped', async () => {
  await page.getByRole('tab', {name: 'Dropped rows'}).click();
  await page.getByRole('heading', {name: /duplicate/}).waitFor();
  await page.locator('.samples li').first().waitFor();
  const card = page.locator('section.panel', {has: page.getByRole('heading', {name: /^filter feedback/})});
  await card.getByText("The stage was asked: filter: message != ''").waitFor();
  assert.ok(await card.locator('.samples li').count() > 0, 'the condition stands beside the rows');
  await look('dropped');
  await page.getByLabel('Its text').fill('no row has this text');
  await page.getByRole('button', {name: 'Find'}).click();
  await page.getByText('No dropped row has this').waitFor();
});

step('duplicates side by side', async () => {
  await page.getByRole('link', {name: 'Data sets'}).click();
  await page.getByLabel('Search').fill('alike');
  await page.getByRole('link', {name: 'alike'}).click();
  await page.getByRole('tab', {name: 'Duplicates'}).click();
  await page.locator('tbody button').first().click();
  await page.getByRole('heading', {name: 'Side by side'}).waitFor();
  assert.match(await page.locator('del').first().innerText(), /^(June|stops|0)$/);
  assert.match(await page.locator('ins').first().innerText(), /^(July|crashes|1)$/);
  await look('duplicates', ['desktop', 'phone-dark']);
});

step('planted HTML of a real file is text', async () => {
  await page.go('#/data');
  await look('data');
  await page.getByRole('link', {name: 'planted'}).click();
  await settled(page);
  for (const tab of ['About', 'Rows', 'Statistics']) {
    await page.getByRole('tab', {name: tab, exact: true}).click();
    await settled(page);
    await page.getByText(/<script>window.planted/).first().waitFor();
    await page.check();
  }
  await page.getByRole('tab', {name: 'Rows', exact: true}).click();
  await page.getByRole('button', {name: 'Open row 0', exact: true}).click();
  await page.getByText('calls a tool').waitFor();
  await look('row', ['desktop', 'phone']);
});

step('a file that is broken says so', async () => {
  await page.go('#/data/set?set=folder%2Fbroken&tab=rows');
  const said = await page.getByRole('alert').innerText();
  assert.match(said, /train\.parquet/);
});

step('a data set of the Hub and its versions', async () => {
  await page.go('#/data');
  const link = page.getByRole('link', {name: /hubmill-sample/});
  await link.click();
  await page.getByRole('tab', {name: 'Versions'}).click();
  await page.getByRole('button', {name: /Compare with/}).first().click();
  await page.getByText('Rows before').waitFor();
  await page.check();
});
