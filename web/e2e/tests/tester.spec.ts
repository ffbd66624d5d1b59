import { Page } from '@playwright/test';
import { expect, test } from '../support/fixtures';
import { choose, listData, makeKey, post, setEnabled, verify } from '../support/keys';

/** What the Tester asks, in the words of its form. */
interface Ask {
  path?: string;
  app?: string;
  ip?: string;
  plugin?: boolean;
  channel?: string;
}

const decision = (page: Page) => page.getByRole('region', { name: 'Decision' });

async function ask(page: Page, a: Ask): Promise<void> {
  await page.getByRole('radio', { name: 'Method and path' }).check();
  await page.getByLabel('Path', { exact: true }).fill(a.path ?? listData.path);
  await page.getByLabel('App id').fill(a.app ?? '');
  await page.getByLabel('IP address').fill(a.ip ?? '');
  await page.getByLabel('Caller').selectOption(a.plugin ? 'A plugin' : 'Not a plugin');
  await page.getByLabel('Channel').selectOption({ label: a.channel ?? 'REST' });
  await Promise.all([page.waitForResponse((r) => r.request().method() === 'POST'), page.getByRole('button', { name: 'Test', exact: true }).click()]);
}

/** The reasons of the failed checks, as the page lists them. */
async function failed(page: Page): Promise<string[]> {
  return decision(page).locator('li[data-check].check-failed').evaluateAll((all) => all.map((n) => n.getAttribute('data-check')!));
}

test('says the same as the gate, for every reason, in words', async ({ page, workspace }) => {
  const key = await makeKey(page, workspace, undefined, ['203.0.113.7']);
  await post(page, workspace, `${key.path}/apps`, { mode: 'some' });
  const cases: [string, Ask, () => Promise<void>][] = [
    ['The app is not in the App List', { app: 'orders', ip: '203.0.113.7' }, async () => {}],
    ['The request does not name its app', { ip: '203.0.113.7' }, async () => {}],
    ['The gate allows this request.', { app: 'orders', ip: '203.0.113.7' }, async () => void (await post(page, workspace, `${key.path}/apps`, { mode: 'all' }))],
    ['The address is not in the IP Whitelist', { app: 'orders', ip: '203.0.113.8' }, async () => {}],
    ['The address is not in the IP Whitelist', { app: 'orders' }, async () => {}],
    ['Plugins may not use the key', { app: 'orders', ip: '203.0.113.7', plugin: true }, async () => {}],
    ['The key is for another channel', { app: 'orders', ip: '203.0.113.7', channel: 'FTP' }, async () => {}],
    ['The API is not in the catalogue', { path: '/api/v5/nowhere', ip: '203.0.113.7' }, async () => {}],
    ['The API is not in the API List', { app: 'orders', ip: '203.0.113.7' }, async () => void (await post(page, workspace, `${key.path}/apis`, { mode: 'some' }))],
    ['The key is disabled', { app: 'orders', ip: '10.0.0.1', plugin: true }, () => setEnabled(page, workspace, key, false)],
  ];
  await page.goto(`${workspace.path}/tester?key=${key.sid}`);
  await expect(page.getByRole('radio', { name: key.name })).toBeChecked();
  await expect(page.getByRole('radio', { name: key.name })).toBeInViewport();
  for (const [words, a, before] of cases) {
    await before();
    await ask(page, a);
    await expect(decision(page)).toContainText(words);
    const gate = await verify(workspace, {
      key: key.value, method: 'POST', path: a.path ?? listData.path, app: a.app ?? '', ip: a.ip ?? '', plugin: a.plugin ?? false,
      channel: (a.channel ?? 'REST').toLowerCase(),
    });
    await expect(decision(page).getByRole('heading', { level: 2 })).toHaveText(gate.allowed ? 'Allowed' : 'Denied');
    await expect(decision(page)).toContainText(gate.reason);
    await expect.poll(() => failed(page)).toEqual(gate.failed);
  }
  await decision(page).getByRole('link', { name: 'Go to Status' }).click();
  await expect(page).toHaveURL(new RegExp(`${key.path}#`));
});

