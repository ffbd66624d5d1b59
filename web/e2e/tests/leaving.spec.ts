import { Page } from '@playwright/test';
import { expect, logIn, owner, test } from '../support/fixtures';
import { makeKey, row } from '../support/keys';

// What going back shows. The headless browser keeps no pages for going back, so the tests send the events that
// other browsers send when they put such a page away and show it again.

/** Does what a browser does that keeps the page, and returns the text that the kept page has. */
function putAway(page: Page): Promise<string> {
  return page.evaluate(() => {
    dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
    return document.body.textContent!.trim();
  });
}

/** Shows the page again, as on going back, and returns the text that it has at this moment. */
function bringBack(page: Page): Promise<string> {
  return page.evaluate(() => {
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
    return document.body.textContent!.trim();
  });
}

test('after signing out, going back and forward shows nothing of the account', async ({ page, signedIn, workspace, at }) => {
  const key = await makeKey(page, workspace);
  const mine = await signedIn({ storageState: undefined });
  await mine.goto(at('/keys'));
  await logIn(mine);
  await mine.getByRole('button', { name: `Show the API Key of ${key.name}`, exact: true }).click();
  await expect(mine.getByText(key.value)).toBeVisible();
  await mine.goto(key.path);
  await expect(mine.getByRole('heading', { name: key.name })).toBeVisible();
  await mine.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(mine.getByText('You are signed out.')).toBeVisible();
  for (const way of ['back', 'back', 'forward'] as const) {
    await (way === 'back' ? mine.goBack() : mine.goForward());
    await expect(mine).toHaveURL(/\/login/);
    const content = await mine.content();
    for (const secret of [key.value, key.name, owner.account, owner.name, owner.email]) expect(content).not.toContain(secret);
  }
  const stored = await mine.evaluate(() => [localStorage.length, sessionStorage.length, JSON.stringify(history.state ?? {})]);
  expect(stored).toEqual([0, 0, '{}']);
});

test('a page that the browser keeps is empty, and asks for a sign-in once the session has ended', async ({ signedIn, at }) => {
  const page = await signedIn({ storageState: undefined });
  await page.goto(at('/keys'));
  await logIn(page);
  await expect(page.getByRole('heading', { name: 'API Key', exact: true })).toBeVisible();
  expect(await putAway(page)).toBe('');
  const other = await page.context().newPage();
  await other.goto('/profile');
  await other.getByRole('complementary').getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(other.getByText('You are signed out.')).toBeVisible();
  expect(await bringBack(page)).toBe('');
  await expect(page).toHaveURL(/\/login/);
});

test('a shown value is hidden when a kept page comes back, and unsaved changes are not asked about', async ({ page, workspace, at }) => {
  const key = await makeKey(page, workspace);
  const asked: string[] = [];
  page.on('dialog', (d) => {
    asked.push(d.type());
    void d.accept();
  });
  for (const address of [at('/keys'), key.path]) {
    await page.goto(address);
    await page.getByRole('button', { name: `Show the API Key of ${key.name}`, exact: true }).click();
    await expect(page.getByText(key.value)).toBeVisible();
    if (address === key.path) await page.getByRole('textbox', { name: 'Description' }).fill('not saved');
    expect(await bringBack(page)).toBe('');
    await expect(page.getByRole('button', { name: `Show the API Key of ${key.name}`, exact: true })).toBeVisible();
    expect(await page.content()).not.toContain(key.value);
  }
  await expect(page.getByRole('textbox', { name: 'Description' })).toHaveValue('');
  expect(asked).toEqual([]);
});

test('the value of a new key is gone when a kept page comes back', async ({ page, at }) => {
  await page.goto(at('/keys'));
  await page.getByRole('button', { name: 'Create API Key' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'API key created' });
  const value = await dialog.getByRole('textbox', { name: 'API Key' }).inputValue();
  const name = (await dialog.getByRole('link').innerText()).trim();
  expect(await putAway(page)).toBe('');
  await bringBack(page);
  await expect(row(page, name)).toBeVisible();
  await expect(dialog).toHaveCount(0);
  expect(await page.content()).not.toContain(value);
});
