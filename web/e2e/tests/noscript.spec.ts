import { randomUUID } from 'node:crypto';
import { Page } from '@playwright/test';
import { expect, owner, test } from '../support/fixtures';
import { keyValue, listData, makeKey, row, section, verify } from '../support/keys';

// Every action works as a plain form.

test.use({ javaScriptEnabled: false });

const said = (page: Page, text: string | RegExp) => page.getByRole('main').getByText(text);

test('sign-in and sign-out', async ({ signedIn, at }) => {
  const page = await signedIn({ storageState: undefined, javaScriptEnabled: false });
  await page.goto(at('/keys'));
  await page.getByLabel('E-mail').fill(owner.email);
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('Wrong e-mail or password.');
  await page.getByLabel('Password').fill(owner.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page).toHaveURL(at('/keys'));
  await page.getByRole('button', { name: 'Theme' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.getByRole('button', { name: 'Theme' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(page).toHaveURL(/\/login/);
});

test('create, show, copy, disable and delete', async ({ page, at, workspace }) => {
  await page.goto(at('/keys'));
  await page.getByRole('button', { name: 'Create API Key' }).first().click();
  await expect(page.getByRole('heading', { name: 'API key created' })).toBeVisible();
  const value = await page.getByRole('textbox', { name: 'API Key' }).inputValue();
  expect(value).toMatch(keyValue);
  // Reloading sends the same press again, and makes no second key.
  await page.reload();
  expect(await page.getByRole('textbox', { name: 'API Key' }).inputValue()).toBe(value);
  const link = page.getByRole('region', { name: 'API key created' }).getByRole('link');
  const name = (await link.innerText()).trim();
  await page.getByRole('button', { name: 'Done' }).click();
  await expect(page).toHaveURL(at('/keys'));
  await expect(row(page, name)).toHaveCount(1);
  await page.getByRole('button', { name: `Show the API Key of ${name}`, exact: true }).click();
  await expect(page.getByRole('textbox', { name: 'API Key' })).toHaveValue(value);
  await page.getByRole('button', { name: 'Hide' }).click();
  await expect(page).toHaveURL(at('/keys'));
  await page.getByRole('button', { name: `Action for ${name}`, exact: true }).click();
  await page.getByRole('menuitem', { name: 'Copy the entire key' }).click();
  await expect(page.getByRole('heading', { name: 'The copy has a new value' })).toBeVisible();
  const copied = await page.getByRole('textbox', { name: 'API Key' }).inputValue();
  expect(copied).toMatch(keyValue);
  expect(copied).not.toBe(value);
  await page.getByRole('button', { name: 'Done' }).click();
  const status = page.getByRole('switch', { name: `Status of ${name}`, exact: true });
  await status.click();
  await expect(said(page, `“${name}” is disabled`)).toBeVisible();
  await expect(status).not.toBeChecked();
  expect((await verify(workspace, { key: value, ...listData })).reason).toBe('key_disabled');
  await page.getByRole('button', { name: `Action for ${name}`, exact: true }).click();
  await page.getByRole('menuitem', { name: /^Delete/ }).click();
  await expect(page.getByRole('heading', { name: `Delete “${name}”?` })).toBeVisible();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(page).toHaveURL(at('/keys'));
  await expect(said(page, `“${name}” was deleted`)).toBeVisible();
  await expect(row(page, name)).toHaveCount(0);
});

test('rename, scopes and limits', async ({ page, workspace }) => {
  const key = await makeKey(page, workspace);
  await page.goto(key.path);
  const basics = section(page, 'Basics');
  await basics.getByLabel('Name').fill('x'.repeat(101));
  await basics.getByRole('button', { name: 'Save' }).click();
  await expect(section(page, 'Basics').getByLabel('Name')).toHaveAccessibleDescription(/at most 100 characters/);
  await expect(section(page, 'Basics').getByLabel('Name')).toHaveValue('x'.repeat(101));
  await section(page, 'Basics').getByLabel('Name').fill(`Plain ${key.sid}`);
  await section(page, 'Basics').getByRole('button', { name: 'Save' }).click();
  await expect(said(page, 'Basics saved')).toBeVisible();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Plain ${key.sid}`);
  const apis = section(page, 'Scope (API)');
  await apis.getByRole('radio', { name: /^Some APIs/ }).check();
  await apis.getByRole('checkbox', { name: /entry\/data\/get/ }).check();
  await apis.getByRole('button', { name: 'Save' }).click();
  await expect(said(page, 'Scope (API) saved')).toBeVisible();
  expect((await verify(workspace, { key: key.value, ...listData })).reason).toBe('api_denied');
  await section(page, 'Scope (App)').getByRole('radio', { name: /^Some Apps/ }).check();
  await section(page, 'Scope (App)').getByRole('button', { name: 'Save' }).click();
  await expect(said(page, 'Scope (App) saved')).toBeVisible();
  await expect(section(page, 'Scope (App)')).toContainText('The App List is empty');
  const limits = section(page, 'Limits');
  await limits.getByLabel('Requests').fill('5');
  await limits.getByLabel('Time window').fill('10');
  await limits.getByLabel('Unit').selectOption({ label: 'minutes' });
  await limits.getByRole('button', { name: 'Save' }).click();
  await expect(said(page, 'Limits saved')).toBeVisible();
  await expect(section(page, 'Limits')).toContainText('At most 5 requests in 10 minutes');
});

test('the whitelist, with its question before the last address', async ({ page, workspace }) => {
  const key = await makeKey(page, workspace);
  await page.goto(key.path);
  const list = section(page, 'IP Whitelist');
  await list.getByLabel('IP address or range').fill('10.0.0.0/8');
  await list.getByRole('button', { name: 'New IP' }).click();
  await expect(list.getByLabel('IP address or range')).toHaveAccessibleDescription(/CIDR/);
  await expect(list.getByLabel('IP address or range')).toHaveValue('10.0.0.0/8');
  for (const rule of ['10.1.*.7', '10.2.2.2']) {
    await list.getByLabel('IP address or range').fill(rule);
    await list.getByRole('button', { name: 'New IP' }).click();
    await expect(said(page, `${rule} was added`)).toBeVisible();
  }
  await list.getByRole('button', { name: 'Remove 10.2.2.2' }).click();
  await expect(said(page, '10.2.2.2 was removed')).toBeVisible();
  await list.getByRole('button', { name: 'Remove 10.1.*.7' }).click();
  await expect(page.getByRole('heading', { name: 'Remove 10.1.*.7, the last address?' })).toBeVisible();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(list.getByRole('listitem')).toHaveCount(1);
  await list.getByRole('button', { name: 'Remove 10.1.*.7' }).click();
  await page.getByRole('button', { name: 'Remove and open to any IP' }).click();
  await expect(list).toContainText('Requests are accepted from any IP.');
});

test('search, filters and selected rows', async ({ page, at, workspace }) => {
  const mark = randomUUID().slice(0, 8);
  const [one, two] = [await makeKey(page, workspace, `One ${mark}`), await makeKey(page, workspace, `Two ${mark}`)];
  await page.goto(at('/keys'));
  await page.getByRole('searchbox', { name: 'Search API Keys' }).fill(mark);
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await expect(page).toHaveURL(new RegExp(`q=${mark}`));
  await expect(page.getByRole('row')).toHaveCount(3);
  for (const key of [one, two]) await page.getByRole('checkbox', { name: `Select ${key.name}` }).check();
  await page.getByRole('button', { name: 'Disable', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Disable 2 keys?' })).toBeVisible();
  await page.getByRole('button', { name: 'Disable', exact: true }).click();
  await expect(page).toHaveURL(new RegExp(`q=${mark}`));
  await expect(said(page, '2 keys disabled.')).toBeVisible();
  for (const key of [one, two]) await page.getByRole('checkbox', { name: `Select ${key.name}` }).check();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(said(page, '2 keys deleted.')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'No matching keys' })).toBeVisible();
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  await expect(page).toHaveURL(at('/keys'));
});
