import { Browser, Page } from '@playwright/test';
import { expect, expectAccessible, test, Workspace } from '../support/fixtures';
import { makeKey, post, section } from '../support/keys';

// Two people edit the same thing, each on a page of their own.

const stale = (page: Page) => page.getByRole('dialog', { name: 'This has changed in the meantime' });

/** Opens a key in one window and lets another one save something else of it. */
async function openAndChange(page: Page, w: Workspace, browser: Browser, change: (other: Page, path: string) => Promise<unknown>): Promise<string> {
  const key = await makeKey(page, w, 'Warehouse');
  await page.goto(key.path);
  const context = await browser.newContext({ storageState: w.state });
  await change(await context.newPage(), key.path);
  await context.close();
  return key.path;
}

test('an old form shows both, keeps what was typed, and saves it on top with one press', async ({ fresh, signedIn, browser }) => {
  const page = await signedIn({ workspace: fresh });
  const path = await openAndChange(page, fresh, browser, (other, key) =>
    post(other, fresh, `${key}/basics`, { name: 'Warehouse', description: 'Until spring', expires_at: '2031-03-01' }));
  const basics = section(page, 'Basics');
  await basics.getByRole('textbox', { name: 'Name' }).fill('Warehouse north');
  await basics.getByRole('button', { name: 'Save' }).click();
  const dialog = stale(page);
  await expect(dialog.getByRole('row', { name: /^Expiry Date/ })).toContainText('2031-03-01');
  await expect(dialog.getByRole('row', { name: /^Description/ })).toContainText('Until spring');
  await expectAccessible(page, 'an old form');
  // Left alone, nothing is saved, and the form still has what was typed.
  await dialog.getByRole('button', { name: 'Keep the current version' }).click();
  await expect(dialog).toBeHidden();
  await expect(basics.getByRole('textbox', { name: 'Name' })).toHaveValue('Warehouse north');
  await basics.getByRole('button', { name: 'Save' }).click();
  await dialog.getByRole('button', { name: 'Save my changes' }).click();
  await expect(page).toHaveURL(path);
  await expect(page.getByRole('heading', { level: 1, name: 'Warehouse north' })).toBeVisible();
  await expect(section(page, 'Basics').getByLabel('Expiry Date')).toHaveValue('2031-03-01');
});

test('an old page enables no key that somebody disabled', async ({ fresh, signedIn, browser }) => {
  const page = await signedIn({ workspace: fresh });
  await openAndChange(page, fresh, browser, async (other, key) => {
    await post(other, fresh, `${key}/status`, { enabled: '0' });
    await post(other, fresh, `${key}/status`, { enabled: '1' });
  });
  await page.getByRole('switch', { name: 'Status' }).click();
  await expect(stale(page).getByRole('row', { name: 'Status of Warehouse Disabled Enabled' })).toBeVisible();
  await stale(page).getByRole('button', { name: 'Save my changes' }).click();
  await expect(page.getByRole('switch', { name: 'Status' })).not.toBeChecked();
});

test('without script the answer is a page', async ({ fresh, signedIn, browser }) => {
  const page = await signedIn({ workspace: fresh, javaScriptEnabled: false });
  const path = await openAndChange(page, fresh, browser, (other, key) =>
    post(other, fresh, `${key}/limits`, { rate_requests: '5', rate_window: '1', rate_unit: 'm' }));
  const limits = section(page, 'Limits');
  await limits.getByLabel('Requests').fill('500');
  await limits.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'This has changed in the meantime' })).toBeVisible();
  await expect(page.getByRole('row', { name: /^Limit/ })).toContainText('5 in 1 minute');
  await page.getByRole('button', { name: 'Save my changes' }).click();
  await expect(page).toHaveURL(path);
  await expect(section(page, 'Limits').getByLabel('Requests')).toHaveValue('500');
});
