import { randomUUID } from 'node:crypto';
import { expect, test } from '../support/fixtures';
import { choose, keyValue, listData, makeApps, makeKey, message, post, row, section, setEnabled, verify } from '../support/keys';

// The rules of the documented console, by their numbers.

test('A1 the left panel leads to the list, and the list has its columns', async ({ page, workspace, at }) => {
  const key = await makeKey(page, workspace, undefined, ['10.1.2.3']);
  await page.goto('/');
  const panel = page.getByRole('complementary', { name: 'Left panel' });
  await expect(panel.getByRole('heading', { name: 'Open Platform' })).toBeVisible();
  await expect(panel.getByRole('heading', { name: 'Settings' })).toBeVisible();
  await panel.getByRole('link', { name: 'API Key', exact: true }).click();
  await expect(page).toHaveURL(at('/keys'));
  for (const name of ['Name', 'API Key', 'Scope (App)', 'Scope (API)', 'IP Whitelist', 'Status', 'Created', 'Action']) {
    await expect(page.getByRole('columnheader', { name, exact: true })).toBeAttached();
  }
  const line = row(page, key.name);
  await expect(line).toContainText('All Apps');
  await expect(line).toContainText('All APIs');
  await expect(line).toContainText('1 address');
  await expect(line.getByRole('switch', { name: `Status of ${key.name}` })).toBeChecked();
  await expect(line).not.toContainText(key.value);
  await expect(line).toContainText(key.value.slice(-4));
  await panel.getByRole('link', { name: 'API Keys', exact: true }).click();
  await expect(page).toHaveURL(at('/keys'));
});

test('A2 Create API Key makes a key at once, with nothing to fill in', async ({ page, workspace, at }) => {
  await page.goto(at('/keys'));
  await page.getByRole('button', { name: 'Create API Key' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'API key created' });
  const value = await dialog.getByRole('textbox', { name: 'API Key' }).inputValue();
  expect(value).toMatch(new RegExp(`^${keyValue.source}$`));
  const name = (await dialog.getByRole('link').innerText()).trim();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(dialog).toBeHidden();
  const line = row(page, name);
  await expect(line).toContainText('All Apps');
  await expect(line).toContainText('All APIs');
  await expect(line).toContainText('Any IP');
  await expect(line.getByRole('switch')).toBeChecked();
  expect(await verify(workspace, { key: value, ...listData })).toMatchObject({ allowed: true, key: { name } });
});

test('A3 an account has at most 500 keys', async ({ fresh, signedIn }) => {
  test.setTimeout(90_000);
  const page = await signedIn({ workspace: fresh });
  const keys = `${fresh.path}/keys`;
  for (let made = 0; made < 498; ) {
    const batch = Math.min(20, 498 - made);
    const answers = await Promise.all(Array.from({ length: batch }, () => post(page, fresh, keys, { idempotency_key: randomUUID() })));
    expect(answers.every((a) => a.ok())).toBe(true);
    made += batch;
  }
  // 50 people press at the same moment, and there is room for two.
  const rush = await Promise.all(Array.from({ length: 50 }, () => post(page, fresh, keys, { idempotency_key: randomUUID() })));
  expect(rush.filter((a) => a.ok())).toHaveLength(2);
  expect(rush.filter((a) => a.status() === 409)).toHaveLength(48);
  await page.goto(keys);
  await page.getByRole('button', { name: 'Create API Key' }).click();
  await expect(page.getByRole('alert')).toContainText('at most 500 API keys');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.getByRole('navigation', { name: 'Pages' })).toContainText('1–50 of 500');
  await page.getByRole('row').nth(1).getByRole('button', { name: /^Action for/ }).click();
  await page.getByRole('menuitem', { name: 'Copy the entire key' }).click();
  await expect(page.getByRole('alert')).toContainText('Delete a key that is no longer used');
  const next = page.getByRole('link', { name: 'Next' });
  await next.click();
  await expect(page).toHaveURL(/page=2/);
  await expect(page.getByRole('navigation', { name: 'Pages' })).toContainText('51–100 of 500');
});

