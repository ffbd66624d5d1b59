import { randomUUID } from 'node:crypto';
import { expect, owner, test } from '../support/fixtures';
import { keyValue, makeApps, makeKey, post, row } from '../support/keys';

test('has each thing that was done, with before and after, and never a value', async ({ page, workspace, at }) => {
  const key = await makeKey(page, workspace, undefined, ['10.1.2.3']);
  const first = key.name;
  await post(page, workspace, `${key.path}/basics`, { name: `${first} renamed`, description: '', expires_at: '' });
  await post(page, workspace, `${key.path}/reveal`);
  await post(page, workspace, `${key.path}/apps`, { mode: 'some' });
  await post(page, workspace, `${key.path}/status`, { enabled: '0' });
  await post(page, workspace, `${key.path}/status`, { enabled: '1' });
  await post(page, workspace, `${key.path}/status`, { enabled: '0' });
  await post(page, workspace, `${key.path}/delete`);
  await page.goto(at('/audit'));
  await page.getByRole('searchbox', { name: 'Target' }).fill(key.sid);
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await expect(page).toHaveURL(new RegExp(`target=${key.sid}`));
  const table = page.getByRole('table', { name: 'Audit' });
  await expect(table.getByRole('row').first()).toBeVisible();
  const events = (await table.locator('tbody code').allInnerTexts()).filter((t) => t.startsWith('api.key.'));
  expect(events).toEqual([
    'api.key.delete', 'api.key.disable', 'api.key.enable', 'api.key.disable', 'api.key.update', 'api.key.reveal', 'api.key.update',
    'api.key.update', 'api.key.update', 'api.key.create',
  ]);
  await expect(table).toContainText(owner.name);
  await expect(table).toContainText('127.0.0.1');
  await expect(table).toContainText(`${first} renamed`);
  await expect(table).toContainText('10.1.2.3');
  await expect(table).toContainText('Some Apps');
  expect(await page.content()).not.toMatch(keyValue);
});

test('filters by event, person and day, keeps them in the address, and pages', async ({ page, workspace, at }) => {
  const id = randomUUID().slice(0, 8);
  await makeApps(page, workspace, `audit-${id}`);
  for (let n = 0; n < 6; n++) await makeKey(page, workspace);
  await page.goto(at('/audit'));
  await page.getByLabel('Event').selectOption({ label: 'App added' });
  await page.getByRole('searchbox', { name: 'Target' }).fill(id);
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await expect(page.getByRole('row')).toHaveCount(2);
  await expect(page).toHaveURL(/event=app\.create/);
  await page.reload();
  await expect(page.getByLabel('Event')).toHaveValue('app.create');
  await expect(page.getByRole('row')).toHaveCount(2);
  await page.getByRole('searchbox', { name: 'Who' }).fill('nobody of this name');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Nothing found' })).toBeVisible();
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  await expect(page).toHaveURL(at('/audit'));
  await page.getByLabel('From day').fill('2030-01-02');
  await page.getByLabel('To day').fill('2030-01-01');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await expect(page.getByText('The last day is before the first day.')).toBeVisible();
  await page.goto(at('/audit?event=api.key.'));
  await expect(page.getByRole('table', { name: 'Audit' })).toBeVisible();
  const key = await makeKey(page, workspace);
  await page.goto(at('/audit'));
  await row(page, key.name).first().getByRole('link', { name: key.name }).click();
  await expect(page).toHaveURL(key.path);
});

test('log-ins stand there, and the chain is whole', async ({ fresh, signedIn }) => {
  const page = await signedIn({ workspace: fresh });
  await page.request.post(`${fresh.base}/login`, { form: { email: owner.email, password: 'not the password' }, headers: { Origin: fresh.base } });
  await makeKey(page, fresh);
  await page.goto(`${fresh.path}/audit`);
  await expect(page.getByRole('table', { name: 'Audit' })).toContainText('Sign-in failed');
  expect(await page.content()).not.toContain('not the password');
  expect(fresh.run('audit', 'verify')).toMatch(/\d+ rows/);
});

test('200 rows come in pages', async ({ fresh, signedIn }) => {
  const page = await signedIn({ workspace: fresh });
  const key = await makeKey(page, fresh);
  for (let n = 0; n < 60; n++) await post(page, fresh, `${key.path}/status`, { enabled: String(n % 2) });
  await page.goto(`${fresh.path}/audit`);
  await expect(page.getByRole('navigation', { name: 'Pages' })).toContainText(/1–50 of \d\d/);
  await page.getByRole('link', { name: 'Next' }).click();
  await expect(page).toHaveURL(/page=2/);
  await expect(page.getByRole('navigation', { name: 'Pages' })).toContainText(/51–/);
});
