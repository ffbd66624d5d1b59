import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Page } from '@playwright/test';
import { expect, expectAccessible, test, Workspace } from '../support/fixtures';
import { keyValue, makeKey, post, row, setEnabled } from '../support/keys';

// The list of keys: search, filters, order and export, all in the address.

const box = (page: Page) => page.getByRole('searchbox', { name: 'Search API Keys' });
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const filters = (page: Page) => page.getByRole('dialog', { name: 'Filters' });

/** Fills a workspace with keys of several kinds. */
async function fill(page: Page, w: Workspace): Promise<void> {
  for (const name of ['Warehouse sync', 'CRM integration', 'Nightly export']) {
    const key = await makeKey(page, w, name);
    if (name === 'Nightly export') await setEnabled(page, w, key, false);
  }
  const end = new Date(Date.now() + 9 * 864e5).toISOString().slice(0, 10);
  await post(page, w, `${w.path}/keys/new`, { idempotency_key: randomUUID(), name: 'Backup', channel: 'ftp', credential: 'pair', expires: 'date', expires_at: end, apps_mode: 'all', apis_mode: 'all' });
}

const names = (page: Page) => page.locator('tbody .row-name').allInnerTexts();

test('B13 Settings > API Keys leads to the same list', async ({ page, at }) => {
  await page.goto(at('/audit'));
  await page.getByRole('complementary', { name: 'Left panel' }).getByRole('link', { name: 'API Keys', exact: true }).click();
  await expect(page).toHaveURL(at('/keys'));
  await expect(page.getByRole('heading', { level: 1, name: 'API Key' })).toBeVisible();
  await page.goto(at('/settings/keys'));
  await expect(page).toHaveURL(at('/keys'));
  await expect(page.getByRole('complementary', { name: 'Left panel' }).locator('[aria-current=page]')).toHaveText(/API Key/);
});

test('C16 Search and Clear, and the address holds the search', async ({ fresh, signedIn }) => {
  const page = await signedIn({ workspace: fresh });
  await fill(page, fresh);
  await page.goto(`${fresh.path}/keys`);
  await box(page).fill('crm');
  await press(page, 'Search');
  await expect(page).toHaveURL(`${fresh.path}/keys?q=crm`);
  expect(await names(page)).toEqual(['CRM integration']);
  await page.reload();
  await expect(box(page)).toHaveValue('crm');
  expect(await names(page)).toEqual(['CRM integration']);
  await press(page, 'Clear');
  await expect(page).toHaveURL(`${fresh.path}/keys`);
  await expect(box(page)).toHaveValue('');
  expect(await names(page)).toHaveLength(4);
  await page.goBack();
  await expect(box(page)).toHaveValue('crm');
  for (const [text, found] of [['kwu_', ['Backup']], ['ada king', 4], ['ada@larkfield', 4], ['nobody has this', 0]] as const) {
    await box(page).fill(text);
    await box(page).press('Enter');
    await expect(page).toHaveURL(new RegExp(`q=${encodeURIComponent(text).replace(/%20/g, '\\+')}`));
    await expect(page.locator('tbody .row-name')).toHaveCount(typeof found === 'number' ? found : found.length);
  }
  const empty = page.getByRole('heading', { name: 'No matching keys' }).locator('..');
  await expect(empty).toContainText('nobody has this');
  await empty.getByRole('link', { name: 'Clear' }).click();
  expect(await names(page)).toHaveLength(4);
});

test('filters hold together, stand in the address, and come off one by one', async ({ fresh, signedIn }) => {
  const page = await signedIn({ workspace: fresh });
  await fill(page, fresh);
  await page.goto(`${fresh.path}/keys`);
  await press(page, 'Filters');
  await filters(page).getByLabel('Channel').selectOption('FTP');
  await filters(page).getByLabel('Owner').selectOption('Ada King');
  await filters(page).getByLabel('Created by').selectOption('Ada King');
  await filters(page).getByLabel('Sort by').selectOption('Expiry Date, next first');
  await filters(page).getByRole('button', { name: 'Apply' }).click();
  await expect(filters(page)).toBeHidden();
  await expect(page).toHaveURL(/by=Ada\+King&channel=ftp&owner=\d+&sort=expiry/);
  await expect(page.getByRole('button', { name: 'Filters 3' })).toBeVisible();
  expect(await names(page)).toEqual(['Backup']);
  await page.getByRole('link', { name: 'Expiring 1' }).click();
  await expect(page).toHaveURL(/channel=ftp&filter=expiring/);
  expect(await names(page)).toEqual(['Backup']);
  await page.reload();
  await press(page, 'Filters 3');
  await expect(filters(page).getByLabel('Channel')).toHaveValue('ftp');
  await page.keyboard.press('Escape');
  await expect(filters(page)).toBeHidden();
  await expect(page.getByRole('button', { name: 'Filters 3' })).toBeFocused();
  const on = page.getByRole('list', { name: 'Active filters' });
  await on.getByRole('link', { name: 'Remove the filter Channel: FTP' }).click();
  await expect(on.getByRole('listitem')).toHaveCount(2);
  await page.getByRole('link', { name: /^Disabled/ }).click();
  await expect(page).toHaveURL(/filter=disabled/);
  expect(await names(page)).toEqual(['Nightly export']);
  await press(page, 'Filters 2');
  await filters(page).getByRole('checkbox', { name: /^Unused for 90 days/ }).check();
  await filters(page).getByRole('button', { name: 'Apply' }).click();
  await expect(page.getByRole('heading', { name: 'No matching keys' })).toBeVisible();
  await press(page, 'Clear');
  await expect(page).toHaveURL(/keys\?sort=expiry$/);
  expect((await names(page))[0]).toBe('Backup');
});