test('A4 a value never changes', async ({ page, workspace }) => {
  const key = await makeKey(page, workspace);
  await page.goto(key.path);
  const show = async () => {
    await page.getByRole('button', { name: /^Show the API Key of/ }).click();
    const shown = page.getByText(keyValue).first();
    await expect(shown).toBeVisible();
    return (await shown.innerText()).trim();
  };
  expect(await show()).toBe(key.value);
  await section(page, 'Basics').getByLabel('Name').fill(`${key.name} renamed`);
  await section(page, 'Basics').getByRole('button', { name: 'Save' }).click();
  await message(page, 'Basics saved').waitFor();
  await page.getByRole('switch', { name: 'Status' }).click();
  await expect(page.getByRole('switch', { name: 'Status' })).not.toBeChecked();
  await page.getByRole('switch', { name: 'Status' }).click();
  await expect(page.getByRole('switch', { name: 'Status' })).toBeChecked();
  expect(await show()).toBe(key.value);
  await expect(page.getByLabel('API Key', { exact: true })).toHaveCount(0);
});

test('A5 the value is hidden, and an eye button shows all of it', async ({ page, workspace, at }) => {
  const key = await makeKey(page, workspace);
  for (const address of [at('/keys'), key.path]) {
    const source = await (await page.request.get(workspace.base + address)).text();
    expect(source).not.toContain(key.value);
    expect(source).not.toMatch(keyValue);
    await page.goto(address);
    await expect(page.getByText(key.value)).toHaveCount(0);
    await page.getByRole('button', { name: `Show the API Key of ${key.name}`, exact: true }).click();
    await expect(page.getByText(key.value)).toBeVisible();
    await page.getByRole('button', { name: `Hide the API Key of ${key.name}`, exact: true }).click();
    await expect(page.getByText(key.value)).toHaveCount(0);
    await expect(page.getByRole('button', { name: `Show the API Key of ${key.name}`, exact: true })).toBeFocused();
  }
});

test('A6 the row opens the details, where the key is renamed', async ({ page, workspace, at }) => {
  const key = await makeKey(page, workspace);
  await page.goto(at('/keys'));
  await row(page, key.name).getByRole('cell').nth(4).click();
  await expect(page).toHaveURL(key.path);
  const name = `Billing ${key.sid}`;
  const basics = section(page, 'Basics');
  await basics.getByLabel('Name').fill(`  ${name} `);
  await basics.getByLabel('Description').fill('Sends the invoices');
  await basics.getByRole('button', { name: 'Save' }).click();
  await expect(message(page, 'Basics saved')).toBeVisible();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
  await expect(section(page, 'History')).toContainText('Changed');
  await page.goto(at('/keys'));
  await expect(row(page, name)).toContainText('Sends the invoices');
});

test('A7 Scope (App): all, some, and an empty list that allows none', async ({ page, workspace, at }) => {
  const key = await makeKey(page, workspace);
  const [orders, stock] = [`orders-${key.sid}`, `stock-${key.sid}`];
  await makeApps(page, workspace, `${orders}, Orders ${key.sid}`, `${stock}, Stock ${key.sid}`);
  const ask = (app: string) => verify(workspace, { key: key.value, ...listData, app });
  expect(await ask(stock)).toMatchObject({ allowed: true });
  await page.goto(key.path);
  const part = section(page, 'Scope (App)');
  await expect(part.getByRole('group', { name: 'App List' }).first()).toBeHidden();
  await part.getByRole('radio', { name: /^Some Apps/ }).check();
  await expect(part.getByRole('group', { name: 'App List' }).first()).toBeVisible();
  await part.getByRole('button', { name: 'Save' }).click();
  await expect(part).toContainText('The App List is empty: this key can use no app.');
  expect(await ask(orders)).toMatchObject({ allowed: false, reason: 'app_denied' });
  await part.getByRole('searchbox', { name: 'Search the list' }).fill(`Orders ${key.sid}`);
  await expect(part.getByRole('checkbox', { name: `Stock ${key.sid}` })).toBeHidden();
  await part.getByRole('checkbox', { name: `Orders ${key.sid}` }).check();
  await expect(part.getByText('Unsaved changes')).toBeVisible();
  await part.getByRole('button', { name: 'Save' }).click();
  await expect(message(page, 'Scope (App) saved')).toBeVisible();
  await expect(part).toContainText('Only this app can be used');
  expect(await ask(orders)).toMatchObject({ allowed: true });
  expect(await ask(stock)).toMatchObject({ allowed: false, failed: ['app_denied'] });
  await page.goto(at('/keys'));
  await expect(row(page, key.name)).toContainText('1 app');
});

