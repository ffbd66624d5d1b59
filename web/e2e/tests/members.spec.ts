import { randomUUID } from 'node:crypto';
import { expect, expectAccessible, logIn, owner, test } from '../support/fixtures';
import { choose, makeKey, message, post, row, verify, listData } from '../support/keys';
import { invite, joinAsNew, newPerson, strong } from '../support/people';

test('invites by a link, which lets one person in', async ({ page, workspace, at, signedIn }) => {
  const name = `Nina ${randomUUID().slice(0, 8)}`;
  await page.goto(at('/settings/members'));
  await expect(page.getByRole('row').filter({ hasText: owner.email })).toContainText('Owner');
  await page.getByRole('link', { name: 'Invite member' }).click();
  const dialog = page.getByRole('dialog', { name: 'Invite member' });
  await expectAccessible(page, 'invite dialog');
  await dialog.getByRole('radio', { name: /^Admin/ }).check();
  await dialog.getByLabel('E-mail').fill('no address');
  await dialog.locator('form').evaluate((f: HTMLFormElement) => (f.noValidate = true));
  await dialog.getByRole('button', { name: 'Create invitation' }).click();
  await expect(dialog.getByLabel('E-mail')).toHaveAccessibleDescription(/not an e-mail address/);
  await expect(dialog.getByRole('radio', { name: /^Admin/ })).toBeChecked();
  await dialog.getByLabel('E-mail').fill('');
  await dialog.getByRole('button', { name: 'Create invitation' }).click();
  const made = page.getByRole('dialog', { name: 'Invitation created' });
  const field = made.getByRole('textbox', { name: 'Invitation link' });
  await expect(field).toHaveValue(new RegExp(`^${workspace.base}/invite/`));
  const link = await field.inputValue();
  await page.context().grantPermissions(['clipboard-write'], { origin: workspace.base });
  await made.getByRole('button', { name: /Copy/ }).click();
  await expect(message(page, 'Copied')).toBeVisible();
  await expectAccessible(page, 'invitation created');
  await made.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'Shared link' })).toContainText('Admin');

  const nina = await signedIn({ storageState: { cookies: [], origins: [] } });
  await nina.goto(link);
  await expect(nina.getByRole('heading', { level: 1 })).toHaveText(`Join ${owner.account}`);
  await expectAccessible(nina, 'invitation');
  await joinAsNew(nina, name, `${randomUUID()}@larkfield.example`);
  await expect(nina).toHaveURL(at('/keys'));
  await expect(message(nina, `Welcome to ${owner.account}`)).toBeVisible();
  await nina.goto(at('/settings/members'));
  await expect(nina.getByRole('row').filter({ hasText: name })).toContainText('You');
  await nina.goto(link);
  await expect(nina.getByRole('heading', { level: 1 })).toHaveText('This invitation no longer works');
  await page.reload();
  await expect(row(page, name)).toContainText('Admin');
});

test('withdraws an invitation', async ({ page, workspace, at, signedIn }) => {
  const link = await invite(page, workspace, 'member', `${randomUUID().slice(0, 8)}@larkfield.example`);
  await page.goto(at('/settings/members'));
  const open = page.getByRole('table', { name: 'Pending invitations' }).getByRole('row').nth(1);
  await open.getByRole('button', { name: 'Withdraw' }).click();
  await expect(message(page, 'Invitation withdrawn.')).toBeVisible();
  const visitor = await signedIn({ storageState: { cookies: [], origins: [] } });
  await visitor.goto(link);
  await expect(visitor.getByRole('main')).toContainText('Ask for a new one');
});

test('somebody who is already a member is told so, also after signing in', async ({ fresh, browser, signedIn }) => {
  const host = await signedIn({ workspace: fresh });
  const nina = await newPerson(browser, host, fresh, 'admin');
  const link = await invite(host, fresh, 'member');
  await nina.page.goto(link);
  await expect(nina.page.getByRole('main')).toContainText('You are already a member');
  await nina.page.getByRole('link', { name: `Open ${owner.account}` }).click();
  await expect(nina.page).toHaveURL(new RegExp(`${fresh.path}/keys`));
  await nina.page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await nina.page.goto(link);
  await nina.page.getByRole('link', { name: 'Sign in and join' }).click();
  await nina.page.getByLabel('E-mail').fill(nina.email);
  await nina.page.getByLabel('Password').fill(strong);
  await nina.page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(nina.page).toHaveURL(link);
  expect(nina.faults).toEqual([]);
  await nina.context.close();
});

