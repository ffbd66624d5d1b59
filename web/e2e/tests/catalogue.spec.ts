import { randomUUID } from 'node:crypto';
import { Page } from '@playwright/test';
import { expect, newWorkspace, test } from '../support/fixtures';
import { choose, listData, makeKey, message, post, row, section, verify } from '../support/keys';

const unique = () => randomUUID().slice(0, 8);
const family = (page: Page, name: string) => page.getByRole('region', { name: new RegExp(`^${name} \\d`) });

test('has the preset of the documented open platform, in seven families', async ({ page, workspace, at }) => {
  await page.goto(at('/catalogue'));
  for (const name of ['Contact', 'App', 'Form', 'Data', 'File', 'Workflow', 'CRM']) await expect(family(page, name)).toBeVisible();
  await expect(family(page, 'Data')).toContainText('POST /api/v5/app/entry/data/list');
  await expect(family(page, 'CRM')).toContainText('No APIs in this family yet.');
  await page.getByRole('link', { name: 'Add preset' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add the preset catalogue?' });
  await expect(dialog).toContainText('Your catalogue already has everything in the preset.');
  await page.keyboard.press('Escape');
  await page.getByRole('searchbox', { name: 'Search APIs' }).fill('data/list');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await expect(page).toHaveURL(/q=data/);
  await expect(page.getByRole('row')).toHaveCount(2);
  const key = await makeKey(page, workspace);
  expect(await verify(workspace, { key: key.value, ...listData, path: '/api/v5/nowhere' })).toMatchObject({ reason: 'api_unknown' });
});

test('offers the preset to an empty catalogue, and again for what is missing', async ({ browser }) => {
  const w = await newWorkspace(browser, { preset: false });
  const page = await browser.newPage({ baseURL: w.base, storageState: w.state, locale: 'en-US' });
  try {
    await page.goto(`${w.path}/catalogue`);
    await expect(page.getByRole('heading', { name: 'The catalogue is empty' })).toBeVisible();
    await page.getByRole('main').getByRole('link', { name: 'Add preset' }).last().click();
    const dialog = page.getByRole('dialog', { name: 'Add the preset catalogue?' });
    await expect(dialog).toContainText('Contact');
    await dialog.getByRole('button', { name: 'Add to the catalogue' }).click();
    await expect(message(page, /APIs of the preset added/)).toBeVisible();
    await expect(family(page, 'Data')).toBeVisible();
    await page.getByRole('button', { name: /^Action for.*data.*list/ }).first().click();
    await page.getByRole('menuitem', { name: 'Remove API' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove API' }).click();
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await page.getByRole('link', { name: 'Add preset' }).click();
    await expect(dialog).toContainText('It adds 1 API:');
    await dialog.getByRole('button', { name: 'Add to the catalogue' }).click();
    await expect(message(page, '1 API of the preset added')).toBeVisible();
  } finally {
    await page.close();
    await w.stop();
  }
});

test('adds a family and a call, edits it, and the gate knows it at once', async ({ page, workspace, at }) => {
  const id = unique();
  const key = await makeKey(page, workspace);
  await page.goto(at('/catalogue'));
  await page.getByRole('link', { name: 'Add family' }).click();
  const adding = page.getByRole('dialog', { name: 'Add family' });
  await adding.getByLabel('Name').fill('Data');
  await adding.getByRole('button', { name: 'Add family' }).click();
  await expect(adding.getByLabel('Name')).toHaveAccessibleDescription(/family named Data already/);
  await adding.getByLabel('Name').fill(`Ledger ${id}`);
  await adding.getByRole('button', { name: 'Add family' }).click();
  const mine = family(page, `Ledger ${id}`);
  await expect(mine).toContainText('No APIs in this family yet.');
  await mine.getByRole('link', { name: `Add API to Ledger ${id}` }).click();
  const dialog = page.getByRole('dialog', { name: 'Add API' });
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill(`ledger.${id}`);
  await dialog.getByLabel('Method').selectOption('GET');
  await dialog.getByLabel('Path pattern').fill(`/ledger/${id}/{app_id}/rows`);
  await dialog.getByRole('radio', { name: /^Bound to an app/ }).check();
  await dialog.getByLabel('App id location').selectOption({ label: 'in the path' });
  await dialog.getByLabel('Field name').fill('nope');
  await dialog.getByLabel('Requests per second').fill('7');
  await dialog.getByRole('button', { name: 'Add API' }).click();
  await expect(dialog.getByLabel('Field name')).toHaveAccessibleDescription(/no parameter nope/);
  await dialog.getByLabel('Field name').fill('app_id');
  await dialog.getByRole('button', { name: 'Add API' }).click();
  await expect(message(page, `API ledger.${id} added`)).toBeVisible();
  await expect(row(page, `ledger.${id}`)).toContainText('7 / s');
  const question = { key: key.value, method: 'GET', path: `/ledger/${id}/orders/rows`, ip: '203.0.113.7' };
  expect(await verify(workspace, question)).toMatchObject({ allowed: true });
  expect(await verify(workspace, { ...question, method: 'POST' })).toMatchObject({ reason: 'api_unknown' });
  await choose(page, `ledger.${id}`, 'Edit API');
  const edit = page.getByRole('dialog', { name: 'Edit API' });
  await edit.getByLabel('Method').selectOption('ANY');
  await edit.getByRole('button', { name: 'Save' }).click();
  await expect(message(page, 'API saved')).toBeVisible();
  expect(await verify(workspace, { ...question, method: 'POST' })).toMatchObject({ allowed: true });
  await choose(page, `Ledger ${id}`, 'Remove family');
  await expect(page.getByRole('dialog', { name: `“Ledger ${id}” cannot be removed yet` })).toBeVisible();
});

test('refuses a pattern that overlaps another, and names it', async ({ page, at }) => {
  await page.goto(at('/catalogue'));
  await page.getByRole('link', { name: 'Add API', exact: true }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Add API' });
  const path = dialog.getByLabel('Path pattern');
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill(`clash.${unique()}`);
  await dialog.getByLabel('Family').selectOption({ label: 'Data' });
  for (const [typed, words] of [
    ['/api/{version}/app/entry/data/list', /overlaps with POST \/api\/v5\/app\/entry\/data\/list of the API/],
    ['no/slash', /start with a slash/],
    ['/a//b', /two slashes/],
    ['/a/../b', /segments \. and \.\./],
    ['/a/%2e', /not percent codes/],
    ['/a?b', /Remove \? and/],
    ['/a/*', /asterisk does not work/],
    ['/a/x{y}', /not a parameter/],
    ['/a/{x}/{x}', /twice/],
  ] as const) {
    await path.fill(typed);
    await dialog.getByRole('button', { name: 'Add API' }).click();
    await expect(path).toHaveAccessibleDescription(words);
    await expect(path).toHaveValue(typed);
  }
});

test('a call that API Lists name says so before it goes', async ({ page, workspace, at }) => {
  const id = unique();
  const key = await makeKey(page, workspace);
  await page.goto(at('/catalogue'));
  await page.getByRole('link', { name: 'Add API', exact: true }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Add API' });
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill(`used.${id}`);
  await dialog.getByLabel('Family').selectOption({ label: 'CRM' });
  await dialog.getByLabel('Path pattern').fill(`/used/${id}`);
  await dialog.getByRole('radio', { name: /^Not bound/ }).check();
  await dialog.getByRole('button', { name: 'Add API' }).click();
  await message(page, `API used.${id} added`).waitFor();
  await page.goto(key.path);
  const scope = section(page, 'Scope (API)');
  await scope.getByRole('radio', { name: /^Some APIs/ }).check();
  await scope.getByRole('checkbox', { name: new RegExp(`used.${id}`) }).check();
  await scope.getByRole('button', { name: 'Save' }).click();
  await message(page, 'Scope (API) saved').waitFor();
  await page.goto(at(`/catalogue?q=${id}`));
  await expect(row(page, `used.${id}`)).toContainText('1 key');
  await choose(page, `used.${id}`, 'Edit API');
  await expect(page.getByRole('dialog', { name: 'Edit API' })).toContainText('1 key has this API in its API List');
  await page.keyboard.press('Escape');
  await choose(page, `used.${id}`, 'Remove API');
  const remove = page.getByRole('dialog', { name: `Remove “used.${id}”?` });
  await expect(remove).toContainText('1 key has it in its API List');
  await expect(remove.getByRole('link', { name: key.name })).toBeVisible();
  await remove.getByRole('button', { name: 'Remove API' }).click();
  await expect(message(page, `API used.${id} removed`)).toBeVisible();
  expect(await verify(workspace, { key: key.value, method: 'POST', path: `/used/${id}` })).toMatchObject({ reason: 'api_unknown' });
  await page.goto(key.path);
  await expect(section(page, 'Scope (API)')).toContainText('The API List is empty');
});

test.describe('without script', () => {
  test.use({ javaScriptEnabled: false });

  test('adds, edits and removes families and calls', async ({ page, at, workspace }) => {
    const id = unique();
    await page.goto(at('/catalogue'));
    await page.getByRole('link', { name: 'Add family' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill(`Plain ${id}`);
    await page.getByRole('button', { name: 'Add family' }).click();
    await family(page, `Plain ${id}`).getByRole('link', { name: /^Add API/ }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill(`plain.${id}`);
    await page.getByLabel('Path pattern').fill('no/slash');
    await page.getByRole('button', { name: 'Add API' }).click();
    await expect(page.getByLabel('Path pattern')).toHaveAccessibleDescription(/start with a slash/);
    await page.getByLabel('Path pattern').fill(`/plain/${id}`);
    await page.getByRole('radio', { name: /^Not bound/ }).check();
    await page.getByRole('button', { name: 'Add API' }).click();
    await expect(row(page, `plain.${id}`)).toHaveCount(1);
    await choose(page, `plain.${id}`, 'Edit API');
    await page.getByLabel('Requests per second').fill('3');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(row(page, `plain.${id}`)).toContainText('3 / s');
    await choose(page, `plain.${id}`, 'Remove API');
    await page.getByRole('button', { name: 'Remove API' }).click();
    await choose(page, `Plain ${id}`, 'Rename family');
    await page.getByRole('textbox', { name: 'Name' }).fill(`Renamed ${id}`);
    await page.getByRole('button', { name: 'Save' }).click();
    await choose(page, `Renamed ${id}`, 'Remove family');
    await page.getByRole('button', { name: 'Remove family' }).click();
    await expect(family(page, `Renamed ${id}`)).toHaveCount(0);
    expect((await post(page, workspace, at('/catalogue/preset'))).ok()).toBe(true);
  });
});
