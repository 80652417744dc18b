// A server that asks for a token: the page asks for it, keeps it in this tab alone, and sends it with events too.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {axe, launch, open, settled} from './browser.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

test('the token', async () => {
  const page = await open(browser, {errors: ['Failed to load resource']});
  await page.goto(`${process.env.HUBMILL_PAGES}/#/runs`);
  await page.getByRole('heading', {name: 'This server needs a token'}).waitFor();
  assert.deepEqual(await axe(page), []);
  await page.getByLabel('Token').fill('wrong');
  await page.getByRole('button', {name: 'Go on'}).click();
  await page.getByText('The server refused the token.').waitFor();
  await page.getByLabel('Token').fill(process.env.HUBMILL_SECRET);
  await page.getByRole('button', {name: 'Go on'}).click();
  await page.getByRole('link', {name: 'sample'}).first().click();
  await page.getByText('done:').waitFor();
  const download = page.waitForEvent('download');
  await page.getByRole('link', {name: 'manifest.json'}).click();
  assert.equal((await download).suggestedFilename(), 'manifest.json');
  await page.reload();
  await settled(page);
  await page.getByText('done:').waitFor();
  const kept = await page.evaluate(() => [JSON.stringify(localStorage), document.cookie, location.href, JSON.stringify(sessionStorage)]);
  assert.deepEqual(kept.map((text) => text.includes('s3cret')), [false, false, false, true]);
  const other = await page.context().newPage();
  await other.goto(`${process.env.HUBMILL_PAGES}/#/runs`);
  await other.getByRole('heading', {name: 'This server needs a token'}).waitFor();
  await page.check();
});
