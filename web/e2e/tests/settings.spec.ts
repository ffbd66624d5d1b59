import { expect, test } from '../support/fixtures';
import { listData, makeKey, message, row, section, verify } from '../support/keys';

test('the account: its name, and the policies that the gate keeps at once', async ({ fresh, signedIn }) => {
  const page = await signedIn({ workspace: fresh });
  const key = await makeKey(page, fresh);
  await page.goto('/');
  await page.getByRole('complementary', { name: 'Left panel' }).getByRole('link', { name: 'Account', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Account');
  const name = section(page, 'Name');
  await name.getByLabel('Account name').fill('x'.repeat(101));
  await name.getByRole('button', { name: 'Save' }).click();
  await expect(name.getByLabel('Account name')).toHaveAccessibleDescription(/at most 100 characters/);
  await name.getByLabel('Account name').fill('Larkfield Trading');
  await name.getByRole('button', { name: 'Save' }).click();
  await expect(message(page, 'Settings saved')).toBeVisible();
  await page.reload();
  await expect(page.getByRole('complementary')).toContainText('Larkfield Trading');

  const unknown = { key: key.value, ...listData, path: '/elsewhere' };
  expect((await verify(fresh, unknown)).reason).toBe('api_unknown');
  const gate = section(page, 'Gate');
  await gate.getByRole('checkbox', { name: /^Allow APIs outside the catalogue/ }).check();
  await gate.getByRole('button', { name: 'Save' }).click();
  await expect(gate).toContainText('allows a path outside the catalogue for keys with All APIs');
  expect((await verify(fresh, unknown)).reason).toBe('allowed');

  const limit = section(page, 'Rate limit');
  await limit.getByLabel('Requests per second').fill('lots');
  await limit.getByRole('button', { name: 'Save' }).click();
  await expect(limit.getByLabel('Requests per second')).toHaveAccessibleDescription(/Enter a whole number/);
  await limit.getByLabel('Requests per second').fill('50');
  await limit.getByRole('button', { name: 'Save' }).click();
  await expect(limit).toContainText('At most 50 requests per second');

  const denied = () =>
    fetch(`${fresh.gate}/auth/nginx`, { headers: { 'X-Original-URI': listData.path, 'X-Original-Method': 'POST', 'X-Real-IP': '203.0.113.7', Authorization: `Bearer ${key.value}` } });
  expect(await (await denied()).json()).toMatchObject({ reason: 'app_undetermined' });
  const errors = section(page, 'Error body');
  await errors.getByRole('radio', { name: /^Code and msg/ }).check();
  await errors.getByRole('button', { name: 'Save' }).click();
  await expect.poll(async () => (await denied()).json()).toMatchObject({ code: 17053 });
});

test('Show once: the value is in the answer that makes the key, and never again', async ({ fresh, signedIn }) => {
  const page = await signedIn({ workspace: fresh });
  const before = await makeKey(page, fresh);
  await page.goto(`${fresh.path}/settings/account`);
  const keys = section(page, 'Key visibility');
  await keys.getByRole('radio', { name: /^Show once/ }).check();
  await keys.getByRole('button', { name: 'Save' }).click();
  await expect(message(page, 'Settings saved')).toBeVisible();
  await page.goto(`${fresh.path}/keys`);
  await page.getByRole('button', { name: 'Create API Key' }).click();
  const dialog = page.getByRole('dialog', { name: 'API key created' });
  await expect(dialog).toContainText('You will not see it again.');
  const name = (await dialog.getByRole('link').innerText()).trim();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeVisible();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await dialog.getByRole('button', { name: 'Yes, I stored it' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('button', { name: `Show the API Key of ${name}`, exact: true })).toHaveCount(0);
  await expect(row(page, name)).toContainText('Shown once');
  await expect(page.getByRole('button', { name: `Show the API Key of ${before.name}`, exact: true })).toBeVisible();
  await page.getByRole('link', { name, exact: true }).click();
  await expect(section(page, 'Basics')).toContainText('is not stored');
});

test.describe('without script', () => {
  test('settings and audit', async ({ fresh, signedIn }) => {
    const page = await signedIn({ workspace: fresh, javaScriptEnabled: false });
    await page.goto(`${fresh.path}/settings/account`);
    const name = section(page, 'Name');
    await name.getByLabel('Account name').fill('Larkfield & Sons');
    await name.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('main')).toContainText('Settings saved');
    await expect(page.getByRole('complementary')).toContainText('Larkfield & Sons');
    await page.goto(`${fresh.path}/audit`);
    await page.getByLabel('Event').selectOption({ label: 'Settings changed' });
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await expect(page.getByRole('row')).toHaveCount(2);
    await expect(page.getByRole('table', { name: 'Audit' })).toContainText('Larkfield & Sons');
  });
});
