/**
 * Drives the playground page with a real browser and one check of checks.mjs.
 *
 *     node playground.mjs BASE CHECK MODULES PICTURES
 *
 * BASE is the gateway's address, MODULES the folder that playwright-core and axe-core are installed in, PICTURES where
 * screenshots go. Every check fails too when the page logs an error or asks another server for anything.
 */
import assert from 'node:assert/strict';
import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join, resolve } from 'node:path';
import { checks } from './checks.mjs';

const POLICY = "default-src 'self'";

const [base, name, modules, pictures] = process.argv.slice(2);
const require = createRequire(join(resolve(modules), 'package.json'));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
mkdirSync(pictures, { recursive: true });

const check = checks[name];
if (!check) throw new Error(`no check '${name}'; there are: ${Object.keys(checks).join(', ')}`);
/** What went wrong on the pages that are open, each with its page. */
const opened = [];
const browser = await chromium.launch({ executablePath: installed(), args: ['--no-sandbox'] });
try {
  await check({ base, open, axe, picture: (page, file) => page.screenshot({ path: join(pictures, `${file}.png`) }) });
} catch (e) {
  for (const { page, wrong } of opened) {
    const notices = await page.locator('.notice').allTextContents().catch(() => []);
    console.error(`The page's errors: ${JSON.stringify(wrong)}; what it shows: ${JSON.stringify(notices)}`);
  }
  throw e;
} finally {
  await browser.close();
}
console.log(`${name}: passed`);

/**
 * Opens the page in a context of its own.
 *
 * @param hash the tab
 * @param options of the context
 * @param prepare what is to be done before the page is loaded, such as faking routes
 * @returns the page; its `done()` must be called at the end and fails on errors and outside requests
 */
async function open(hash = 'chat', options = {}, prepare = async () => {}) {
  const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1280, height: 860 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const wrong = [];
  page.on('console', (message) => message.type() === 'error' && wrong.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => wrong.push(`error: ${error.stack}`));
  page.on('dialog', (dialog) => wrong.push(`dialog: ${dialog.message()}`) && dialog.dismiss());
  page.on('request', (request) => request.url().startsWith(`${base}/`) || wrong.push(`outside: ${request.url()}`));
  opened.push({ page, wrong });
  // The page has to work under this policy, whatever the server's own is; what breaks it is logged as an error.
  await page.route(
    (url) => url.pathname === '/',
    async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, headers: { 'content-security-policy': POLICY, ...response.headers() } });
    },
  );
  await prepare(page);
  await page.goto(`${base}/#${hash}`);
  await page.waitForFunction((id) => !document.getElementById(id).hidden, hash);
  return Object.assign(page, {
    done: async (expected = []) => {
      assert.deepEqual(wrong.filter((line) => !expected.some((part) => line.includes(part))), []);
      opened.splice(0, opened.length, ...opened.filter((one) => one.page !== page));
      await context.close();
    },
  });
}

function installed() {
  for (const folder of process.env.PATH.split(delimiter)) {
    for (const file of ['chromium', 'chromium-browser', 'google-chrome']) {
      try {
        accessSync(join(folder, file), constants.X_OK);
        return join(folder, file);
      } catch {
        // Not here.
      }
    }
  }
  throw new Error('The browser tests need Chromium. Install it, for example: apt-get install chromium');
}
