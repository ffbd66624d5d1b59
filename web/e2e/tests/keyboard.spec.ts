import { Page } from '@playwright/test';
import { expect, test } from '../support/fixtures';
import { keyValue, makeKey, row, section } from '../support/keys';

// The whole way by keyboard: nothing here presses with a pointer.

/** Presses Tab until something has the focus. */
async function tabTo(page: Page, what: ReturnType<Page['locator']>, back = false): Promise<void> {
  for (let i = 0; i < 150; i++) {
    if (await what.evaluate((node) => node === document.activeElement).catch(() => false)) return;
    await page.keyboard.press(back ? 'Shift+Tab' : 'Tab');
  }
  throw new Error('not reached by Tab');
}

test('the skip link leads to the content', async ({ page, at }) => {
  await page.goto(at('/keys'));
  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: 'Skip to content' });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
});

test('"/" focuses search, and only outside of fields', async ({ page, workspace, at }) => {
  const key = await makeKey(page, workspace);
  await page.goto(at('/keys'));
  await page.keyboard.press('/');
  const search = page.getByRole('searchbox', { name: 'Search API Keys' });
  await expect(search).toBeFocused();
  await page.keyboard.type('a/b');
  await expect(search).toHaveValue('a/b');
  await search.fill(key.name);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/q=/);
  await expect(page.getByRole('row')).toHaveCount(2);
  await expect(row(page, key.name)).toBeVisible();
});

test('create, open, add an address, and come back', async ({ page, at, workspace }) => {
  await makeKey(page, workspace);
  await page.goto(at('/keys'));
  const create = page.getByRole('button', { name: 'Create API Key' });
  await tabTo(page, create);
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'API key created' });
  await expect(dialog).toBeVisible();
  await expect(dialog.getByRole('textbox', { name: 'API Key' })).toHaveValue(keyValue);
  const name = (await dialog.getByRole('link').innerText()).trim();
  // The focus stays in the dialog, whatever is pressed.
  for (let i = 0; i < 8; i++) {
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement === document.body || !!document.activeElement?.closest('dialog'))).toBe(true);
  }
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(create).toBeFocused();
  await tabTo(page, page.getByRole('link', { name, exact: true }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
  const list = section(page, 'IP Whitelist');
  await tabTo(page, list.getByLabel('IP address or range'));
  await page.keyboard.type('10.1.*.7');
  await page.keyboard.press('Enter');
  await expect(list.getByRole('listitem').getByText('10.1.*.7')).toBeVisible();
  await tabTo(page, list.getByRole('button', { name: 'Remove 10.1.*.7' }), true);
  await page.keyboard.press('Enter');
  const ask = page.getByRole('dialog', { name: 'Remove 10.1.*.7, the last address?' });
  await expect(ask).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(ask).toBeHidden();
  await expect(list.getByRole('button', { name: 'Remove 10.1.*.7' })).toBeFocused();
});

test('the switch by Space, and the focus stays on it', async ({ page, workspace, at }) => {
  const key = await makeKey(page, workspace);
  await page.goto(at('/keys'));
  const status = page.getByRole('switch', { name: `Status of ${key.name}` });
  await tabTo(page, status);
  await page.keyboard.press('Space');
  await expect(status).not.toBeChecked();
  await expect(status).toBeFocused();
  await page.keyboard.press('Space');
  await expect(status).toBeChecked();
  await expect(status).toBeFocused();
});

test('menus by arrows, and dialogs that give the focus back', async ({ page, workspace, at }) => {
  const key = await makeKey(page, workspace);
  await page.goto(at('/keys'));
  await page.getByRole('switch', { name: `Status of ${key.name}` }).press('Space');
  await expect(page.getByRole('switch', { name: `Status of ${key.name}` })).not.toBeChecked();
  const button = page.getByRole('button', { name: `Action for ${key.name}` });
  await tabTo(page, button);
  await page.keyboard.press('ArrowDown');
  const menu = page.getByRole('menu', { name: `Action for ${key.name}` });
  await expect(menu).toBeVisible();
  await expect(menu.getByRole('menuitem', { name: 'Open' })).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(menu.getByRole('menuitem', { name: 'Copy the entire key' })).toBeFocused();
  await page.keyboard.press('End');
  await expect(menu.getByRole('menuitem', { name: /^Delete/ })).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(menu.getByRole('menuitem', { name: 'Open' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(menu).toBeHidden();
  await expect(button).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('d');
  await expect(menu.getByRole('menuitem', { name: /^Delete/ })).toBeFocused();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: `Delete “${key.name}”?` });
  await expect(dialog).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(button).toBeFocused();
});

test('the eye and the copy button by keyboard', async ({ page, workspace, at }) => {
  const key = await makeKey(page, workspace);
  await page.goto(at('/keys'));
  const show = page.getByRole('button', { name: `Show the API Key of ${key.name}` });
  await tabTo(page, show);
  await page.keyboard.press('Enter');
  const hide = page.getByRole('button', { name: `Hide the API Key of ${key.name}` });
  await expect(page.getByText(key.value)).toBeVisible();
  await expect(hide).toBeFocused();
  await page.keyboard.press('Space');
  await expect(page.getByText(key.value)).toHaveCount(0);
  await expect(show).toBeFocused();
});

test('the focus stays where the work goes on, when a part of the page is replaced', async ({ page, workspace, at }) => {
  const key = await makeKey(page, workspace, undefined, ['10.0.0.1', '10.0.0.2']);
  await page.goto(key.path);
  const basics = section(page, 'Basics');
  await basics.getByLabel('Name').fill(`${key.name} b`);
  await tabTo(page, basics.getByRole('button', { name: 'Save' }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`${key.name} b`);
  await expect(basics.getByRole('button', { name: 'Save' })).toBeFocused();
  const list = section(page, 'IP Whitelist');
  await list.getByLabel('IP address or range').fill('10.0.0.3');
  await page.keyboard.press('Enter');
  await expect(list.getByRole('listitem')).toHaveCount(3);
  await expect(list.getByLabel('IP address or range')).toBeFocused();
  await list.getByRole('button', { name: 'Remove 10.0.0.2' }).focus();
  await page.keyboard.press('Enter');
  await expect(list.getByRole('listitem')).toHaveCount(2);
  await expect.poll(() => list.evaluate((part) => part.contains(document.activeElement))).toBe(true);
  await page.getByRole('switch', { name: 'Status' }).focus();
  await page.keyboard.press('Space');
  await expect(page.getByRole('switch', { name: 'Status' })).not.toBeChecked();
  await expect(page.getByRole('switch', { name: 'Status' })).toBeFocused();
  // A dialog that changed the list behind it gives the focus back to what opened it.
  await page.goto(at('/apps'));
  const add = page.getByRole('link', { name: 'Add app' }).first();
  await tabTo(page, add);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByLabel('App id').fill(`focus-${key.sid}`);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(add).toBeFocused();
});

test('language menu and drawer on a phone', async ({ signedIn, at }) => {
  const page = await signedIn({ viewport: { width: 390, height: 844 } });
  await page.goto(at('/keys'));
  const open = page.getByRole('button', { name: 'Open menu' });
  await tabTo(page, open);
  await page.keyboard.press('Enter');
  const drawer = page.getByRole('complementary', { name: 'Left panel' });
  await expect(drawer).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(drawer).toBeHidden();
  await expect(open).toBeFocused();
  const languages = page.getByRole('button', { name: 'Language' });
  await tabTo(page, languages);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menuitemradio', { name: 'English' })).toHaveAttribute('aria-checked', 'true');
  await page.keyboard.press('Escape');
  await expect(languages).toBeFocused();
});
