import { Locator, Page } from '@playwright/test';
import { expect, expectAccessible, test, Workspace } from '../support/fixtures';
import { choose, keyValue, listData, makeKey, message, post, row, section, verify } from '../support/keys';

// Channels and their credentials, by the numbers of the documented rules.

const pairSecret = /^kws_[0-9A-Za-z]{38}$/;
const pairUser = /^kwu_[0-9a-z]{20}$/;
const chosen = 'correct horse battery';

interface Pair {
  name: string;
  path: string;
  username: string;
  secret: string;
}

let count = 0;

/** Makes a key of a channel with the form, without the detour over the list. */
async function makePair(page: Page, w: Workspace, channel: string, own?: { username: string; secret: string }): Promise<Pair> {
  const name = `${channel} ${++count}`;
  const answer = await post(page, w, `${w.path}/keys/new`, {
    idempotency_key: `pair-${name}`, name, description: '', channel, credential: own ? 'chosen' : 'pair', username: own?.username ?? '',
    secret: own?.secret ?? '', expires: '', apps_mode: 'all', apis_mode: 'all',
  });
  const text = await answer.text();
  const sid = text.match(/\/keys\/([0-9A-Z]{26})/)?.[1];
  if (!sid) throw new Error(`no key was made: ${answer.status()}`);
  return {
    name, path: `${w.path}/keys/${sid}`,
    username: own?.username ?? text.match(/kwu_[0-9a-z]{20}/)![0], secret: own?.secret ?? text.match(/kws_[0-9A-Za-z]{38}/)![0],
  };
}

/** What the gate says to a pair in a channel. */
async function reason(w: Workspace, channel: string, username: string, credential: string): Promise<string> {
  const call = channel === 'ftp' || channel === 'email' ? {} : listData;
  return (await verify(w, { ...call, channel, username, credential })).reason;
}

/** Waits until the gate has stored what it counted. */
async function seen(page: Page, what: Locator, text: string | RegExp): Promise<void> {
  await expect(async () => {
    await page.reload();
    await expect(what).toContainText(text, { timeout: 500 });
  }).toPass({ timeout: 20_000 });
}

const dialog = (page: Page, name: string | RegExp) => page.getByRole('dialog', { name });

test('D22 D23 a pair is for its channel alone, and the list says which', async ({ page, workspace, at }) => {
  for (const channel of ['rest', 'http', 'web_service', 'ftp', 'email']) {
    const key = await makePair(page, workspace, channel);
    expect(key.username).toMatch(pairUser);
    expect(key.secret).toMatch(pairSecret);
    expect(await reason(workspace, channel, key.username, key.secret)).toBe('allowed');
    expect(await reason(workspace, channel, key.username.toUpperCase(), key.secret)).toBe('allowed');
    expect(await reason(workspace, channel === 'ftp' ? 'email' : 'ftp', key.username, key.secret)).toBe('channel_denied');
    expect(await reason(workspace, channel, 'kwu_00000000000000000000', key.secret)).toBe('key_unknown');
    await page.goto(at('/keys'));
    await expect(row(page, key.name)).toContainText(key.username);
  }
  await expect(row(page, `web_service ${count - 2}`)).toContainText('Web Service');
});

test('D23 chosen credentials work, are taken once, and are never shown', async ({ page, workspace }) => {
  const own = { username: 'Partner.One', secret: chosen };
  const key = await makePair(page, workspace, 'ftp', own);
  expect(await reason(workspace, 'ftp', 'partner.one', chosen)).toBe('allowed');
  expect(await reason(workspace, 'ftp', 'partner.one', `${chosen}!`)).toBe('key_unknown');
  const again = await post(page, workspace, `${workspace.path}/keys/new`, {
    idempotency_key: 'taken', channel: 'ftp', credential: 'chosen', username: 'PARTNER.ONE', secret: chosen, expires: '', apps_mode: 'all', apis_mode: 'all',
  });
  expect(again.status()).toBe(422);
  expect(await again.text()).toContain('This API Key is already taken in this channel.');
  await page.goto(key.path);
  await expect(section(page, 'Credentials')).toContainText('Partner.One');
  await expect(section(page, 'Credentials')).toContainText('cannot be shown');
  await expect(page.getByRole('button', { name: /^Show / })).toHaveCount(0);
  expect(await page.content()).not.toContain(chosen);
});