test('a Member has only their own keys', async ({ page, workspace, at, browser }) => {
  const mark = randomUUID().slice(0, 8);
  const theirs = await makeKey(page, workspace, `Of the owner ${mark}`);
  const nina = await newPerson(browser, page, workspace, 'member');
  const own = await makeKey(nina.page, workspace, `Of Nina ${mark}`);
  const p = nina.page;
  await p.goto(at('/keys'));
  await expect(row(p, own.name)).toBeVisible();
  await expect(row(p, theirs.name)).toHaveCount(0);
  for (const entry of ['Account', 'Members']) await expect(p.getByRole('complementary').getByRole('link', { name: entry, exact: true })).toHaveCount(0);
  await p.goto(at(`/keys?q=${mark}`));
  await expect(p.getByRole('row').filter({ hasText: mark })).toHaveCount(1);
  for (const path of [theirs.path, `${theirs.path}/delete`, at(`/keys?q=${theirs.value}`)]) {
    const answer = await p.request.get(workspace.base + path);
    expect.soft(await answer.text(), path).not.toContain(theirs.name);
  }
  for (const path of [at('/audit'), at('/apps'), at('/catalogue'), at('/tester'), at('/keys?all=1')]) {
    const answer = await p.request.get(workspace.base + path);
    expect.soft(await answer.text(), path).not.toContain(theirs.name);
    expect.soft(await answer.text(), path).not.toContain(theirs.sid);
  }
  for (const action of ['reveal', 'copy', 'status', 'delete', 'basics']) {
    expect.soft((await post(p, workspace, `${theirs.path}/${action}`, { enabled: '0', name: 'x', idempotency_key: 'x' })).status(), action).toBe(404);
  }
  for (const path of ['/settings/members', '/settings/account']) {
    expect.soft((await p.request.get(workspace.base + at(path))).status(), path).toBe(403);
  }
  await page.goto(at(`/keys?q=${mark}`));
  await expect(page.getByRole('row').filter({ hasText: mark })).toHaveCount(2);
  expect(nina.faults).toEqual([]);
  await nina.context.close();
});

test('disabling ends the sessions at once, and hands the keys over', async ({ page, workspace, at, browser }) => {
  const nina = await newPerson(browser, page, workspace, 'member');
  const key = await makeKey(nina.page, workspace, `Handed over ${randomUUID().slice(0, 8)}`);
  await nina.page.goto(at('/keys'));
  await page.goto(at('/settings/members'));
  await expect(row(page, nina.name)).toContainText('1 key');
  await choose(page, nina.name, 'Disable');
  const dialog = page.getByRole('dialog', { name: `Disable “${nina.name}”?` });
  await expect(dialog).toContainText('signed out everywhere at once');
  await expectAccessible(page, 'disable dialog');
  await dialog.getByRole('radio', { name: /^Transfer them/ }).check();
  await dialog.getByLabel('New owner of the keys').selectOption({ label: `${owner.name} · ${owner.email}` });
  await dialog.getByRole('button', { name: 'Disable' }).click();
  await expect(message(page, `${nina.name} is disabled and signed out.`)).toBeVisible();
  await expect(row(page, nina.name)).toContainText('Disabled');
  await nina.page.reload();
  await expect(nina.page).toHaveURL(/\/login/);
  expect(await verify(workspace, { key: key.value, ...listData })).toMatchObject({ allowed: true });
  await page.goto(key.path);
  await expect(page.getByRole('heading', { level: 1 })).toContainText(key.name);

  await page.goto(at('/settings/members'));
  await choose(page, nina.name, 'Enable');
  await expect(row(page, nina.name)).toContainText('Active');
  await choose(page, nina.name, 'Remove');
  const remove = page.getByRole('dialog', { name: `Remove “${nina.name}”?` });
  await expect(remove).toContainText('None of their keys are affected.');
  await remove.getByRole('button', { name: 'Remove' }).click();
  await expect(message(page, `${nina.name} was removed and signed out.`)).toBeVisible();
  await expect(row(page, nina.name)).toHaveCount(0);
  await nina.page.getByLabel('E-mail').fill(nina.email);
  await nina.page.getByLabel('Password').fill(strong);
  await nina.page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await nina.page.goto('/');
  await expect(nina.page.getByRole('main')).toContainText('You are not in any account');
  await expectAccessible(nina.page, 'no account');
  await nina.context.close();
});

