import { readFileSync } from 'node:fs';
import { Locator, Page } from '@playwright/test';
import { expect, expectAccessible, test, Workspace } from '../support/fixtures';
import { keyValue, listData, makeApps, post, row, section, verify } from '../support/keys';

// Keys that are made with the form, and the one answer that has their value.

const pairSecret = /kws_[0-9A-Za-z]+/;
const pairUser = /^kwu_[0-9a-z]+$/;

/** Opens the form from the menu of Create. */
async function openForm(page: Page, item: string | RegExp = /^Add API Key/): Promise<Locator> {
  await page.getByRole('button', { name: 'More ways to create' }).click();
  await page.getByRole('menuitem', { name: item }).click();
  const dialog = page.getByRole('dialog', { name: 'Create API Key' });
  await expect(dialog).toBeVisible();
  return dialog;
}

const result = (page: Page) => page.getByRole('dialog', { name: /API key created|Your key is ready/ });

/** Makes every new key of the account shown once. */
const showOnce = (page: Page, w: Workspace) => post(page, w, `${w.path}/settings/account/keys`, { key_visibility: 'show_once' });

test('B14 Key Name, Generate, and the value is shown to be stored', async ({ page, at, workspace }) => {
  await makeApps(page, workspace, 'orders, Orders', 'stock, Stock');
  await page.goto(at('/keys'));
  const form = await openForm(page);
  await expect(form.getByLabel('Key Name')).toBeFocused();
  await form.getByLabel('Key Name').fill('Integration with CRM');
  await form.getByLabel('Description').fill('Sales team');
  await form.getByRole('radio', { name: /^90 days/ }).check();
  await form.getByRole('radio', { name: /^Some Apps/ }).check();
  await form.getByRole('checkbox', { name: /^Orders orders$/ }).check();
  await expect(form.getByRole('group', { name: 'API List' }).first()).toBeHidden();
  await form.getByRole('button', { name: 'Generate' }).click();
  const done = result(page);
  const value = await done.getByRole('textbox', { name: 'API Key' }).inputValue();
  expect(value).toMatch(new RegExp(`^${keyValue.source}$`));
  await expect(done).toContainText('curl -s');
  const download = page.waitForEvent('download');
  await done.getByRole('button', { name: 'Download as .env' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe('integration-with-crm.env');
  expect(readFileSync(await file.path(), 'utf8')).toContain(`\nKEYWICKET_API_KEY=${value}\n`);
  await done.getByRole('button', { name: 'Copy API Key' }).click();
  await done.getByRole('button', { name: 'Done' }).click();
  await expect(done).toBeHidden();
  await expect.poll(() => page.content()).not.toContain(value);
  const line = row(page, 'Integration with CRM');
  await expect(line).toContainText('1 app');
  await expect(line).toContainText('Sales team');
  expect(await verify(workspace, { key: value, ...listData, app: 'orders' })).toMatchObject({ allowed: true });
  expect(await verify(workspace, { key: value, ...listData, app: 'stock' })).toMatchObject({ allowed: false, failed: ['app_denied'] });
});

test('C17 C18 the details show Sid, Name, Description, Prefix, Created, Expiry Date and last use', async ({ page, at, workspace }) => {
  await page.goto(at('/keys'));
  const form = await openForm(page);
  await form.getByLabel('Key Name').fill('Seen in detail');
  await form.getByRole('radio', { name: /^Another date/ }).check();
  await form.getByLabel('Another date', { exact: true }).last().fill('2090-05-06');
  await form.getByRole('button', { name: 'Generate' }).click();
  const value = await result(page).getByRole('textbox', { name: 'API Key' }).inputValue();
  await result(page).getByRole('link', { name: 'Seen in detail' }).click();
  const basics = section(page, 'Basics');
  await expect(basics).toContainText('Sid');
  await expect(basics.locator('#sid')).toHaveText(/^[0-9A-Z]{26}$/);
  await expect(basics).toContainText(value.slice(0, 7));
  await expect(basics).toContainText('by Ada King');
  await expect(basics.getByLabel('Name')).toHaveValue('Seen in detail');
  await expect(basics.getByLabel('Expiry Date')).toHaveValue('2090-05-06');
  await expect(basics).toContainText('Never');
  await verify(workspace, { key: value, ...listData, ip: '203.0.113.7' });
  await expect(async () => {
    await page.reload();
    await expect(section(page, 'Basics')).toContainText('203.0.113.7', { timeout: 500 });
  }).toPass({ timeout: 20_000 });
  await expect(section(page, 'Basics')).toContainText('data.list');
  await basics.getByLabel('Expiry Date').fill('2091-01-02');
  await basics.getByRole('button', { name: 'Save' }).click();
  await expect(section(page, 'History')).toContainText('2091-01-02');
  await basics.getByLabel('Expiry Date').fill('');
  await basics.getByRole('button', { name: 'Save' }).click();
  await expect(basics).toContainText('The key does not expire');
});

test('D22 D23 each channel has its own credentials, generated', async ({ page, at, workspace }) => {
  test.setTimeout(120_000);
  await page.goto(at('/keys'));
  for (const channel of ['HTTP', 'Web Service', 'FTP', 'Email']) {
    const form = await openForm(page, `For ${channel}…`);
    await expect(form.getByRole('radio', { name: new RegExp(`^${channel} `) })).toBeChecked();
    await expect(form.getByRole('radio', { name: /^Single token/ })).toBeHidden();
    await expect(form.getByRole('radio', { name: /^Generated pair/ })).toBeChecked();
    await form.getByLabel('Key Name').fill(`For ${channel}`);
    await form.getByRole('button', { name: 'Generate' }).click();
    await expect(result(page).getByRole('textbox', { name: 'API Key (user name)' })).toHaveValue(pairUser);
    await expect(result(page).getByRole('textbox', { name: 'API Secret' })).toHaveValue(pairSecret);
    // The ready command is a question that the gate answers with yes, and for this channel alone.
    const command = await result(page).locator('#first-request').innerText();
    const question = JSON.parse(command.match(/\{.*\}/)![0]);
    expect(await verify(workspace, question)).toMatchObject({ allowed: true });
    const other = channel === 'FTP' ? 'email' : 'ftp';
    expect(await verify(workspace, { ...question, channel: other })).toMatchObject({ allowed: false });
    await result(page).getByRole('button', { name: 'Done' }).click();
    await expect(row(page, `For ${channel}`)).toBeVisible();
  }
  const form = await openForm(page, 'For FTP…');
  await form.getByRole('radio', { name: /^REST/ }).check();
  await expect(form.getByRole('radio', { name: /^Single token/ })).toBeChecked();
  await form.getByRole('radio', { name: /^Email/ }).check();
  await expect(form.getByRole('radio', { name: /^Generated pair/ })).toBeChecked();
});

test('D23 a person chooses the credentials, and what is wrong stands beside the field', async ({ page, at }) => {
  await page.goto(at('/keys'));
  const form = await openForm(page, 'For Email…');
  await expect(form.getByLabel('API Key (user name)')).toBeHidden();
  await form.getByRole('radio', { name: /^Choose my own/ }).check();
  await form.getByLabel('Key Name').fill('Mail relay');
  const user = form.getByLabel('API Key (user name)');
  const secret = form.getByRole('textbox', { name: 'API Secret' });
  await user.fill('a b');
  await secret.fill('short');
  await form.getByRole('button', { name: 'Generate' }).click();
  await expect(form).toContainText('Use only the letters');
  await expect(user).toBeFocused();
  await expect(user).toHaveValue('a b');
  await expect(secret).toHaveValue('');
  await expect(form.getByLabel('Key Name')).toHaveValue('Mail relay');
  await user.fill('relay.one');
  await secret.fill('correct horse battery');
  await form.getByRole('button', { name: 'Generate' }).click();
  await expect(result(page)).toContainText('You chose the credentials');
  await expect(result(page).getByRole('textbox', { name: 'API Key (user name)' })).toHaveValue('relay.one');
  expect(await page.content()).not.toContain('correct horse battery');
  await result(page).getByRole('button', { name: 'Done' }).click();
  const again = await openForm(page, 'For Email…');
  await again.getByRole('radio', { name: /^Choose my own/ }).check();
  await again.getByLabel('API Key (user name)').fill('Relay.ONE');
  await again.getByRole('textbox', { name: 'API Secret' }).fill('correct horse battery');
  await again.getByRole('button', { name: 'Generate' }).click();
  await expect(again).toContainText(/taken/);
});

test('under Show once, leaving asks whether the value is stored', async ({ fresh, signedIn }) => {
  test.setTimeout(120_000);
  const page = await signedIn({ workspace: fresh });
  await showOnce(page, fresh);
  await page.goto(`${fresh.path}/keys`);
  await (await openForm(page)).getByRole('button', { name: 'Generate' }).click();
  const dialog = result(page);
  await expect(dialog).toContainText('You will not see it again');
  const question = dialog.getByRole('group', { name: 'Have you stored the value?' });
  await expect(question).toBeHidden();
  for (const leave of [() => page.keyboard.press('Escape'), () => page.keyboard.press('Escape'), () => dialog.getByRole('button', { name: 'Done' }).click()]) {
    await leave();
    await expect(question).toBeVisible();
    await expect(dialog).toBeVisible();
    await expect(question.getByRole('button', { name: 'Go back' })).toBeFocused();
    await question.getByRole('button', { name: 'Go back' }).click();
    await expect(question).toBeHidden();
  }
  await expectAccessible(page);
  // Leaving for another page asks too, with the browser's own question.
  let asked = 0;
  page.on('dialog', async (d) => {
    asked++;
    expect(d.type()).toBe('beforeunload');
    await d.dismiss();
  });
  await dialog.getByRole('link').click({ noWaitAfter: true });
  await expect.poll(() => asked).toBe(1);
  await expect(dialog).toBeVisible();
  await page.keyboard.press('Escape');
  await question.getByRole('button', { name: 'Yes, I stored it' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText('Shown once')).toBeVisible();
  await page.goto(`${fresh.path}/apps`);
  expect(asked).toBe(1);
});

test('the form and its result are pages without script', async ({ fresh, signedIn }) => {
  const page = await signedIn({ workspace: fresh, javaScriptEnabled: false });
  await page.goto(`${fresh.path}/keys`);
  await page.getByRole('button', { name: 'More ways to create' }).click();
  await page.getByRole('menuitem', { name: 'For FTP…' }).click();
  await expect(page).toHaveURL(`${fresh.path}/keys/new?channel=ftp`);
  await page.getByLabel('Key Name').fill('x'.repeat(101));
  await page.getByRole('button', { name: 'Generate' }).click();
  await expect(page.locator('#f-name-error')).toBeVisible();
  await page.getByLabel('Key Name').fill('Plain');
  await page.getByRole('button', { name: 'Generate' }).click();
  await expect(page.getByRole('textbox', { name: 'API Secret' })).toHaveValue(pairSecret);
  await page.reload(); // sends the same press again
  await page.getByRole('button', { name: 'Done' }).click();
  await expect(page).toHaveURL(`${fresh.path}/keys`);
  await expect(row(page, 'Plain')).toHaveCount(1);
});

test('the page with a value that is shown once asks as well', async ({ fresh, signedIn }) => {
  const page = await signedIn({ workspace: fresh });
  await showOnce(page, fresh);
  await page.goto(`${fresh.path}/keys/new`);
  await page.getByRole('button', { name: 'Generate' }).click();
  await page.getByRole('button', { name: 'Done' }).click();
  const question = page.getByRole('group', { name: 'Have you stored the value?' });
  await expect(question).toBeVisible();
  await question.getByRole('button', { name: 'Yes, I stored it' }).click();
  await expect(page).toHaveURL(`${fresh.path}/keys`);
});

test('a double press makes one key', async ({ fresh, signedIn }) => {
  const page = await signedIn({ workspace: fresh });
  await page.goto(`${fresh.path}/keys`);
  await (await openForm(page)).getByRole('button', { name: 'Generate' }).dblclick();
  await expect(result(page)).toBeVisible();
  await result(page).getByRole('button', { name: 'Done' }).click();
  await expect(page.getByRole('row')).toHaveCount(2);
});

test('on a phone, in both languages and themes', async ({ fresh, signedIn }) => {
  test.setTimeout(120_000);
  for (const [language, more, add, generate] of [['en', 'More ways to create', /^Add API Key/, 'Generate'], ['zh-CN', '更多创建方式', /^通过表单/, '生成']] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await signedIn({ workspace: fresh, viewport: { width: 390, height: 844 }, colorScheme, reducedMotion: 'reduce' });
      await post(page, fresh, '/preferences', { language, next: '/' });
      await page.goto(`${fresh.path}/keys`);
      await page.getByRole('button', { name: more }).click();
      await page.getByRole('menuitem', { name: add }).click();
      const form = page.getByRole('dialog');
      await form.getByRole('radio', { name: /^FTP/ }).check();
      await form.locator('[name=credential][value=chosen]').check();
      await form.locator('[name=expires][value=date]').check();
      await form.locator('[name=apis_mode][value=some]').check();
      await expectAccessible(page, `form ${language} ${colorScheme}`);
      expect(await form.evaluate((d) => d.scrollWidth - d.clientWidth)).toBeLessThanOrEqual(0);
      await form.locator('[name=credential][value=pair]').check();
      await form.locator('[name=expires][value=""]').check();
      await form.getByRole('button', { name: generate }).click();
      await expect(page.locator('#new-key-value')).toHaveValue(pairSecret);
      await expectAccessible(page, `result ${language} ${colorScheme}`);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    }
  }
});

test('by keyboard alone', async ({ fresh, signedIn }) => {
  const page = await signedIn({ workspace: fresh });
  await page.goto(`${fresh.path}/keys`);
  const more = page.getByRole('button', { name: 'More ways to create' });
  await more.focus();
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('menuitem', { name: /^Add API Key/ })).toBeFocused();
  await page.keyboard.press('Enter');
  const form = page.getByRole('dialog', { name: 'Create API Key' });
  await expect(form.getByLabel('Key Name')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(form).toBeHidden();
  await expect(more).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('menuitem', { name: /^Add API Key/ })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(form.getByLabel('Key Name')).toBeFocused();
  await page.keyboard.type('Typed');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await expect(form.getByRole('radio', { name: /^REST/ })).toBeFocused();
  for (let n = 0; n < 3; n++) await page.keyboard.press('ArrowRight');
  await expect(form.getByRole('radio', { name: /^FTP/ })).toBeChecked();
  await page.keyboard.press('Tab');
  await expect(form.getByRole('radio', { name: /^Generated pair/ })).toBeFocused();
  await page.keyboard.press('Enter'); // as in any form
  await expect(result(page).getByRole('textbox', { name: 'API Secret' })).toHaveValue(pairSecret);
  await page.keyboard.press('Escape');
  await expect(result(page)).toBeHidden();
  await expect(row(page, 'Typed')).toContainText('FTP');
  await expect(more).toBeFocused();
});
