import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Page } from '@playwright/test';
import { expect, expectAccessible, test, Workspace } from '../support/fixtures';
import { choose, keyValue, listData, makeApps, makeKey, message, post, row, section, verify } from '../support/keys';

const subs = (w: Workspace) => `${w.path}/settings/subaccounts`;

/** Makes a sub-account without the detour over the dialog, and gives it as a workspace. */
async function makeSub(page: Page, w: Workspace, name: string): Promise<Workspace> {
  const slug = name.toLowerCase();
  expect((await post(page, w, subs(w), { name, slug, own_catalogue: 'master' })).ok()).toBe(true);
  return { ...w, path: `/a/${slug}` };
}

test('a sub-account: created, used, suspended at the gate, reopened', async ({ fresh, signedIn }) => {
  test.setTimeout(90_000);
  const page = await signedIn({ workspace: fresh });
  await makeApps(page, fresh, 'orders, Orders');
  await page.goto(`${fresh.path}/keys`);
  await page.getByRole('complementary', { name: 'Left panel' }).getByRole('link', { name: 'Sub-accounts' }).click();
  await expect(page.getByRole('main')).toContainText('No sub-accounts yet');
  await page.getByRole('link', { name: 'Create sub-account' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Create sub-account' });
  await expect(dialog).toContainText('No channel is active');
  await dialog.getByLabel('Name').fill('Wholesale');
  await dialog.getByLabel('URL slug').fill('not an address');
  await dialog.getByRole('button', { name: 'Create sub-account' }).click();
  await expect(dialog.getByLabel('URL slug')).toHaveAccessibleDescription(/lowercase letters/);
  await dialog.getByLabel('URL slug').fill('Wholesale-eu');
  await dialog.getByRole('button', { name: 'Create sub-account' }).click();
  await expect(dialog).toBeHidden();
  await expect(message(page, 'Wholesale created')).toBeVisible();
  await expect(row(page, 'Wholesale')).toContainText('No channel active');
  await expect(row(page, 'Wholesale')).toContainText('1 (from master)');

  // No channel is active until there is a key (rule 21); any can be created (rule 22).
  await page.getByRole('link', { name: 'Wholesale', exact: true }).click();
  await expect(page).toHaveURL(/\/a\/wholesale-eu\/keys$/);
  await expect(page.getByRole('main')).toContainText('No channel is active yet');
  const sub = { ...fresh, path: '/a/wholesale-eu' };
  const key = await makeKey(page, sub);
  const call = { key: key.value, ...listData };
  expect(await verify(fresh, call)).toMatchObject({ allowed: true, key: { account: 'wholesale-eu' } });

  await page.goto(subs(fresh));
  await choose(page, 'Wholesale', /^Suspend/);
  const ask = page.getByRole('dialog', { name: 'Suspend Wholesale?' });
  await expect(ask).toContainText('account_suspended');
  await ask.getByRole('button', { name: 'Suspend', exact: true }).click();
  await expect(row(page, 'Wholesale')).toContainText('Suspended');
  expect((await verify(fresh, call)).reason).toBe('account_suspended');
  await page.goto(key.path);
  await expect(page.getByRole('main')).toContainText('This account is suspended');

  await page.goto(subs(fresh));
  await choose(page, 'Wholesale', /^Reopen/);
  await page.getByRole('dialog').getByRole('button', { name: 'Reopen', exact: true }).click();
  await expect(message(page, 'Wholesale reopened')).toBeVisible();
  expect((await verify(fresh, call)).reason).toBe('allowed');

  // The operator suspends the master: its sub-accounts stop with it.
  fresh.run('account', 'suspend', 'larkfield');
  await expect.poll(async () => (await verify(fresh, call)).reason, { timeout: 1500 }).toBe('account_suspended');
  await page.goto(`${sub.path}/keys`);
  await expect(page.getByRole('main')).toContainText('Larkfield, the master of this account, is suspended');
  fresh.run('account', 'reopen', 'larkfield');
  await expect.poll(async () => (await verify(fresh, call)).reason, { timeout: 1500 }).toBe('allowed');

  await page.goto(`${sub.path}/keys`);
  await page.getByRole('button', { name: /Wholesale/ }).click();
  await page.getByRole('menuitemradio', { name: 'Larkfield' }).click();
  await expect(page).toHaveURL(new RegExp(`${fresh.path}/keys$`));
});

test("a sub-account uses its master's apps and catalogue, or its own", async ({ fresh, signedIn }) => {
  const page = await signedIn({ workspace: fresh });
  await makeApps(page, fresh, 'orders, Orders', 'stock, Stock');
  const sub = await makeSub(page, fresh, 'North');
  const key = await makeKey(page, sub, 'Narrow');
  await page.goto(key.path);
  const apps = section(page, 'Scope (App)');
  await apps.getByRole('radio', { name: /^Some Apps/ }).check();
  await apps.getByRole('checkbox', { name: /Orders/ }).check();
  await apps.getByRole('button', { name: 'Save' }).click();
  await expect(message(page, /saved/i)).toBeVisible();
  expect((await verify(fresh, { key: key.value, ...listData })).reason).toBe('allowed');
  expect((await verify(fresh, { key: key.value, ...listData, app: 'stock' })).reason).toBe('app_denied');

  await page.goto(`${sub.path}/apps`);
  await expect(page.getByRole('main')).toContainText('belong to Larkfield');
  await expect(page.getByRole('link', { name: 'Add app' })).toHaveCount(0);
  await page.getByRole('link', { name: 'Open in Larkfield' }).click();
  await expect(page).toHaveURL(`${fresh.base}${fresh.path}/apps`);

  // Removing an app in the master names the sub-account's keys.
  await choose(page, 'Orders', 'Remove');
  await expect(page.getByRole('dialog')).toContainText('Narrow');
  await expect(page.getByRole('dialog')).toContainText('North');
  await page.keyboard.press('Escape');

  await page.goto(`${sub.path}/settings/account`);
  const catalogue = section(page, 'Apps and API Catalogue');
  await catalogue.getByRole('radio', { name: /^Its own/ }).check();
  await catalogue.getByRole('button', { name: 'Save' }).click();
  const ask = page.getByRole('dialog');
  await expect(ask).toContainText('1 entry');
  await expect(ask).toContainText('Narrow');
  await expect(ask).toContainText('orders');
  await ask.getByRole('button', { name: 'Change and remove 1 entry' }).click();
  await expect(message(page, 'Settings saved')).toBeVisible();
  expect((await verify(fresh, { key: key.value, ...listData })).reason).toBe('api_unknown');
  await page.goto(`${sub.path}/apps`);
  await expect(page.getByRole('link', { name: 'Add app' }).first()).toBeVisible();
});

test('policies: the longest expiry, who creates keys, asking again, the language', async ({ fresh, signedIn }) => {
  const page = await signedIn({ workspace: fresh });
  const free = await makeKey(page, fresh);
  await page.goto(`${fresh.path}/settings/account`);
  const expiry = section(page, 'Maximum key lifetime');
  await expect(expiry).toContainText('any Expiry Date, or none');
  await expiry.getByRole('radio', { name: 'Custom' }).check();
  await expiry.getByLabel('Days', { exact: true }).fill('soon');
  await expiry.getByRole('button', { name: 'Save' }).click();
  await expect(expiry.getByLabel('Days', { exact: true })).toHaveAccessibleDescription(/from 1 to 3650/);
  await expiry.getByRole('radio', { name: '30 days' }).check();
  await expiry.getByRole('button', { name: 'Save' }).click();
  await expect(expiry).toContainText('at most 30 days ahead');
  for (const [name, box, words] of [
    ['Keys of Members', 'Members can create keys', 'cannot create or copy keys'],
    ['Re-authentication', 'Require a recent sign-in for sensitive actions', 'within the last 10 minutes'],
  ]) {
    const part = section(page, name);
    await part.getByRole('checkbox', { name: new RegExp(`^${box}`) }).click();
    await part.getByRole('button', { name: 'Save' }).click();
    await expect(part).toContainText(words);
  }

  // A key that is created at once gets the last day, and the page says so.
  await page.goto(`${fresh.path}/keys`);
  await expect(page.getByRole('main')).toContainText('New keys expire after 30 days');
  const last = new Date(Date.now() + 30 * 86400_000).toISOString().slice(0, 10);
  await page.goto(free.path);
  const basics = section(page, 'Basics');
  await basics.getByLabel('Expiry Date').fill('2099-01-01');
  await basics.getByRole('button', { name: 'Save' }).click();
  await expect(basics.getByLabel('Expiry Date')).toHaveAccessibleDescription(/at most 30 days. Choose/);
  await basics.getByLabel('Expiry Date').fill(last);
  await basics.getByRole('button', { name: 'Save' }).click();
  await expect(message(page, /saved/i)).toBeVisible();

  // The owner chose a language at set-up; who chose none gets the account's.
  expect((await post(page, fresh, '/preferences', { language: '', next: '/profile' })).ok()).toBe(true);
  await page.goto(`${fresh.path}/settings/account`);
  const language = section(page, 'Default language');
  await language.getByLabel('Language').selectOption({ label: '简体中文' });
  await language.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('账户');
  await page.goto(`${fresh.path}/audit`);
  await expect(page.getByRole('main')).toContainText('最长有效期');
  await expect(page.getByRole('main')).toContainText('不限');
});

const file = 'name,kind,master,created\nNorthwind,master,,2021-04-30\nBranch,sub,Northwind,2024-01-15\nNewcomer,master,,2024-01-01\n';

for (const javaScriptEnabled of [true, false]) {
  test(`accounts from a file, ${javaScriptEnabled ? 'with' : 'without'} script`, async ({ fresh, signedIn }) => {
    const page = await signedIn({ workspace: fresh, javaScriptEnabled });
    await page.goto(subs(fresh));
    await page.getByRole('link', { name: 'Import accounts' }).first().click();
    const bad = join(fresh.data, 'bad.csv');
    writeFileSync(bad, `${file}Odd,boss,,\nLost,sub,Nowhere,\n`);
    await page.getByLabel('File').setInputFiles(bad);
    await page.getByRole('button', { name: 'Check the file' }).click();
    await expect(page.getByRole('alert')).toContainText('2 lines are wrong');
    await expect(page.getByRole('list', { name: 'Lines to fix' })).toContainText('Line 5');
    await expect(page.getByRole('list', { name: 'Lines to fix' })).toContainText('Nowhere');
    const good = join(fresh.data, 'good.csv');
    writeFileSync(good, `\ufeff${file.replaceAll('\n', '\r\n')}`);
    await page.getByLabel('File').setInputFiles(good);
    await page.getByRole('button', { name: 'Check the file' }).click();
    await expect(page.getByRole('table', { name: 'Accounts in the file' }).getByRole('row')).toHaveCount(4);
    await expect(page.getByRole('row').filter({ hasText: 'Northwind' }).first()).toContainText('FTP, HTTP, Email, Web Service');
    await page.getByRole('button', { name: 'Import 3 accounts' }).click();
    await expect(page).toHaveURL(fresh.base + subs(fresh));
    await expect(page.getByText('Imported 2 master accounts, 1 sub-accounts and 4 keys').first()).toBeVisible();
    // The rule of 6 June 2023: four channels before it, none after it.
    await page.goto('/a/northwind/keys');
    for (const name of ['FTP', 'HTTP', 'Email', 'Web Service']) await expect(page.getByRole('link', { name, exact: true })).toBeVisible();
    for (const path of ['/a/branch/keys', '/a/newcomer/keys']) {
      await page.goto(path);
      await expect(page.getByRole('main')).toContainText('No channel is active yet');
    }
    expect(await page.content()).not.toMatch(keyValue);
  });
}

for (const locale of ['en-US', 'zh-CN']) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`the pages of accounts are accessible on a desktop and on a phone (${locale}, ${colorScheme})`, async ({ fresh, signedIn }) => {
      test.setTimeout(120_000);
      const page = await signedIn({ workspace: fresh, colorScheme, reducedMotion: 'reduce' });
      await post(page, fresh, '/preferences', { language: locale === 'en-US' ? 'en' : locale, next: '/profile' });
      await page.goto(subs(fresh));
      await expectAccessible(page, 'no sub-accounts');
      await makeApps(page, fresh, 'orders, Orders');
      await post(page, fresh, subs(fresh), { name: 'Wholesale and distribution of Central Europe', slug: 'wholesale' });
      await post(page, fresh, subs(fresh), { name: '北方分公司', slug: 'north' });
      await post(page, fresh, `${subs(fresh)}/north/suspend`);
      const pages = ['', '/new', '/import', '/wholesale/suspend', '/north/reopen', '?q=nothing'].map((p) => subs(fresh) + p);
      for (const path of [...pages, '/a/wholesale/apps', '/a/wholesale/settings/account', '/a/north/keys']) {
        await page.goto(path);
        for (const width of [1360, 390]) {
          await page.setViewportSize({ width, height: 860 });
          await expectAccessible(page, `${path} at ${width}`);
          expect.soft(await page.evaluate(() => document.documentElement.scrollWidth), `${path} at ${width}`).toBeLessThanOrEqual(width);
        }
      }
    });
  }
}
