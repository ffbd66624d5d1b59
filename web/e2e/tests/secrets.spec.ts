import { Page } from '@playwright/test';
import { expect, newWorkspace, owner, test, Workspace } from '../support/fixtures';
import { keyValue, makeKey, message, post, row, section } from '../support/keys';

const eye = (page: Page, name: string) => page.getByRole('button', { name: `Show the API Key of ${name}`, exact: true });
const copyOf = (page: Page, name: string) => page.getByRole('button', { name: `Copy the API Key of ${name}`, exact: true });

/** What a person gets who pastes. Pages of the console may not read the clipboard. */
async function pasted(page: Page): Promise<string> {
  const paper = await page.context().newPage();
  await paper.setContent('<textarea></textarea>');
  await paper.getByRole('textbox').focus();
  await paper.keyboard.press('ControlOrMeta+v');
  const text = await paper.getByRole('textbox').inputValue();
  await paper.close();
  return text;
}

test('a shown value hides after 30 seconds', async ({ page, workspace, at }) => {
  const key = await makeKey(page, workspace);
  await page.clock.install();
  for (const address of [at('/keys'), key.path]) {
    await page.goto(address);
    await eye(page, key.name).click();
    await expect(page.getByText(key.value)).toBeVisible();
    await page.clock.runFor(29_000);
    await expect(page.getByText(key.value)).toBeVisible();
    await page.clock.runFor(1_500);
    await expect(page.getByText(key.value)).toHaveCount(0);
    expect(await page.content()).not.toContain(key.value);
  }
});

test('a shown value is gone when the page was left, and on coming back', async ({ page, workspace, at }) => {
  const key = await makeKey(page, workspace);
  await page.goto(at('/keys'));
  await eye(page, key.name).click();
  await expect(page.getByText(key.value)).toBeVisible();
  await page.goto('/profile');
  await page.goBack();
  await expect(row(page, key.name)).toBeVisible();
  expect(await page.content()).not.toContain(key.value);
  await eye(page, key.name).click();
  await expect(page.getByText(key.value)).toBeVisible();
  await page.reload();
  expect(await page.content()).not.toContain(key.value);
});

test('a value is in the answer that shows it and nowhere else', async ({ page, workspace, at }) => {
  const key = await makeKey(page, workspace);
  const urls: string[] = [];
  page.on('request', (r) => urls.push(r.url()));
  const bodies: { url: string; method: string; text: string; cache: string }[] = [];
  page.on('response', async (r) => {
    if (!/text\/(html|plain)/.test(r.headers()['content-type'] ?? '')) return;
    const text = await r.text().catch(() => '');
    bodies.push({ url: r.url(), method: r.request().method(), text, cache: r.headers()['cache-control'] ?? '' });
  });
  await page.goto(at('/keys'));
  await eye(page, key.name).click();
  await expect(page.getByText(key.value)).toBeVisible();
  for (const address of [key.path, at('/apps'), at('/audit'), '/profile', at('/keys')]) await page.goto(address);
  const holders = bodies.filter((b) => b.text.includes(key.value));
  expect(holders.map((b) => `${b.method} ${new URL(b.url).pathname} ${b.cache}`)).toEqual([`POST ${key.path}/reveal no-store`]);
  expect(urls.join('\n')).not.toMatch(keyValue);
  expect(await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state]))).not.toMatch(keyValue);
  const stored = await page.context().storageState({ indexedDB: true });
  expect(JSON.stringify(stored)).not.toMatch(keyValue);
  expect((await page.request.get(`${workspace.base}${key.path}/reveal`)).status()).toBe(405);
  expect(workspace.output()).not.toContain(key.value);
});

test('showing a value is in the history', async ({ page, workspace }) => {
  const key = await makeKey(page, workspace);
  await page.goto(key.path);
  await eye(page, key.name).click();
  await expect(page.getByText(key.value)).toBeVisible();
  await page.reload();
  await expect(section(page, 'History')).toContainText('Value shown or copied');
});

test('A11 copies the value with one press while it is hidden', async ({ page, context, workspace, at }) => {
  await context.grantPermissions(['clipboard-write'], { origin: workspace.base });
  const key = await makeKey(page, workspace);
  for (const address of [at('/keys'), key.path]) {
    await page.goto(address);
    await page.evaluate(() => navigator.clipboard.writeText('nothing'));
    await copyOf(page, key.name).click();
    await expect(message(page, 'Copied')).toBeVisible();
    expect(await pasted(page)).toBe(key.value);
    expect(await page.content()).not.toContain(key.value);
    await expect(copyOf(page, key.name)).toBeFocused();
  }
  await page.getByRole('button', { name: 'Copy the Sid' }).click();
  await expect.poll(() => pasted(page)).toBe(key.sid);
});

