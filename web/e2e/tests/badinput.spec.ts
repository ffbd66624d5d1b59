import { randomUUID } from 'node:crypto';
import { expect, newWorkspace, setUp, test } from '../support/fixtures';
import { setupLink, startServer } from '../support/server';
import { keyValue, makeKey, message, post, row, section } from '../support/keys';

test('names: too long, invisible, with control characters; what was typed stays', async ({ page, workspace }) => {
  const key = await makeKey(page, workspace);
  await page.goto(key.path);
  const basics = section(page, 'Basics');
  const save = () => basics.getByRole('button', { name: 'Save' }).click();
  for (const [typed, words] of [
    ['x'.repeat(101), /at most 100 characters/],
    ['Bill\u0007ing', /invisible characters/],
    ['   ', /at least one visible character/],
    ['Bill\u202Egni', /invisible characters/],
  ] as const) {
    await basics.getByLabel('Name').fill(typed);
    await basics.getByLabel('Description').fill('kept');
    await save();
    await expect(basics.getByLabel('Name')).toHaveAccessibleDescription(words);
    await expect(basics.getByLabel('Name')).toHaveValue(typed);
    await expect(basics.getByLabel('Description')).toHaveValue('kept');
  }
  await basics.getByLabel('Name').fill('é'.repeat(100));
  await basics.getByLabel('Description').fill('d'.repeat(501));
  await save();
  await expect(basics.getByLabel('Description')).toHaveAccessibleDescription(/at most 500 characters/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(key.name);
  await basics.getByLabel('Description').fill('d'.repeat(500));
  await basics.getByLabel('Expiry Date').fill('2020-01-01');
  await save();
  await expect(basics.getByLabel('Expiry Date')).toHaveAccessibleDescription(/in the future/);
  await basics.getByLabel('Expiry Date').fill('');
  await save();
  await expect(message(page, 'Basics saved')).toBeVisible();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('é'.repeat(100));
});

test('limits that are no numbers', async ({ page, workspace }) => {
  const key = await makeKey(page, workspace);
  await page.goto(key.path);
  const limits = section(page, 'Limits');
  for (const typed of ['many', '-1', '1.5', '99999999999999999999']) {
    await limits.getByLabel('Requests').fill(typed);
    await limits.getByLabel('Time window').fill('10');
    await limits.getByRole('button', { name: 'Save' }).click();
    await expect(limits.getByLabel('Requests')).toHaveAccessibleDescription(/Enter a whole number/);
    await expect(limits.getByLabel('Requests')).toHaveValue(typed);
  }
});

test('a double click on Create makes one key', async ({ page, workspace, at }) => {
  await makeKey(page, workspace);
  await page.goto(at('/keys'));
  const count = async () => Number((await page.getByRole('region', { name: 'Summary' }).innerText()).match(/Keys in use\s+(\d+)/)![1]);
  const before = await count();
  const posts: string[] = [];
  page.on('request', (r) => void (r.method() === 'POST' && posts.push(r.postData() ?? '')));
  await page.getByRole('button', { name: 'Create API Key' }).first().dblclick();
  await expect(page.getByRole('dialog', { name: 'API key created' })).toBeVisible();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.reload();
  expect(await count()).toBe(before + 1);
  expect(posts).toHaveLength(1);
});

test('the same press, sent twice at the same moment, makes one key', async ({ page, workspace, at }) => {
  const form = { idempotency_key: randomUUID() };
  const answers = await Promise.all(Array.from({ length: 8 }, () => post(page, workspace, at('/keys'), form)));
  const values = await Promise.all(answers.map(async (a) => (await a.text()).match(keyValue)?.[0]));
  expect(new Set(values).size).toBe(1);
});

test('a key that was deleted in another window says so', async ({ page, signedIn, workspace, at }) => {
  const key = await makeKey(page, workspace);
  await page.goto(key.path);
  const list = await signedIn();
  await list.goto(at('/keys'));
  const other = await signedIn();
  await post(other, workspace, `${key.path}/status`, { enabled: '0' });
  await post(other, workspace, `${key.path}/delete`);
  const gone = /no longer exists/;
  await section(page, 'Basics').getByLabel('Name').fill('Too late');
  await section(page, 'Basics').getByRole('button', { name: 'Save' }).click();
  await expect(message(page, gone)).toBeVisible();
  await expect(section(page, 'Basics').getByLabel('Name')).toHaveValue('Too late');
  await list.getByRole('switch', { name: `Status of ${key.name}` }).click();
  await expect(message(list, gone)).toBeVisible();
  await page.goto(key.path);
  await expect(page.getByRole('main')).toContainText(gone);
  await expect(page.getByRole('heading', { level: 1, name: 'Not found' })).toBeVisible();
});

test('an address that was removed in another window says so', async ({ page, workspace }) => {
  const key = await makeKey(page, workspace, undefined, ['10.0.0.1', '10.0.0.2']);
  await page.goto(key.path);
  await post(page, workspace, `${key.path}/whitelist/remove`, { ip: '10.0.0.1' });
  await section(page, 'IP Whitelist').getByRole('button', { name: 'Remove 10.0.0.1' }).click();
  await expect(message(page, /no longer in the whitelist/)).toBeVisible();
  await expect(section(page, 'IP Whitelist').getByRole('listitem')).toHaveCount(1);
});

test('selected rows of which some are gone, and some may not be deleted', async ({ page, workspace, at }) => {
  const mark = randomUUID().slice(0, 8);
  const [gone, off, on] = [await makeKey(page, workspace, `Gone ${mark}`), await makeKey(page, workspace, `Off ${mark}`), await makeKey(page, workspace, `On ${mark}`)];
  for (const key of [gone, off]) await post(page, workspace, `${key.path}/status`, { enabled: '0' });
  await page.goto(at(`/keys?q=${mark}`));
  await page.getByRole('checkbox', { name: 'Select all rows' }).check();
  await expect(page.getByText('3 selected')).toBeVisible();
  await post(page, workspace, `${gone.path}/delete`);
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete 1 key?' });
  await expect(dialog).toContainText(off.name);
  await expect(dialog).toContainText(`Will not be deleted because enabled: ${on.name}`);
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(message(page, /1 key deleted/)).toBeVisible();
  await expect(row(page, on.name)).toBeVisible();
  await expect(row(page, off.name)).toHaveCount(0);
});

test('unknown addresses and ids are 404, the same for another account', async ({ page, at }) => {
  await page.goto(at('/keys'));
  const texts = new Set<string>();
  for (const address of [at('/nowhere'), '/nowhere', at('/keys/01ARZ3NDEKTSV4RRFFQ69G5FAV'), at('/keys/%00'), '/a/other/keys', '/a/other/keys/01ARZ3NDEKTSV4RRFFQ69G5FAV', at('/apps/999999/rename'), at('/apps/x/rename'), at('/catalogue/apis/999999/edit')]) {
    const answer = await page.goto(address);
    expect([address, answer!.status()]).toEqual([address, 404]);
    await expect(page.getByRole('heading', { level: 1, name: 'Not found' })).toBeVisible();
    if (address.startsWith('/a/other')) texts.add(await page.getByRole('main').innerText());
  }
  expect(texts.size).toBe(1);
  await page.getByRole('main').getByRole('link').first().click();
  await expect(page).toHaveURL(/\/keys$/);
});

test('another site cannot press', async ({ page, workspace, at }) => {
  for (const [header, value] of [['Origin', 'https://evil.example'], ['Origin', 'null'], ['Sec-Fetch-Site', 'cross-site']]) {
    const answer = await page.request.post(workspace.base + at('/keys'), { form: { idempotency_key: randomUUID() }, headers: { [header]: value } });
    expect(answer.status()).toBe(403);
    expect(await answer.text()).not.toMatch(keyValue);
  }
});

test('a body that is too large is refused with words', async ({ page, workspace, at }) => {
  const answer = await post(page, workspace, at('/apps/paste'), { lines: 'x'.repeat(1_100_000) });
  expect(answer.status()).toBe(413);
  expect(await answer.text()).toContain('1 MiB');
});

test('a server that does not answer is said, and what was typed stays', async ({ page, workspace, faults }) => {
  const key = await makeKey(page, workspace);
  await page.goto(key.path);
  await page.context().setOffline(true);
  await section(page, 'Basics').getByLabel('Name').fill('Typed');
  await section(page, 'Basics').getByRole('button', { name: 'Save' }).click();
  await expect(message(page, /The server did not respond/)).toBeVisible();
  await expect(section(page, 'Basics').getByLabel('Name')).toHaveValue('Typed');
  await page.context().setOffline(false);
  await section(page, 'Basics').getByRole('button', { name: 'Save' }).click();
  await expect(message(page, 'Basics saved')).toBeVisible();
  // Chromium prints what it could not load.
  for (const seen of faults) seen.splice(0, seen.length, ...seen.filter((f) => !/ERR_INTERNET_DISCONNECTED|Failed to fetch/.test(f)));
});

test('a set-up link works once, and an unknown one never', async ({ browser }) => {
  const w = await newWorkspace(browser);
  const page = await browser.newPage({ baseURL: w.base, storageState: undefined });
  try {
    for (const link of [setupLink(w), `${w.base}/setup/nothing`]) {
      const answer = await page.goto(link);
      expect(answer!.status()).toBe(404);
      await expect(page.getByRole('heading', { level: 1, name: 'Already set up' })).toBeVisible();
      await page.getByRole('link', { name: 'Sign in', exact: true }).click();
      await expect(page).toHaveURL(/\/login/);
    }
  } finally {
    await page.close();
    await w.stop();
  }
});

test('before the setup, sign-in leads to the link, and a new link replaces the old', async ({ browser }) => {
  const server = await startServer();
  const page = await browser.newPage({ baseURL: server.base, storageState: undefined });
  try {
    await page.goto('/login');
    await expect(page.getByRole('heading', { level: 1, name: 'Open the setup link' })).toBeVisible();
    const old = setupLink(server);
    await server.restart();
    const link = setupLink(server);
    expect(link).not.toBe(old);
    expect((await page.goto(old))!.status()).toBe(404);
    await setUp(page, link);
  } finally {
    await page.close();
    await server.stop();
  }
});