test('A7 Scope (API): by family, with boxes of three states', async ({ page, workspace }) => {
  const key = await makeKey(page, workspace);
  const ask = (path: string) => verify(workspace, { key: key.value, ...listData, path });
  await page.goto(key.path);
  const part = section(page, 'Scope (API)');
  await part.getByRole('radio', { name: /^Some APIs/ }).check();
  await part.getByRole('button', { name: 'Save' }).click();
  await expect(part).toContainText('The API List is empty: this key can use no API.');
  expect(await ask('/api/v5/app/entry/data/list')).toMatchObject({ reason: 'api_denied' });
  const data = part.getByRole('checkbox', { name: 'Data', exact: true });
  await data.check();
  const list = part.getByRole('checkbox', { name: /entry\/data\/list/ });
  await expect(list).toBeChecked();
  await expect(part.getByText('8 / 8')).toBeVisible();
  await list.uncheck();
  await expect(data).toHaveJSProperty('indeterminate', true);
  await expect(part.getByText('7 / 8')).toBeVisible();
  await part.getByRole('button', { name: 'Save' }).click();
  await expect(part).toContainText('Only these 7 APIs can be used');
  expect(await ask('/api/v5/app/entry/data/list')).toMatchObject({ allowed: false, failed: ['api_denied'] });
  expect(await ask('/api/v5/app/entry/data/get')).toMatchObject({ allowed: true });
  await part.getByRole('radio', { name: /^All APIs/ }).check();
  await part.getByRole('button', { name: 'Save' }).click();
  await expect(part).toContainText('Every API in the catalogue can be used');
});

test('A8 New IP adds an address or a range, and says what is wrong beside the field', async ({ page, workspace }) => {
  const key = await makeKey(page, workspace);
  await page.goto(key.path);
  const part = section(page, 'IP Whitelist');
  const field = part.getByLabel('IP address or range');
  await expect(part).toContainText('Requests are accepted from any IP.');
  for (const rule of ['10.1.2.7', '10.1.*.7', '192.168.1.*']) {
    await field.fill(rule);
    await part.getByRole('button', { name: 'New IP' }).click();
    await expect(part.getByRole('listitem').getByText(rule, { exact: true })).toBeVisible();
    await expect(field).toHaveValue('');
  }
  await expect(part).toContainText('Only requests from these 3 addresses are accepted.');
  const refused: [string, RegExp][] = [
    ['2001:db8::1', /IPv6 is not supported/],
    ['10.*.*.1', /Only one asterisk/],
    ['10.1*.2.3', /whole octet/],
    ['10.1.2.256', /256 is too large/],
    ['10.01.2.3', /leading zero/],
    ['10.0.0.0/8', /CIDR ranges are not supported/],
    ['10.1.2.7', /already in the IP Whitelist/],
    ['', /Enter an IPv4 address/],
    ['ten', /not an IPv4 address/],
  ];
  for (const [typed, words] of refused) {
    await field.fill(typed);
    await part.getByRole('button', { name: 'New IP' }).click();
    await expect(field).toHaveAccessibleDescription(words);
    await expect(field).toHaveAttribute('aria-invalid', 'true');
    await expect(field).toHaveValue(typed);
  }
  await expect(part.getByRole('listitem')).toHaveCount(3);
  const from = (ip: string) => verify(workspace, { key: key.value, ...listData, ip });
  expect(await from('10.1.99.7')).toMatchObject({ allowed: true });
  expect(await from('::ffff:192.168.1.200')).toMatchObject({ allowed: true });
  expect(await from('10.1.99.8')).toMatchObject({ allowed: false, failed: ['ip_denied'] });
});