test('copies from the dialog of a new key', async ({ page, context, workspace, at }) => {
  await context.grantPermissions(['clipboard-write'], { origin: workspace.base });
  await page.goto(at('/keys'));
  await page.getByRole('button', { name: 'Create API Key' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'API key created' });
  const value = await dialog.getByRole('textbox', { name: 'API Key' }).inputValue();
  await dialog.getByRole('button', { name: 'Copy API Key' }).or(dialog.getByRole('button', { name: 'Copy', exact: true })).click();
  await expect(message(page, 'Copied')).toBeVisible();
  expect(await pasted(page)).toBe(value);
});

test('says when the value to copy is gone', async ({ page, workspace, at }) => {
  const key = await makeKey(page, workspace);
  await page.goto(at('/keys'));
  await post(page, workspace, `${key.path}/status`, { enabled: '0' });
  await post(page, workspace, `${key.path}/delete`);
  await copyOf(page, key.name).click();
  await expect(message(page, /no longer exists/)).toBeVisible();
});

test.describe('at a plain-HTTP address', () => {
  let remote: Workspace;
  test.beforeAll(async ({ browser }) => {
    remote = await newWorkspace(browser, { host: 'keywicket.test' });
  });
  test.afterAll(() => remote.stop());

  test('forms work where browsers send no Sec-Fetch-Site, and copying works without a clipboard', async ({ signedIn }) => {
    const page = await signedIn({ workspace: remote });
    await page.goto(`${remote.path}/keys`);
    expect(await page.evaluate(() => [isSecureContext, typeof navigator.clipboard])).toEqual([false, 'undefined']);
    const sent = page.waitForRequest((r) => r.method() === 'POST');
    await page.getByRole('button', { name: 'Create API Key' }).first().click();
    expect((await sent).headers()).not.toHaveProperty('sec-fetch-site');
    const dialog = page.getByRole('dialog', { name: 'API key created' });
    const value = await dialog.getByRole('textbox', { name: 'API Key' }).inputValue();
    const name = (await dialog.getByRole('link').innerText()).trim();
    await dialog.getByRole('button', { name: 'Copy API Key' }).click();
    await expect(message(page, 'Copied')).toBeVisible();
    await dialog.getByRole('button', { name: 'Done' }).click();
    expect(await pasted(page)).toBe(value);
    await page.getByRole('link', { name }).click();
    await page.getByRole('button', { name: 'Copy the Sid' }).click();
    await expect.poll(() => pasted(page)).toMatch(/^[0-9A-Z]{26}$/);
    await page.goto(`${remote.path}/keys`);
    await copyOf(page, name).click();
    await expect(message(page, 'Copied')).toBeVisible();
    expect(await page.content()).not.toContain(value);
    expect(await pasted(page)).toBe(value);
    await page.getByRole('switch', { name: `Status of ${name}` }).click();
    await expect(page.getByRole('switch', { name: `Status of ${name}` })).not.toBeChecked();
  });

  test('shows the value when nothing can copy it', async ({ signedIn }) => {
    const page = await signedIn({ workspace: remote });
    await page.addInitScript(() => {
      Document.prototype.execCommand = () => false;
    });
    await page.goto(`${remote.path}/keys`);
    await page.getByRole('button', { name: 'Create API Key' }).first().click();
    const dialog = page.getByRole('dialog', { name: 'API key created' });
    const value = await dialog.getByRole('textbox', { name: 'API Key' }).inputValue();
    const name = (await dialog.getByRole('link').innerText()).trim();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await copyOf(page, name).click();
    await expect(message(page, /Press Ctrl\+C/)).toBeVisible();
    await expect(page.getByText(value)).toBeVisible();
    expect(await page.evaluate(() => String(getSelection()))).toBe(value);
    expect(await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state]))).not.toMatch(keyValue);
  });

  test('without script too', async ({ signedIn }) => {
    const page = await signedIn({ workspace: remote, javaScriptEnabled: false, storageState: undefined });
    await page.goto('/login');
    await page.getByLabel('E-mail').fill(owner.email);
    await page.getByLabel('Password').fill(owner.password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('button', { name: 'Create API Key' }).first().click();
    await expect(page.getByRole('textbox', { name: 'API Key' })).toHaveValue(keyValue);
  });
});
