// A real Chromium (Debian's) with listeners for what must never happen: a dialog, a script that data brought, a
// request to elsewhere, a violation of the policy, an error on the console.
import assert from 'node:assert/strict';
import {createRequire} from 'node:module';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const {chromium} = require('playwright-core');
const axePath = require.resolve('axe-core/axe.min.js');

export const SERVER = process.env.HUBMILL_PAGES;
assert.ok(SERVER, 'HUBMILL_PAGES names no server; remedy: run by tests/peers/pages_test.py');
export const SIZES = {desktop: {width: 1280, height: 860}, phone: {width: 390, height: 844}};

export async function launch() {
  return chromium.launch({executablePath: process.env.HUBMILL_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage']});
}

/** A page of its own context; `guarded.check()` fails where something of the above happened. */
export async function open(browser, {theme = 'light', size = 'desktop', server = SERVER, errors = []} = {}) {
  const context = await browser.newContext({viewport: SIZES[size], colorScheme: theme, reducedMotion: 'reduce', locale: 'en-GB', timezoneId: 'UTC', bypassCSP: false});
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  const wrong = [];
  page.on('dialog', (dialog) => { wrong.push(`dialog: ${dialog.message()}`); void dialog.dismiss(); });
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() !== 'error' || errors.some((known) => message.text().includes(known))) return;
    wrong.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(server) && !request.url().startsWith('data:') && !request.url().startsWith('blob:')) wrong.push(`request: ${request.url()}`);
  });
  await page.addInitScript(() => {
    window.violations = [];
    addEventListener('securitypolicyviolation', (event) => window.violations.push(`${event.violatedDirective}: ${event.blockedURI}`));
  });
  page.wrong = wrong;
  page.check = async () => {
    assert.deepEqual(wrong, []);
    assert.deepEqual(await page.evaluate(() => window.violations), []);
    assert.equal(await page.evaluate(() => window.planted), undefined, 'a planted script ran');
    assert.equal(await page.evaluate(() => document.querySelectorAll('main script, main iframe, main img, main object, main [onerror], main [onclick]').length), 0);
  };
  page.go = async (hash) => {
    await page.goto(`${server}/${hash}`);
    if (page.url().endsWith(hash)) await page.reload();
    await settled(page);
  };
  return page;
}

/** Waits until nothing is loading. */
export async function settled(page) {
  await page.waitForSelector('h1');
  await page.waitForFunction(() => ![...document.querySelectorAll('[role=status]')].some((one) => one.textContent.endsWith('…')) && !document.querySelector('[aria-busy=true]'));
}

/** What axe-core finds; the page's own policy holds, since axe comes by the debugger's channel. */
export async function axe(page) {
  const loaded = await page.evaluate(() => typeof window.axe);
  if (loaded !== 'object') await page.evaluate(require('node:fs').readFileSync(axePath, 'utf8') + ';0');
  const found = await page.evaluate(() => window.axe.run(document, {resultTypes: ['violations']}));
  return found.violations.map(({id, nodes}) => `${id}: ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 120)} [${node.failureSummary?.split('\n')[1]?.trim()}]`).join(' | ')}`);
}