test('a pasted key leads to its page, and stands in no address, log or history', async ({ fresh, signedIn }) => {
  test.setTimeout(120_000);
  const page = await signedIn({ workspace: fresh });
  const key = await makeKey(page, fresh, 'Pasted');
  const gone = await makeKey(page, fresh, 'Gone');
  await setEnabled(page, fresh, gone, false);
  await post(page, fresh, `${gone.path}/delete`);
  const seen: string[] = [];
  page.on('framenavigated', (f) => seen.push(f.url()));
  page.on('request', (r) => seen.push(r.url(), JSON.stringify(r.headers())));
  await page.goto(`${fresh.path}/keys`);
  await box(page).fill(`X-API-Key: ${key.value}`);
  await press(page, 'Search');
  await expect(page).toHaveURL(key.path);
  await page.goto(`${fresh.path}/keys`);
  await box(page).fill(gone.value);
  await press(page, 'Search');
  await expect(page.getByRole('alert')).toContainText('None of your keys has the value');
  await expect(box(page)).toHaveValue('');
  await expect(page).toHaveURL(`${fresh.path}/keys`);
  await box(page).fill(gone.value.slice(0, 25));
  await press(page, 'Search');
  await expect(page.getByRole('alert')).toContainText('part of an API Key');
  // Without script, the form is a form.
  const plain = await signedIn({ workspace: fresh, javaScriptEnabled: false });
  plain.on('framenavigated', (f) => seen.push(f.url()));
  await plain.goto(`${fresh.path}/keys`);
  await box(plain).fill(gone.value);
  await press(plain, 'Search');
  await expect(plain.getByText('None of your keys has the value')).toBeVisible();
  await box(plain).fill(key.value);
  await press(plain, 'Search');
  await expect(plain).toHaveURL(key.path);
  for (const text of [...seen, fresh.output(), await page.content(), await plain.content()]) {
    expect(text).not.toMatch(keyValue);
    expect(text).not.toContain(gone.value.slice(3, 20));
  }
  expect(await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state]))).not.toMatch(keyValue);
  // An address that somebody put a key into is not answered as it is.
  await page.goto(`${fresh.path}/keys?q=${key.value}`);
  await expect(page).toHaveURL(`${fresh.path}/keys`);
  await expect(page.getByText('The address contained an API Key')).toBeVisible();
  expect(fresh.output()).not.toMatch(keyValue);
});

test('export gives what is seen, and never a value', async ({ fresh, signedIn }) => {
  const page = await signedIn({ workspace: fresh });
  await fill(page, fresh);
  const formula = await makeKey(page, fresh, '=1+1');
  await page.goto(`${fresh.path}/keys?filter=enabled`);
  for (const [item, ending] of [['Export as CSV', 'csv'], ['Export as JSON', 'json']]) {
    await press(page, 'Export');
    const download = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: item }).click();
    const file = await download;
    expect(file.suggestedFilename()).toMatch(new RegExp(`^larkfield-api-keys-\\d{4}-\\d\\d-\\d\\d\\.${ending}$`));
    const text = readFileSync(await file.path(), 'utf8');
    expect(text).toContain('Warehouse sync');
    expect(text).not.toContain('Nightly export');
    expect(text).not.toContain(formula.value.slice(7, 30));
    expect(text).not.toMatch(keyValue);
    if (ending === 'csv') expect(text).toContain(",'=1+1,");
    else expect(JSON.parse(text).keys).toHaveLength(4);
  }
  await page.goto(`${fresh.path}/audit`);
  await expect(page.getByRole('row').filter({ hasText: 'Key list exported' })).toHaveCount(2);
});

test('on a phone the filters are a drawer, in both languages', async ({ fresh, signedIn }) => {
  test.setTimeout(120_000);
  await fill(await signedIn({ workspace: fresh }), fresh);
  for (const [language, name, apply, chip] of [['en', 'Filters', 'Apply', 'Channel: FTP'], ['zh-CN', '筛选条件', '确定', '通道：FTP']] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const phone = await signedIn({ workspace: fresh, viewport: { width: 390, height: 844 }, colorScheme, reducedMotion: 'reduce' });
      await post(phone, fresh, '/preferences', { language, next: '/' });
      await phone.goto(`${fresh.path}/keys`);
      await press(phone, name);
      const drawer = phone.getByRole('dialog', { name });
      const size = (await drawer.boundingBox())!;
      expect([Math.round(size.x), Math.round(size.width), Math.round(size.y + size.height)]).toEqual([0, 390, 844]);
      await expectAccessible(phone, `drawer ${language} ${colorScheme}`);
      await drawer.getByRole('combobox').first().selectOption('FTP');
      await drawer.getByRole('button', { name: apply }).click();
      await expect(drawer).toBeHidden();
      await expect(phone.getByText(chip)).toBeVisible();
      await expectAccessible(phone, `filtered ${language} ${colorScheme}`);
      expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
      await expect(row(phone, 'Backup')).toBeVisible();
    }
  }
});

test('by keyboard alone', async ({ fresh, signedIn }) => {
  const page = await signedIn({ workspace: fresh });
  await fill(page, fresh);
  await page.goto(`${fresh.path}/keys`);
  await page.keyboard.press('/');
  await page.keyboard.type('export');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab'); // Search, then Filters
  await expect(page.getByRole('button', { name: 'Filters' })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(filters(page).getByLabel('Channel')).toBeFocused();
  await page.keyboard.type('RE');
  for (let i = 0; i < 5; i++) await page.keyboard.press('Tab');
  await expect(filters(page).getByRole('button', { name: 'Apply' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/channel=rest&q=export/);
  expect(await names(page)).toEqual(['Nightly export']);
});