test('the keys of whoever is removed can be disabled', async ({ page, workspace, at, browser }) => {
  const nina = await newPerson(browser, page, workspace, 'member');
  const key = await makeKey(nina.page, workspace);
  await page.goto(at('/settings/members'));
  await choose(page, nina.name, 'Remove');
  const dialog = page.getByRole('dialog', { name: `Remove “${nina.name}”?` });
  await dialog.getByRole('radio', { name: /^Disable them/ }).check();
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await expect(row(page, nina.name)).toHaveCount(0);
  expect(await verify(workspace, { key: key.value, ...listData })).toMatchObject({ allowed: false, reason: 'key_disabled' });
  await nina.context.close();
});

test('roles: an Admin is made an Owner, and the last Owner stays', async ({ fresh, signedIn, browser }) => {
  const page = await signedIn({ workspace: fresh });
  const nina = await newPerson(browser, page, fresh, 'admin');
  await nina.page.goto(`${fresh.path}/settings/members`);
  await expect(nina.page.getByRole('button', { name: `Action for ${owner.name}` })).toHaveCount(0);
  await expect(nina.page.getByRole('main')).toContainText('Only an Owner can change Owners');
  await page.goto(`${fresh.path}/settings/members`);
  await choose(page, owner.name, 'Change role');
  const mine = page.getByRole('dialog', { name: `Role of “${owner.name}”` });
  await mine.getByRole('radio', { name: /^Member/ }).check();
  await mine.getByRole('button', { name: 'Save' }).click();
  await expect(mine.getByRole('alert')).toContainText('last Owner');
  await mine.getByRole('button', { name: 'Cancel' }).click();
  await choose(page, nina.name, 'Change role');
  const dialog = page.getByRole('dialog', { name: `Role of “${nina.name}”` });
  await dialog.getByRole('radio', { name: /^Owner/ }).check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(message(page, `${nina.name} is now Owner.`)).toBeVisible();
  await nina.page.reload();
  await expect(nina.page.getByRole('button', { name: `Action for ${owner.name}` })).toBeVisible();
  await nina.context.close();
});

test('in Chinese, and on a phone', async ({ fresh, signedIn, browser }) => {
  const host = await signedIn({ workspace: fresh });
  const nina = await newPerson(browser, host, fresh, 'member');
  await invite(host, fresh, 'admin', 'li@larkfield.example');
  const li = await newPerson(browser, host, fresh, 'admin', { locale: 'zh-CN', viewport: { width: 390, height: 844 } });
  const page = li.page;
  await page.goto(`${fresh.path}/settings/members`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('成员');
  for (const text of [nina.name, nina.email, 'li@larkfield.example', '有效', '管理员']) await expect(page.getByRole('main')).toContainText(text);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await expectAccessible(page, 'members, phone, Chinese');
  await page.getByRole('button', { name: `${nina.name} 的操作` }).click();
  await page.getByRole('menuitem', { name: '移除' }).click();
  await expect(page.getByRole('dialog')).toContainText('将立即在所有设备上退出登录');
  await expectAccessible(page, 'remove, phone, Chinese');
  expect(li.faults).toEqual([]);
  await li.context.close();
  await nina.context.close();
});

test.describe('without script', () => {
  test.use({ javaScriptEnabled: false });

  test('invites, joins, changes a role and removes', async ({ page, at, signedIn }) => {
    const name = `Nora ${randomUUID().slice(0, 8)}`;
    await page.goto(at('/settings/members'));
    await page.getByRole('link', { name: 'Invite member' }).click();
    await page.getByRole('button', { name: 'Create invitation' }).click();
    const link = await page.getByRole('textbox', { name: 'Invitation link' }).inputValue();
    const nora = await signedIn({ storageState: { cookies: [], origins: [] }, javaScriptEnabled: false });
    await nora.goto(link);
    await joinAsNew(nora, name, `${randomUUID()}@larkfield.example`);
    await expect(nora).toHaveURL(at('/keys'));
    await page.goto(at('/settings/members'));
    await choose(page, name, 'Change role');
    await page.getByRole('radio', { name: /^Admin/ }).check();
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(row(page, name)).toContainText('Admin');
    await choose(page, name, 'Remove');
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await expect(row(page, name)).toHaveCount(0);
    await nora.goto(at('/keys'));
    await expect(nora).toHaveURL(/\/login/);
  });
});

test('without mail, a forgotten password is a matter of the command line', async ({ signedIn, fresh }) => {
  const visitor = await signedIn({ workspace: fresh, storageState: { cookies: [], origins: [] } });
  await visitor.goto('/forgot');
  await expect(visitor.getByRole('main')).toContainText('keywicket admin reset-password');
  await expectAccessible(visitor, 'forgotten password');
  await visitor.goto('/login');
  await expect(visitor.getByRole('main')).toContainText('keywicket admin reset-password');
  await logIn(visitor);
  await expect(visitor).toHaveURL(/\/keys/);
});
