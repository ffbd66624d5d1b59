import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { Page } from '@playwright/test';
import { expect, expectAccessible, logIn, newWorkspace, owner, test, Workspace } from '../support/fixtures';
import { makeKey, message, post, section } from '../support/keys';

// Several browsers and servers in each test.
test.describe.configure({ timeout: 90_000 });

/** The code that an authenticator app shows for a secret. */
function appCode(secret: string, steps = 0): string {
  const bits = [...secret.replace(/\s/g, '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g)!.map((b) => parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + steps));
  const mac = createHmac('sha1', key).update(counter).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1e6).padStart(6, '0');
}

/** Words of both interfaces. */
const words = {
  'en-US': { app: 'Authenticator app', setUp: 'Set up an app', code: 'Code from the app', on: 'Turn on', close: 'Close', kept: 'Yes, I saved them', copy: 'Copy the recovery codes', left: '10 of 10 left', logIn: 'Sign in', email: 'E-mail', password: 'Password', step: 'One more step' },
  'zh-CN': { app: '身份验证器应用', setUp: '设置应用', code: '应用中的验证码', on: '启用', close: '关闭', kept: '是，已保存', copy: '复制恢复码', left: '剩余 10 / 10', logIn: '登录', email: '邮箱', password: '密码', step: '还差一步' },
} as const;

/** Sets an authenticator app up in the profile. */
async function setUpApp(page: Page, w: (typeof words)['en-US' | 'zh-CN'] = words['en-US']): Promise<{ secret: string; codes: string[] }> {
  await page.goto('/profile');
  await section(page, w.app).getByRole('button', { name: w.setUp }).click();
  const dialog = page.getByRole('dialog', { name: w.setUp });
  const secret = (await dialog.locator('#totp-secret').innerText()).replace(/\s/g, '');
  await dialog.getByLabel(w.code).fill(appCode(secret));
  await expectAccessible(page, 'set-up of an app');
  await dialog.getByRole('button', { name: w.on }).click();
  await expect(page.locator('#recovery-list')).toBeVisible();
  const codes = (await page.locator('#recovery-list').innerText()).split(/\s+/);
  return { secret, codes };
}

/** Lets the time since everybody's last proof go by. */
function forgetProofs(w: Workspace): void {
  execFileSync('sqlite3', ['-cmd', '.timeout 10000', join(w.data, 'keywicket.db'), "UPDATE sessions SET reauth_at = '2020-01-01 00:00:00+00:00'"]);
}

test.describe('ask again', () => {
  test('a dialog over what was pressed, which is pressed once more after the proof', async ({ fresh, signedIn }) => {
    const page = await signedIn({ workspace: fresh });
    const key = await makeKey(page, fresh, 'Warehouse');
    expect((await post(page, fresh, `${fresh.path}/settings/account/again`, { require_reauth: '1' })).ok()).toBe(true);
    forgetProofs(fresh);
    await page.goto(key.path);
    const show = page.getByRole('button', { name: /^Show / }).first();
    await show.click();
    const dialog = page.getByRole('dialog', { name: 'Confirm your identity' });
    await expect(dialog.getByLabel('Password')).toBeFocused();
    await expectAccessible(page, 'ask again');
    await dialog.getByLabel('Password').fill('not the password');
    await dialog.getByRole('button', { name: 'Continue' }).click();
    await expect(dialog.getByLabel('Password')).toHaveAccessibleDescription(/not your current password/);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await expect(dialog).toBeHidden();
    await expect(show).toBeFocused();
    await expect(page.getByText(key.value)).toHaveCount(0);
    await show.click();
    await dialog.getByLabel('Password').fill(owner.password);
    await dialog.getByRole('button', { name: 'Continue' }).click();
    await expect(page.getByText(key.value)).toBeVisible();
    await expect(dialog).toBeHidden();

    forgetProofs(fresh);
    await page.reload();
    await page.getByRole('button', { name: /^Copy the API Key/ }).first().click();
    await dialog.getByLabel('Password').fill(owner.password);
    await page.keyboard.press('Enter');
    await expect(message(page, 'Copied')).toBeVisible();
    await expect(dialog).toBeHidden();
  });

  test('a page without script, which leads back', async ({ fresh, signedIn }) => {
    const page = await signedIn({ workspace: fresh, javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
    const key = await makeKey(page, fresh, 'Warehouse');
    await post(page, fresh, `${fresh.path}/settings/account/again`, { require_reauth: '1' });
    forgetProofs(fresh);
    await page.goto(key.path);
    await page.getByRole('button', { name: /^Show / }).first().click();
    await expect(page.getByRole('heading', { name: 'Confirm your identity' })).toBeVisible();
    await page.getByLabel('Password').fill(owner.password);
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect(page).toHaveURL(key.path);
    await page.getByRole('button', { name: /^Show / }).first().click();
    await expect.poll(() => page.content()).toContain(key.value);
  });
});

for (const [locale, w] of Object.entries(words) as ['en-US' | 'zh-CN', (typeof words)['en-US']][]) {
  test(`an authenticator app, ${locale}`, async ({ fresh, signedIn }) => {
    execFileSync('sqlite3', ['-cmd', '.timeout 10000', join(fresh.data, 'keywicket.db'), "UPDATE users SET language = ''"]);
    const page = await signedIn({ workspace: fresh, locale, viewport: { width: 390, height: 844 } });
    const { secret, codes } = await setUpApp(page, w);
    expect(codes).toHaveLength(10);
    await expectAccessible(page, 'recovery codes');
    await page.getByRole('button', { name: w.copy }).click();
    await expect(message(page, /Copied|已复制/)).toBeVisible();
    const download = page.waitForEvent('download');
    await page.getByRole('dialog').getByRole('link').first().click();
    expect((await download).suggestedFilename()).toBe('keywicket-recovery-codes.txt');
    // It is shown once: leaving asks whether it is kept, and what is pressed then counts.
    await page.getByRole('dialog').getByRole('button', { name: w.close, exact: true }).click();
    await expectAccessible(page, 'are the codes kept');
    await page.getByRole('button', { name: w.kept }).click();
    await expect(page.getByRole('dialog')).toBeHidden();
    await expect(section(page, w.app).getByText(w.left)).toBeVisible();
    await expectAccessible(page, 'profile with an app');
    expect(await page.content()).not.toContain(codes[0]);

    for (const code of [() => appCode(secret, 1), () => codes[4].toUpperCase()]) {
      const other = await signedIn({ workspace: fresh, locale, storageState: undefined, viewport: { width: 390, height: 844 } });
      await other.goto('/profile');
      await other.getByLabel(w.email).fill(owner.email);
      await other.getByLabel(w.password).fill(owner.password);
      await other.getByRole('button', { name: w.logIn, exact: true }).click();
      await expect(other.getByRole('heading', { name: w.step })).toBeVisible();
      await expectAccessible(other, 'one more step');
      const field = other.getByRole('textbox');
      await expect(field).toBeFocused();
      await field.fill('000000');
      await field.press('Enter');
      await expect(field).toHaveAttribute('aria-invalid', 'true');
      await field.fill(code());
      await field.press('Enter');
      await expect(other).toHaveURL('/profile');
    }
    await page.reload();
    await expect(section(page, w.app).getByText(w.left.replace('10', '9'))).toBeVisible();
  });
}

test('an operator lets a person in again', async ({ fresh, signedIn }) => {
  const page = await signedIn({ workspace: fresh });
  await setUpApp(page);
  expect(fresh.run('admin', 'reset-2fa', '--email', owner.email)).toContain('password alone');
  await page.goto('/profile');
  await logIn(page);
  await expect(page).toHaveURL('/profile');
  await expect(section(page, 'Authenticator app').getByRole('button', { name: 'Set up an app' })).toBeVisible();
});

/** Gives the page a device that makes passkeys, and unlocks them by itself. */
async function withDevice(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
}

test('a passkey is made, signs in, proves who somebody is, and is removed', async ({ browser, signedIn }) => {
  const w = await newWorkspace(browser, { host: 'localhost' });
  try {
    const page = await signedIn({ workspace: w, viewport: { width: 390, height: 844 } });
    await withDevice(page);
    await page.goto('/profile');
    const passkeys = section(page, 'Passkeys');
    await passkeys.getByLabel('Name of the new passkey').fill('My laptop');
    await passkeys.getByRole('button', { name: 'Add a passkey' }).click();
    await expect(message(page, 'Passkey added')).toBeVisible();
    await expect(passkeys.getByRole('listitem')).toHaveText(/My laptop.*Last used\s*Never/);
    await expectAccessible(page, 'profile with a passkey');
    // The same device makes no second one.
    await passkeys.getByRole('button', { name: 'Add a passkey' }).click();
    await expect(message(page, /already has a passkey for you/)).toBeVisible();

    await page.context().clearCookies();
    await page.goto('/profile');
    await expectAccessible(page, 'sign-in with a passkey');
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await expect(page).toHaveURL('/profile');
    await expect(passkeys.getByRole('listitem')).not.toContainText('Never');

    // The proof goes on with what was pressed.
    forgetProofs(w);
    await section(page, 'Authenticator app').getByRole('button', { name: 'Set up an app' }).click();
    const ask = page.getByRole('dialog', { name: 'Confirm your identity' });
    await expectAccessible(page, 'ask again with a passkey');
    await ask.getByRole('button', { name: 'Use a passkey' }).click();
    await expect(page.getByRole('dialog', { name: 'Set up an app' })).toBeVisible();
    await page.getByRole('dialog', { name: 'Set up an app' }).getByRole('button', { name: 'Cancel' }).click();

    // Making one asks too, by script, and goes on.
    forgetProofs(w);
    await passkeys.getByRole('button', { name: 'Add a passkey' }).click();
    await ask.getByLabel('Password').fill(owner.password);
    await ask.getByRole('button', { name: 'Continue' }).click();
    await expect(message(page, /already has a passkey for you/)).toBeVisible();

    await passkeys.getByRole('button', { name: 'Remove My laptop' }).or(passkeys.getByRole('link', { name: 'Remove My laptop' })).click();
    await page.getByRole('dialog', { name: 'Remove the passkey My laptop?' }).getByRole('button', { name: 'Remove' }).click();
    await expect(message(page, 'Passkey removed')).toBeVisible();
    await expect(passkeys.getByText('You have no passkeys yet.')).toBeVisible();
    await page.context().clearCookies();
    await page.goto('/login');
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await expect(page.getByRole('alert')).toContainText('cannot sign you in here');
  } finally {
    await w.stop();
  }
});

test('a device without passkeys, and an address without them', async ({ browser, signedIn, fresh }) => {
  const w = await newWorkspace(browser, { host: 'localhost' });
  try {
    const page = await signedIn({ workspace: w });
    const session = await page.context().newCDPSession(page);
    await session.send('WebAuthn.enable'); // and no device
    await page.context().clearCookies();
    await page.goto('/login');
    const dismissed = page.getByRole('button', { name: 'Sign in with a passkey' });
    await page.evaluate(() => { navigator.credentials.get = () => Promise.reject(new DOMException('', 'NotAllowedError')); });
    await dismissed.click();
    await expect(message(page, /did not provide a passkey/)).toBeVisible();
    await expect(dismissed).toBeEnabled();
  } finally {
    await w.stop();
  }
  const numbered = await signedIn({ workspace: fresh });
  await numbered.goto('/profile');
  await expect(section(numbered, 'Passkeys')).toContainText('only for https:// sites');
  await expect(section(numbered, 'Passkeys').getByRole('button')).toHaveCount(0);
});

test('single sign-on is offered, and says when the provider does not answer', async ({ browser }) => {
  const w = await newWorkspace(browser, { flags: ['--oidc-issuer', 'http://127.0.0.1:9', '--oidc-client-id', 'keywicket', '--oidc-name', 'Larkfield ID'] });
  try {
    for (const locale of ['en-US', 'zh-CN'] as const) {
      // A context of its own: the browser calls a 503 an error.
      const context = await browser.newContext({ baseURL: w.base, locale, viewport: { width: 390, height: 844 } });
      const page = await context.newPage();
      await page.goto('/login?next=/profile');
      await expectAccessible(page, 'sign-in with single sign-on');
      await page.getByRole('link', { name: /Larkfield ID/ }).click();
      await expect(page.getByRole('alert')).toContainText(/Larkfield ID (is not responding|暂时没有响应)/);
      await page.getByLabel(words[locale].email).fill(owner.email);
      await page.getByLabel(words[locale].password).fill(owner.password);
      await page.getByRole('button', { name: words[locale].logIn, exact: true }).click();
      await expect(page).toHaveURL('/profile');
      await context.close();
    }
  } finally {
    await w.stop();
  }
});