test('A8 a key has at most 50 addresses, and the last one is not removed unasked', async ({ page, workspace }) => {
  const key = await makeKey(page, workspace);
  for (let n = 1; n <= 50; n++) expect((await post(page, workspace, `${key.path}/whitelist`, { ip: `10.0.0.${n}` })).ok()).toBe(true);
  await page.goto(key.path);
  const part = section(page, 'IP Whitelist');
  await expect(part).toContainText('50 of 50 addresses');
  await part.getByLabel('IP address or range').fill('10.0.0.51');
  await part.getByRole('button', { name: 'New IP' }).click();
  await expect(part.getByLabel('IP address or range')).toHaveAccessibleDescription(/at most 50 addresses/);
  for (let n = 2; n <= 50; n++) await post(page, workspace, `${key.path}/whitelist/remove`, { ip: `10.0.0.${n}` });
  await page.reload();
  await part.getByRole('button', { name: 'Remove 10.0.0.1', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Remove 10.0.0.1, the last address?' });
  await expect(dialog).toContainText(`“${key.name}” can then be used from any IP`);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(part.getByRole('listitem')).toHaveCount(1);
  await part.getByRole('button', { name: 'Remove 10.0.0.1', exact: true }).click();
  await dialog.getByRole('button', { name: 'Remove and open to any IP' }).click();
  await expect(part).toContainText('Requests are accepted from any IP.');
  await expect(part.getByRole('listitem')).toHaveCount(0);
});

test('A9 with a whitelist no plugin may use the key, without one every plugin may', async ({ page, workspace }) => {
  const key = await makeKey(page, workspace);
  const plugin = { key: key.value, ...listData, plugin: true };
  await page.goto(key.path);
  const part = section(page, 'IP Whitelist');
  await expect(part).toContainText('Every plugin can use the key.');
  expect(await verify(workspace, plugin)).toMatchObject({ allowed: true });
  await part.getByLabel('IP address or range').fill('203.0.113.7');
  await part.getByRole('button', { name: 'New IP' }).click();
  await expect(part).toContainText('No plugin can use the key');
  expect(await verify(workspace, plugin)).toMatchObject({ allowed: false, reason: 'plugin_denied' });
});

test('A10 the Status switch disables and enables', async ({ page, workspace, at }) => {
  const key = await makeKey(page, workspace);
  await page.goto(at('/keys'));
  const status = page.getByRole('switch', { name: `Status of ${key.name}` });
  await status.click();
  await expect(message(page, `“${key.name}” is disabled`)).toBeVisible();
  await expect(status).not.toBeChecked();
  await expect(row(page, key.name)).toContainText('Disabled');
  expect(await verify(workspace, { key: key.value, ...listData })).toMatchObject({ allowed: false, reason: 'key_disabled' });
  await status.click();
  await expect(message(page, `“${key.name}” is enabled`)).toBeVisible();
  await expect(status).toBeChecked();
  expect(await verify(workspace, { key: key.value, ...listData })).toMatchObject({ allowed: true });
});

test('A10 a disabled key is refused as soon as the console has answered', async ({ page, workspace }) => {
  const key = await makeKey(page, workspace);
  for (let n = 0; n < 20; n++) {
    await setEnabled(page, workspace, key, false);
    expect((await verify(workspace, { key: key.value, ...listData })).reason).toBe('key_disabled');
    await setEnabled(page, workspace, key, true);
    expect((await verify(workspace, { key: key.value, ...listData })).reason).toBe('allowed');
  }
});

test('A11 copying the entire key keeps scopes and whitelist, and makes a new value', async ({ page, workspace, at }) => {
  const key = await makeKey(page, workspace, undefined, ['10.1.*.7', '10.2.2.2']);
  await post(page, workspace, `${key.path}/apps`, { mode: 'some' });
  await page.goto(at('/keys'));
  await choose(page, key.name, 'Copy the entire key');
  const dialog = page.getByRole('dialog', { name: 'The copy has a new value' });
  const value = await dialog.getByRole('textbox', { name: 'API Key' }).inputValue();
  expect(value).toMatch(keyValue);
  expect(value).not.toBe(key.value);
  await dialog.getByRole('link').click();
  await expect(section(page, 'Scope (App)').getByRole('radio', { name: /^Some Apps/ })).toBeChecked();
  await expect(section(page, 'IP Whitelist').getByRole('listitem')).toHaveText([/10\.1\.\*\.7/, /10\.2\.2\.2/]);
  await expect(section(page, 'History')).toContainText('Created as a copy');
  expect((await verify(workspace, { key: key.value, ...listData })).key?.sid).toBe(key.sid);
  expect((await verify(workspace, { key: value, ...listData })).key?.sid).not.toBe(key.sid);
});

test('A12 only a disabled key can be deleted, after a question that names it', async ({ page, workspace, at }) => {
  const key = await makeKey(page, workspace);
  await page.goto(at('/keys'));
  await page.getByRole('button', { name: `Action for ${key.name}` }).click();
  const first = page.getByRole('menuitem', { name: /^Delete/ });
  await expect(first).toHaveAttribute('aria-disabled', 'true');
  await expect(first).toContainText('Disable it first');
  await page.keyboard.press('Escape');
  expect((await post(page, workspace, `${key.path}/delete`)).status()).toBe(409);
  await page.getByRole('switch', { name: `Status of ${key.name}` }).click();
  await expect(row(page, key.name)).toContainText('Disabled');
  await choose(page, key.name, 'Delete');
  const dialog = page.getByRole('dialog', { name: `Delete “${key.name}”?` });
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(row(page, key.name)).toHaveCount(1);
  await choose(page, key.name, 'Delete');
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(message(page, `“${key.name}” was deleted`)).toBeVisible();
  await expect(row(page, key.name)).toHaveCount(0);
  expect(await verify(workspace, { key: key.value, ...listData })).toMatchObject({ allowed: false, reason: 'key_unknown', key: null });
});