test('D24 credentials are changed after a warning, and both work until the previous ones stop', async ({ page, workspace }) => {
  const key = await makePair(page, workspace, 'ftp');
  await page.goto(key.path);
  await section(page, 'Credentials').getByRole('link', { name: /^Change credentials/ }).or(section(page, 'Credentials').getByRole('button', { name: /^Change credentials/ })).click();
  const ask = dialog(page, `Change credentials of ${key.name}`);
  await expect(ask).toContainText('will break');
  await expect(ask.getByRole('textbox')).toHaveCount(0);
  await expectAccessible(page, 'change credentials');
  await ask.getByRole('radio', { name: /^Keep working for 1 hour/ }).check();
  await ask.getByRole('button', { name: 'Change credentials' }).click();
  const done = dialog(page, `New credentials of ${key.name}`);
  const username = await done.getByRole('textbox', { name: 'API Key' }).inputValue();
  const secret = await done.getByRole('textbox', { name: 'API Secret' }).inputValue();
  expect(username).toMatch(pairUser);
  expect(secret).toMatch(pairSecret);
  expect(secret).not.toBe(key.secret);
  await expectAccessible(page, 'changed credentials');
  await done.getByRole('button', { name: 'Done' }).click();
  await expect(done).toBeHidden();
  await expect.poll(() => page.content()).not.toContain(secret);

  expect(await reason(workspace, 'ftp', username, secret)).toBe('allowed');
  for (let i = 0; i < 3; i++) expect(await reason(workspace, 'ftp', key.username, key.secret)).toBe('allowed');
  const part = section(page, 'Credentials');
  await expect(part).toContainText(username);
  await seen(page, part, 'Used 3 times since the change.');
  await expect(part).toContainText(key.username);
  await expectAccessible(page, 'previous credentials');

  await part.getByRole('button', { name: 'Stop previous credentials now' }).or(part.getByRole('link', { name: 'Stop previous credentials now' })).click();
  const stop = dialog(page, `Stop the previous credentials of ${key.name}?`);
  await expect(stop).toContainText('Used 3 times');
  await stop.getByRole('button', { name: 'Stop previous credentials' }).click();
  await expect(message(page, 'The previous credentials were stopped.')).toBeVisible();
  await expect(part).not.toContainText('Previous credentials still work');
  expect(await reason(workspace, 'ftp', key.username, key.secret)).toBe('key_unknown');
  expect(await reason(workspace, 'ftp', username, secret)).toBe('allowed');
  await expect(section(page, 'History')).toContainText('Previous credentials stopped');
});

test('D24 Change credentials from the Actions menu, with ones of my own, at once', async ({ page, workspace, at }) => {
  const key = await makePair(page, workspace, 'email');
  await page.goto(at('/keys'));
  await choose(page, key.name, /^Change credentials/);
  const ask = dialog(page, `Change credentials of ${key.name}`);
  await ask.getByRole('radio', { name: /^Choose my own/ }).check();
  await ask.getByLabel('API Key (user name)').fill('a b');
  await ask.getByRole('textbox', { name: 'API Secret' }).fill('short');
  await ask.getByRole('radio', { name: /^Stop now/ }).check();
  await ask.getByRole('button', { name: 'Change credentials' }).click();
  await expect(ask).toContainText('Use only the letters A to Z');
  await expect(ask.getByRole('textbox', { name: 'API Secret' })).toHaveValue('');
  await ask.getByLabel('API Key (user name)').fill('mail.box');
  await ask.getByRole('textbox', { name: 'API Secret' }).fill(chosen);
  await ask.getByRole('button', { name: 'Change credentials' }).click();
  const done = dialog(page, `New credentials of ${key.name}`);
  await expect(done).toContainText('The previous credentials no longer work.');
  expect(await page.content()).not.toContain(chosen);
  await done.getByRole('button', { name: 'Done' }).click();
  await expect(row(page, key.name)).toContainText('mail.box');
  expect(await reason(workspace, 'email', 'mail.box', chosen)).toBe('allowed');
  expect(await reason(workspace, 'email', key.username, key.secret)).toBe('key_unknown');
});

test('C20 Rotate gives a REST key a new value, and the old one its time', async ({ page, workspace, at }) => {
  const key = await makeKey(page, workspace);
  await page.goto(at('/keys'));
  await choose(page, key.name, /^Rotate/);
  const ask = dialog(page, `Rotate ${key.name}`);
  await expect(ask.getByRole('radio', { name: /^Keep working for 24 hours/ })).toBeChecked();
  await ask.getByRole('button', { name: 'Rotate' }).click();
  const done = dialog(page, `New credentials of ${key.name}`);
  const value = await done.getByRole('textbox', { name: 'API Key' }).inputValue();
  expect(value).toMatch(new RegExp(`^${keyValue.source}$`));
  await done.getByRole('button', { name: 'Done' }).click();
  await expect(row(page, key.name)).toContainText(value.slice(-4));
  for (const one of [value, key.value]) expect(await verify(workspace, { key: one, ...listData })).toMatchObject({ allowed: true, key: { name: key.name } });
  await page.goto(key.path);
  await expect(section(page, 'Credentials')).toContainText(key.value.slice(-4));
});

