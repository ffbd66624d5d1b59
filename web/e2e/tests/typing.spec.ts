import { Page } from '@playwright/test';
import { expect, test } from '../support/fixtures';
import { makeKey, message, section } from '../support/keys';

/** Holds the answers of an address until it is let go. */
async function hold(page: Page, address: string): Promise<() => void> {
  let go = () => {};
  const gone = new Promise<void>((done) => { go = done; });
  await page.route(address, async (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    const answer = await route.fetch();
    await gone;
    await route.fulfill({ response: answer });
  });
  return go;
}

test('what is typed into a section while it is being saved is kept', async ({ page, workspace }) => {
  const key = await makeKey(page, workspace, 'Slow key');
  await page.goto(key.path);
  const basics = section(page, 'Basics');
  const go = await hold(page, `**${key.path}/basics`);
  await basics.getByLabel('Name').fill('Slow key 2');
  await basics.getByRole('button', { name: 'Save' }).click();
  await basics.getByLabel('Name').click();
  await page.keyboard.press('End');
  await page.keyboard.type(', renamed again');
  await basics.getByLabel('Description').fill('For the warehouse');
  go();
  await expect(message(page, /saved/i)).toBeVisible();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Slow key 2');
  await expect(basics.getByLabel('Name')).toHaveValue('Slow key 2, renamed again');
  await expect(basics.getByLabel('Description')).toHaveValue('For the warehouse');
  await expect(basics.getByText('Unsaved changes')).toBeVisible();
  await page.unroute(`**${key.path}/basics`);
  await basics.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Slow key 2, renamed again');
  await page.reload();
  await expect(basics.getByLabel('Description')).toHaveValue('For the warehouse');
});

test('the next address is typed while the last one is being added', async ({ page, workspace }) => {
  const key = await makeKey(page, workspace, 'Slow whitelist');
  await page.goto(key.path);
  const whitelist = section(page, 'IP Whitelist');
  const field = whitelist.getByLabel('IP address or range');
  const go = await hold(page, `**${key.path}/whitelist`);
  await field.fill('10.1.2.3');
  await field.press('Enter');
  await field.fill('10.1.2.4');
  go();
  await expect(whitelist.getByRole('listitem').filter({ hasText: '10.1.2.3' })).toBeVisible();
  await expect(field).toHaveValue('10.1.2.4');
  await expect(field).toBeFocused();
  await field.press('Enter');
  await expect(whitelist.getByRole('listitem').filter({ hasText: '10.1.2.4' })).toBeVisible();
  await expect(field).toHaveValue('');
});

test('a scope that is changed while it is being saved stays changed', async ({ page, workspace }) => {
  const key = await makeKey(page, workspace, 'Slow scope');
  await page.goto(key.path);
  const apis = section(page, 'Scope (API)');
  await apis.getByRole('radio', { name: /^Some APIs/ }).check();
  const go = await hold(page, `**${key.path}/apis`);
  await apis.getByRole('checkbox', { name: /data\.list/ }).check();
  await apis.getByRole('button', { name: 'Save' }).click();
  await apis.getByRole('checkbox', { name: /data\.list/ }).uncheck();
  await apis.getByRole('checkbox', { name: /data\.get/ }).check();
  go();
  await expect(message(page, /saved/i)).toBeVisible();
  await expect(apis.getByRole('checkbox', { name: /data\.list/ })).not.toBeChecked();
  await expect(apis.getByRole('checkbox', { name: /data\.get/ })).toBeChecked();
});
