import { randomUUID } from 'node:crypto';
import { expect, test } from '../support/fixtures';
import { choose, makeApps, makeKey, message, post, row, section, verify, listData } from '../support/keys';

const unique = () => randomUUID().slice(0, 8);

test('adds an app, and says what is wrong beside its field', async ({ page, at }) => {
  const id = `app-${unique()}`;
  await page.goto(at('/apps'));
  await page.getByRole('link', { name: 'Add app' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Add app' });
  await expect(dialog.getByLabel('App id')).toBeFocused();
  for (const [typed, words] of [['two words', /cannot contain spaces/], ['x'.repeat(101), /at most 100 characters/]] as const) {
    await dialog.getByLabel('App id').fill(typed);
    await dialog.getByLabel('Name').fill('Kept');
    await dialog.getByRole('button', { name: 'Add app' }).click();
    await expect(dialog.getByLabel('App id')).toHaveAccessibleDescription(words);
    await expect(dialog.getByLabel('App id')).toHaveValue(typed);
    await expect(dialog.getByLabel('Name')).toHaveValue('Kept');
  }
  await dialog.getByLabel('App id').fill(id);
  await dialog.getByLabel('Name').fill(`Orders ${id}`);
  await dialog.getByRole('button', { name: 'Add app' }).click();
  await expect(dialog).toBeHidden();
  await expect(message(page, `App ${id} added`)).toBeVisible();
  await expect(row(page, `Orders ${id}`)).toContainText(id);
  await page.getByRole('link', { name: 'Add app' }).first().click();
  await dialog.getByLabel('App id').fill(id);
  await dialog.getByRole('button', { name: 'Add app' }).click();
  await expect(dialog.getByLabel('App id')).toHaveAccessibleDescription(/already/);
});

test('pastes many, names the lines that are wrong, and adds all or none', async ({ page, workspace, at }) => {
  const id = unique();
  await makeApps(page, workspace, `old-${id}`);
  await page.goto(at('/apps'));
  await page.getByRole('link', { name: 'Paste a list' }).click();
  const dialog = page.getByRole('dialog');
  const lines = [`a-${id}, First ${id}`, `old-${id}, Again`, `two words ${id}, Bad`, `b-${id}`, `a-${id}, Twice`].join('\n');
  await dialog.getByRole('textbox', { name: 'Apps' }).fill(lines);
  await dialog.getByRole('button', { name: 'Add apps' }).click();
  const bad = dialog.getByRole('list', { name: 'Lines to fix' });
  await expect(bad).toContainText('Line 3');
  await expect(bad).toContainText('Line 5');
  await expect(dialog.getByRole('textbox', { name: 'Apps' })).toHaveValue(lines);
  await dialog.getByRole('textbox', { name: 'Apps' }).fill(`a-${id}, First ${id}\nold-${id}, Again\n\nb-${id}\t`);
  await dialog.getByRole('button', { name: 'Add apps' }).click();
  await expect(bad.or(dialog.getByRole('textbox', { name: 'Apps' }))).not.toHaveCount(0);
  await expect(dialog).toContainText(`old-${id}`);
  await dialog.getByRole('checkbox', { name: 'Skip apps that already exist' }).check();
  await dialog.getByRole('button', { name: 'Add apps' }).click();
  await expect(message(page, '2 apps added. 1 already existed.')).toBeVisible();
  await page.goto(at(`/apps?q=${id}`));
  await expect(page.getByRole('row')).toHaveCount(4);
  await expect(row(page, `First ${id}`)).toHaveCount(1);
});

test('10,000 apps stay usable, on their page and in a key', async ({ fresh, signedIn }) => {
  test.setTimeout(60_000);
  const page = await signedIn({ workspace: fresh });
  const lines = Array.from({ length: 10_000 }, (_, n) => `app-${n}, App number ${n}`);
  await page.goto(`${fresh.path}/apps/paste`);
  await page.getByRole('textbox', { name: 'Apps' }).evaluate((field: HTMLTextAreaElement, text) => void (field.value = text), lines.join('\n'));
  await page.getByRole('button', { name: 'Add apps' }).click();
  await expect(page).toHaveURL(/\/apps$/, { timeout: 20_000 });
  await expect(page.getByRole('navigation', { name: 'Pages' })).toContainText('of 10,000');
  await page.getByRole('searchbox', { name: 'Search apps' }).fill('number 9999');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('row')).toHaveCount(2);
  const key = await makeKey(page, fresh);
  await page.goto(key.path);
  const part = section(page, 'Scope (App)');
  await part.getByRole('radio', { name: /^Some Apps/ }).check();
  for (const n of [7777, 1234]) {
    await part.getByLabel('Find apps').fill(`app-${n}`);
    await page.keyboard.press('Enter');
    await part.getByRole('checkbox', { name: `App number ${n}` }).check();
  }
  await part.getByRole('button', { name: 'Save' }).click();
  await expect(part).toContainText('Only these 2 apps can be used');
  expect(await verify(fresh, { key: key.value, ...listData, app: 'app-7777' })).toMatchObject({ allowed: true });
  expect(await verify(fresh, { key: key.value, ...listData, app: 'app-7778' })).toMatchObject({ reason: 'app_denied' });
});

test('renames, searches, and removes after naming the keys that have it', async ({ page, workspace, at }) => {
  const id = unique();
  await makeApps(page, workspace, `stock-${id}, Stock ${id}`);
  const key = await makeKey(page, workspace);
  await page.goto(key.path);
  const scope = section(page, 'Scope (App)');
  await scope.getByRole('radio', { name: /^Some Apps/ }).check();
  await scope.getByRole('checkbox', { name: `Stock ${id}` }).check();
  await scope.getByRole('button', { name: 'Save' }).click();
  await message(page, 'Scope (App) saved').waitFor();
  await page.goto(at('/apps'));
  await page.getByRole('searchbox', { name: 'Search apps' }).fill(id);
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await expect(page).toHaveURL(new RegExp(`q=${id}`));
  await expect(page.getByRole('row')).toHaveCount(2);
  await expect(row(page, `Stock ${id}`)).toContainText('1 key');
  await choose(page, `Stock ${id}`, 'Rename');
  const rename = page.getByRole('dialog', { name: `Rename “Stock ${id}”` });
  await rename.getByLabel('Name').fill(`Store ${id}`);
  await rename.getByRole('button', { name: 'Save' }).click();
  await expect(row(page, `Store ${id}`)).toBeVisible();
  await choose(page, `Store ${id}`, 'Remove');
  const remove = page.getByRole('dialog', { name: `Remove “Store ${id}”?` });
  await expect(remove).toContainText('1 key has it in its App List');
  await expect(remove.getByRole('link', { name: key.name })).toBeVisible();
  await remove.getByRole('button', { name: 'Cancel' }).click();
  await expect(row(page, `Store ${id}`)).toBeVisible();
  await choose(page, `Store ${id}`, 'Remove');
  await remove.getByRole('button', { name: 'Remove' }).click();
  await expect(message(page, `App “Store ${id}” removed`)).toBeVisible();
  await expect(page.getByRole('heading', { name: 'No app found' })).toBeVisible();
  await page.goto(key.path);
  await expect(section(page, 'Scope (App)')).toContainText('The App List is empty');
});

test('an app that was removed in another window says so', async ({ page, workspace, at }) => {
  const id = unique();
  await makeApps(page, workspace, `gone-${id}, Gone ${id}`);
  await page.goto(at(`/apps?q=${id}`));
  const rowID = await row(page, `Gone ${id}`).getAttribute('id');
  expect((await post(page, workspace, at(`/apps/${rowID!.replace('app-', '')}/remove`))).ok()).toBe(true);
  await choose(page, `Gone ${id}`, 'Rename');
  await expect(message(page, /no longer exists/)).toBeVisible();
});

test.describe('without script', () => {
  test.use({ javaScriptEnabled: false });

  test('adds, pastes, renames and removes', async ({ page, at }) => {
    const id = unique();
    await page.goto(at('/apps'));
    await page.getByRole('link', { name: 'Add app' }).first().click();
    await page.getByLabel('App id').fill('two words');
    await page.getByRole('button', { name: 'Add app' }).click();
    await expect(page.getByLabel('App id')).toHaveAccessibleDescription(/cannot contain spaces/);
    await page.getByLabel('App id').fill(`n-${id}`);
    await page.getByLabel('Name').fill(`Noscript ${id}`);
    await page.getByRole('button', { name: 'Add app' }).click();
    await expect(page).toHaveURL(at('/apps'));
    await expect(page.getByRole('main')).toContainText(`App n-${id} added`);
    await page.getByRole('link', { name: 'Paste a list' }).click();
    await page.getByRole('textbox', { name: 'Apps' }).fill(`p-${id}, Pasted ${id}`);
    await page.getByRole('button', { name: 'Add apps' }).click();
    await expect(page.getByRole('main')).toContainText('1 app added.');
    await choose(page, `Noscript ${id}`, 'Rename');
    await page.getByRole('textbox', { name: 'Name' }).fill(`Plain ${id}`);
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(row(page, `Plain ${id}`)).toHaveCount(1);
    await choose(page, `Plain ${id}`, 'Remove');
    await expect(page.getByRole('heading', { name: `Remove “Plain ${id}”?` })).toBeVisible();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await expect(page).toHaveURL(at('/apps'));
    await expect(row(page, `Plain ${id}`)).toHaveCount(0);
  });
});