test('a second form that was open meanwhile changes nothing', async ({ page, workspace }) => {
  const key = await makeKey(page, workspace);
  await page.goto(`${key.path}/credentials`);
  expect((await post(page, workspace, `${key.path}/credentials`, { credential: 'token', grace: '24' })).ok()).toBe(true);
  await page.getByRole('button', { name: 'Rotate' }).click();
  await expect(page.getByText('have changed in the meantime')).toBeVisible();
});

test('D25 IP Whitelist from the Actions menu', async ({ page, workspace, at }) => {
  const key = await makePair(page, workspace, 'http');
  await page.goto(at('/keys'));
  await choose(page, key.name, 'IP Whitelist');
  const list = dialog(page, `IP Whitelist of ${key.name}`);
  await list.getByLabel('IP address or range').fill('10.1.*.*');
  await list.getByRole('button', { name: 'New IP' }).click();
  await expect(list).toContainText('Only one asterisk');
  await list.getByLabel('IP address or range').fill('10.1.*.7');
  await list.getByRole('button', { name: 'New IP' }).click();
  await expect(list.getByRole('listitem')).toHaveText(['10.1.*.7']);
  await expectAccessible(page, 'IP Whitelist in a dialog');
  await expect(row(page, key.name)).toContainText('1 address');
  expect(await reason(workspace, 'http', key.username, key.secret)).toBe('ip_denied');
  await list.getByRole('button', { name: /^Remove 10/ }).click();
  const last = dialog(page, /10\.1\.\*\.7/);
  await last.getByRole('button', { name: /^Remove/ }).click();
  await expect(list).toContainText('from any IP');
  await expect(list.getByRole('listitem')).toHaveCount(0);
  await list.getByRole('button', { name: 'Done' }).click();
  await expect(row(page, key.name)).toContainText('Any IP');
});

test('the dialogs fit a phone, in Chinese too', async ({ signedIn, fresh }) => {
  const page = await signedIn({ viewport: { width: 390, height: 844 }, workspace: fresh });
  await post(page, fresh, '/preferences', { language: 'zh-CN' });
  const key = await makePair(page, fresh, 'ftp');
  await post(page, fresh, `${key.path}/credentials`, { credential: 'pair', grace: '24' });
  const fits = async (what: string) => {
    expect(await page.evaluate(() => document.documentElement.scrollWidth), what).toBeLessThanOrEqual(390);
    await expectAccessible(page, what);
    if (process.env.KEYWICKET_SHOTS) await page.screenshot({ path: `${process.env.KEYWICKET_SHOTS}/phone-${what}.png` });
  };
  await page.goto(key.path);
  const part = section(page, '凭证');
  await part.scrollIntoViewIfNeeded();
  await expect(part).toContainText('更改后未被使用');
  await fits('credentials');
  await part.locator('#change').click();
  const ask = dialog(page, `更改 ${key.name} 的凭证`);
  await ask.getByRole('radio').nth(1).check();
  await expect(ask.getByRole('textbox')).toHaveCount(2);
  await fits('change');
  await ask.getByRole('button', { name: '取消' }).click();
  await part.locator('#stop-old-button').click();
  await expect(dialog(page, `停用 ${key.name} 的旧凭证？`)).toBeVisible();
  await fits('stop');
  await dialog(page, /停用/).getByRole('button', { name: '取消' }).click();
  await page.goto(`${fresh.path}/keys`);
  await fits('list');
  await choose2(page, 'IP 白名单');
  await expect(dialog(page, `${key.name} 的 IP 白名单`)).toBeVisible();
  await fits('whitelist');
});

/** Opens the first Action menu and presses one of its items. */
async function choose2(page: Page, item: string): Promise<void> {
  await page.locator('[id^=menu-][id$=-button]').first().click();
  await page.getByRole('menuitem', { name: item }).click();
}

test.describe('without script', () => {
  test.use({ javaScriptEnabled: false });

  test('credentials can be changed, and previous ones stopped', async ({ page, workspace }) => {
    const key = await makePair(page, workspace, 'ftp');
    await page.goto(key.path);
    await page.locator('#change').click();
    await page.getByRole('radio', { name: /^Keep working for 7 days/ }).check();
    await page.getByRole('button', { name: 'Change credentials' }).click();
    const username = await page.getByRole('textbox', { name: 'API Key' }).inputValue();
    const secret = await page.getByRole('textbox', { name: 'API Secret' }).inputValue();
    expect(await reason(workspace, 'ftp', username, secret)).toBe('allowed');
    expect(await reason(workspace, 'ftp', key.username, key.secret)).toBe('allowed');
    await page.goto(`${key.path}/whitelist`);
    await expect(page).toHaveURL(/#whitelist$/);
    await page.locator('#stop-old-button').click();
    await page.getByRole('button', { name: 'Stop previous credentials' }).click();
    await expect(page.getByText('The previous credentials were stopped.')).toBeVisible();
    expect(await reason(workspace, 'ftp', key.username, key.secret)).toBe('key_unknown');
  });
});
