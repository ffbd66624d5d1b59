import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Page, test } from '@playwright/test';
import { shrink } from '../support/png';
import { demoLogIn, Server, startServer } from '../support/server';

// The pictures of the documentation, from the demo workspace: `make pictures`.

const folder = process.env.KEYWICKET_PICTURES ?? '';
const desk = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };

test.describe('@pictures', () => {
  test.describe.configure({ mode: 'serial', timeout: 60_000 });
  let server: Server;
  let page: Page;
  let path: string;
  let key: string;

  test.beforeAll(async ({ browser }) => {
    mkdirSync(folder, { recursive: true });
    server = await startServer({ demo: true });
    page = await browser.newPage({ baseURL: server.base, viewport: desk, locale: 'en-US', reducedMotion: 'reduce', colorScheme: 'light' });
    await page.goto('/');
    const { email, password } = demoLogIn(server);
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.waitForURL(/\/keys$/);
    path = new URL(page.url()).pathname.replace(/\/keys$/, '');
    // A key with scopes and addresses has the most to show.
    const limited = page.getByRole('row').filter({ hasText: /\d address/ }).filter({ hasText: /\d apps?/ }).first();
    key = (await limited.getByRole('link').first().getAttribute('href'))!;
  });
  test.afterAll(async () => {
    await page.close();
    await server.stop();
  });

  async function take(name: string, address: string, o: { dark?: boolean; size?: typeof desk; before?: () => Promise<void> } = {}): Promise<void> {
    await page.emulateMedia({ colorScheme: o.dark ? 'dark' : 'light', reducedMotion: 'reduce' });
    await page.setViewportSize(o.size ?? desk);
    await page.goto(address);
    await o.before?.();
    await page.evaluate(() => document.fonts.ready);
    writeFileSync(join(folder, `${name}.png`), shrink(await page.screenshot()));
  }

  test('keys', async () => {
    await take('keys-light', `${path}/keys`);
    await take('keys-dark', `${path}/keys`, { dark: true });
    await take('keys-phone', `${path}/keys`, { size: phone });
  });

  test('details', async () => {
    await take('details-light', key);
  });

  test('the form of a new key, and what it leads to', async () => {
    const dialog = page.getByRole('dialog');
    const fill = async () => {
      await page.getByRole('button', { name: 'More ways to create' }).click();
      await page.getByRole('menuitem', { name: /^Add API Key/ }).click();
      await dialog.getByLabel('Key Name').fill('Pick lists');
      await dialog.getByLabel('Description').fill('Scanners in hall 3 put finished pick lists here.');
      await dialog.getByRole('radio', { name: /^FTP/ }).check();
      await dialog.getByLabel('Key Name').focus();
    };
    await take('create-light', `${path}/keys`, { before: fill });
    await take('result-light', `${path}/keys`, {
      before: async () => {
        await fill();
        await dialog.getByRole('button', { name: 'Generate' }).click();
        await dialog.getByRole('textbox', { name: 'API Secret' }).waitFor();
      },
    });
    // A value that is shown may be left without being asked about it.
    await dialog.getByRole('button', { name: 'Done' }).click();
  });

  test('changed credentials', async () => {
    await page.goto(`${path}/keys?q=Customer+portal`);
    await page.getByRole('row').getByRole('link', { name: 'Customer portal', exact: true }).click();
    await take('rotation-light', page.url(), {
      before: async () => page.getByRole('region', { name: 'Credentials' }).evaluate((n) => scrollTo(0, n.getBoundingClientRect().top + scrollY - 70)),
    });
  });

  test('plugins', async () => {
    await take('plugins-light', `${path}/plugins`);
  });

  test('people and accounts', async () => {
    await take('members-light', `${path}/settings/members`);
    await take('subaccounts-light', `${path}/settings/subaccounts`);
  });

  test('tester', async () => {
    await take('tester-light', `${path}/tester?key=${key.split('/').pop()}`, {
      before: async () => {
        await page.getByRole('radio', { name: 'Method and path' }).check();
        await page.getByLabel('Path', { exact: true }).fill('/api/v5/app/entry/data/list');
        await page.getByLabel('IP address').fill('203.0.113.7');
        await page.getByRole('button', { name: 'Test', exact: true }).click();
        await page.getByRole('heading', { name: /^(Allowed|Denied)$/ }).waitFor();
        await page.evaluate(() => scrollTo(0, 0));
      },
    });
  });

  test('catalogue and audit', async () => {
    await take('catalogue-light', `${path}/catalogue`);
    await take('audit-light', `${path}/audit`);
  });
});