test('judges a pasted key, forgets it, and answers a key that cannot be one', async ({ page, workspace, at }) => {
  const key = await makeKey(page, workspace);
  await page.goto(at('/tester'));
  await page.getByRole('radio', { name: 'Paste a key' }).check();
  const field = page.getByLabel('Key value');
  await field.fill(key.value);
  const answered = page.waitForResponse((r) => r.request().method() === 'POST');
  await ask(page, { app: 'orders' });
  expect(await (await answered).text()).not.toContain(key.value);
  await expect(decision(page)).toContainText('Allowed');
  await expect(decision(page).getByRole('link', { name: key.name })).toBeVisible();
  await field.fill('kw_cut');
  await ask(page, { app: 'orders' });
  await expect(decision(page)).toContainText('The key is malformed');
  const unknown = `${key.value.slice(0, 5)}${key.value[5] === 'a' ? 'b' : 'a'}${key.value.slice(6)}`;
  await field.fill(unknown);
  await ask(page, { app: 'orders' });
  await expect(decision(page)).toContainText('Denied');
  await page.goto(at('/audit'));
  expect(await page.content()).not.toContain(key.value);
});

test('takes a call from the catalogue, and asks for what is missing', async ({ page, workspace }) => {
  const key = await makeKey(page, workspace);
  await page.goto(key.path);
  await page.getByRole('link', { name: 'Test this key' }).first().click();
  await expect(page).toHaveURL(/\/tester\?key=/);
  await page.getByRole('radio', { name: 'From the catalogue' }).check();
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await expect(page.getByLabel('API', { exact: true })).toHaveAccessibleDescription(/Choose an API/);
  const value = await page.getByLabel('API', { exact: true }).locator('option').filter({ hasText: /data\/list|data\.list/ }).first().getAttribute('value');
  await page.getByLabel('API', { exact: true }).selectOption(value!);
  await page.getByLabel('App id').fill('orders');
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await expect(decision(page)).toContainText('Every check passed');
  await page.getByLabel('IP address').fill('999.1.1.1');
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await expect(page.getByLabel('IP address')).toHaveAccessibleDescription(/not an IP address/);
});

test('uses no quota and counts no usage', async ({ page, workspace, at }) => {
  const key = await makeKey(page, workspace);
  await post(page, workspace, `${key.path}/limits`, { rate_requests: '2', rate_window: '1', rate_unit: 'h' });
  await page.goto(at(`/tester?key=${key.sid}`));
  for (let n = 0; n < 4; n++) {
    await ask(page, { app: 'orders' });
    await expect(decision(page)).toContainText('Allowed');
    await expect(decision(page)).toContainText('1 of 2 requests left');
  }
  const question = { key: key.value, ...listData };
  expect([(await verify(workspace, question)).reason, (await verify(workspace, question)).reason, (await verify(workspace, question)).reason]).toEqual(['allowed', 'allowed', 'rate_limited']);
  await ask(page, { app: 'orders' });
  await expect(decision(page)).toContainText('The rate limit is reached');
});

test('an ambiguous path is denied, with the reason', async ({ page, workspace, at }) => {
  const key = await makeKey(page, workspace);
  await page.goto(at(`/tester?key=${key.sid}`));
  for (const path of ['/api/v5/app/entry/data%2flist', '/api/v5/../v5/app/entry/data/list', '/api//v5/app/entry/data/list', '/api/v5/app/entry/data/list;x']) {
    await ask(page, { path, app: 'orders' });
    await expect(decision(page)).toContainText('read in more than one way');
    expect((await verify(workspace, { key: key.value, ...listData, path })).reason).toBe('api_unknown');
  }
});

test.describe('without script', () => {
  test.use({ javaScriptEnabled: false });

  test('says the decision on a page', async ({ page, workspace, at }) => {
    const key = await makeKey(page, workspace, undefined, ['203.0.113.7']);
    await page.goto(at('/keys'));
    await choose(page, key.name, 'Test this key');
    await ask(page, { app: 'orders', ip: '203.0.113.8' });
    await expect(decision(page)).toContainText('The address is not in the IP Whitelist');
    expect((await verify(workspace, { key: key.value, ...listData, ip: '203.0.113.8' })).reason).toBe('ip_denied');
    await ask(page, { app: 'orders', ip: '203.0.113.7' });
    await expect(decision(page)).toContainText('Every check passed');
  });
});
