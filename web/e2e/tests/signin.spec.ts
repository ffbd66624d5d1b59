import { expect, logIn, owner, test } from '../support/fixtures';
import { message, section } from '../support/keys';

test.describe('sign-in', () => {
  test.use({ storageState: { cookies: [], origins: [] } });

  test('refuses a wrong password and an unknown e-mail with the same words, and keeps the e-mail', async ({ page }) => {
    await page.goto('/login');
    const words: string[] = [];
    for (const email of [owner.email, 'nobody@larkfield.example']) {
      await page.getByLabel('E-mail').fill(email);
      await page.getByLabel('Password').fill('not the password');
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await expect(page.getByRole('alert')).toContainText('Wrong e-mail or password.');
      words.push(await page.getByRole('alert').innerText());
      await expect(page.getByLabel('E-mail')).toHaveValue(email);
      await expect(page.getByLabel('Password')).toHaveValue('');
      await expect(page.getByLabel('Password')).toBeFocused();
    }
    expect(words[0]).toBe(words[1]);
    await page.getByLabel('E-mail').fill('nobody');
    await page.getByLabel('E-mail').evaluate((field: HTMLInputElement) => field.form!.setAttribute('novalidate', ''));
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(page.getByLabel('E-mail')).toHaveAccessibleDescription(/not an e-mail address/);
  });

  test('leads back to the page that was asked for, and to no other site', async ({ page, at, workspace }) => {
    await page.goto(at('/keys?filter=disabled'));
    await expect(page).toHaveURL(/\/login\?next=/);
    await logIn(page);
    await expect(page).toHaveURL(at('/keys?filter=disabled'));
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await expect(page).toHaveURL(/\/login/);
    await expect(page.getByText('You are signed out.')).toBeVisible();
    await page.goBack();
    await expect(page).toHaveURL(/\/login/);
    for (const next of ['https://evil.example/', '//evil.example/', '/\\evil.example', 'javascript:alert(1)']) {
      await page.goto(`/login?next=${encodeURIComponent(next)}`);
      await logIn(page);
      await expect(page).toHaveURL(at('/keys'));
      expect(new URL(page.url()).origin).toBe(workspace.base);
      await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    }
  });

  test('limits guesses', async ({ fresh, page }) => {
    await page.goto(`${fresh.base}/login`);
    const guess = () =>
      page.request.post(`${fresh.base}/login`, { form: { email: owner.email, password: 'not the password' }, headers: { Origin: fresh.base } });
    let last = 422;
    let tried = 0;
    for (; last === 422 && tried < 30; tried++) last = (await guess()).status();
    expect([last, tried]).toEqual([429, 21]);
    await logIn(page);
    await expect(page.getByRole('alert')).toContainText('Too many attempts');
    await expect(page).toHaveURL(/\/login/);
  });
});

test('a session that ended leads to sign-in and back, from a press and from a page', async ({ fresh, signedIn }) => {
  const here = await signedIn({ workspace: fresh });
  const there = await signedIn({ workspace: fresh, storageState: undefined });
  await here.goto(`${fresh.path}/keys?filter=enabled`);
  await there.goto('/profile');
  await logIn(there);
  const sessions = section(there, 'Sessions');
  await expect(sessions.getByRole('listitem')).toHaveCount(2);
  await expect(sessions.getByRole('listitem').first()).toContainText('This browser');
  await sessions.getByRole('link', { name: 'Sign out everywhere' }).or(sessions.getByRole('button', { name: 'Sign out everywhere' })).click();
  await there.getByRole('dialog', { name: 'Sign out everywhere?' }).getByRole('button', { name: 'Sign out everywhere' }).click();
  await expect(there).toHaveURL(/\/login/);
  // htmx: the press leads the whole page to sign-in, not a fragment of it.
  await here.getByRole('button', { name: 'Create API Key' }).first().click();
  await expect(here).toHaveURL(/\/login\?/);
  await expect(here.getByText('Your session has ended.')).toBeVisible();
  await expect(here.getByRole('main')).toHaveCount(1);
  await logIn(here);
  await expect(here).toHaveURL(`${fresh.path}/keys?filter=enabled`);
});

test.describe('profile', () => {
  test('renames the person, and says what is wrong with a name', async ({ fresh, signedIn }) => {
    const page = await signedIn({ workspace: fresh });
    await page.goto('/profile');
    const basics = section(page, 'Basics');
    await basics.getByLabel('Your name').fill('x'.repeat(101));
    await basics.getByRole('button', { name: 'Save' }).click();
    await expect(basics.getByLabel('Your name')).toHaveAccessibleDescription(/at most 100 characters/);
    await expect(basics.getByLabel('Your name')).toHaveValue('x'.repeat(101));
    await basics.getByLabel('Your name').fill('Ada Lovelace');
    await basics.getByRole('button', { name: 'Save' }).click();
    await expect(message(page, 'Name saved')).toBeVisible();
    await page.reload();
    await expect(page.getByRole('complementary').getByText('Ada Lovelace')).toBeVisible();
  });

  test('remembers the theme for the person', async ({ fresh, signedIn }) => {
    const page = await signedIn({ workspace: fresh, colorScheme: 'light' });
    await page.goto('/profile');
    await page.getByRole('button', { name: 'Theme' }).click();
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
    await expect.poll(async () => (await page.request.get('/profile')).text()).toContain('data-theme="dark"');
    const other = await signedIn({ workspace: fresh, colorScheme: 'light' });
    await other.goto('/profile');
    await expect(other.locator('html')).toHaveAttribute('data-theme', 'dark');
    await section(other, 'Appearance').getByLabel('Theme').selectOption({ label: 'Match system' });
    await section(other, 'Appearance').getByRole('button', { name: 'Save' }).click();
    await expect(other).toHaveURL('/profile');
    await expect(other.locator('html')).not.toHaveAttribute('data-theme');
  });

  test('changes the password, and signs every other browser out', async ({ fresh, signedIn }) => {
    const page = await signedIn({ workspace: fresh });
    const other = await signedIn({ workspace: fresh, storageState: undefined });
    await other.goto('/profile');
    await logIn(other);
    await page.goto('/profile');
    const part = section(page, 'Password');
    const change = async (current: string, next: string, again = next) => {
      await part.getByLabel('Current password').fill(current);
      await part.getByLabel('New password', { exact: true }).fill(next);
      await part.getByLabel('Confirm new password').fill(again);
      await part.getByRole('button', { name: 'Change password' }).click();
    };
    const next = 'seven quiet harbour cranes';
    await change('not the password', next);
    await expect(part.getByLabel('Current password')).toHaveAccessibleDescription(/not your current password/);
    await change(owner.password, 'short');
    await expect(part.getByLabel('New password', { exact: true })).toHaveAccessibleDescription(/at least 12 characters/);
    await change(owner.password, 'passwordpassword');
    await expect(part.getByLabel('New password', { exact: true })).toHaveAccessibleDescription(/easy to guess/);
    await change(owner.password, next, `${next}!`);
    await expect(part.getByLabel('Confirm new password')).toHaveAccessibleDescription(/do not match/);
    await change(owner.password, next);
    await expect(message(page, 'Password changed.')).toBeVisible();
    await page.reload();
    await expect(page).toHaveURL('/profile');
    await other.reload();
    await expect(other).toHaveURL(/\/login/);
    await logIn(other);
    await expect(other.getByRole('alert')).toContainText('Wrong e-mail or password');
    await logIn(other, next);
    await expect(other).toHaveURL('/profile');
  });
});
