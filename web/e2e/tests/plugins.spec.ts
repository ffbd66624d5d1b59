import { expect, expectAccessible, test } from '../support/fixtures';
import { listData, makeKey, message, post, row, section, verify } from '../support/keys';

test('A9 the page says which key a plugin uses, and shows the way out where a whitelist blocks it', async ({ page, workspace, at }) => {
  const open = await makeKey(page, workspace, 'Open to plugins');
  const listed = await makeKey(page, workspace, 'Office only', ['10.1.2.3']);
  await page.goto(at('/plugins'));
  await page.getByRole('link', { name: 'Add plugin' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Plugin id').fill('two words');
  await dialog.getByRole('button', { name: 'Add plugin' }).click();
  await expect(dialog.getByLabel('Plugin id')).toHaveAttribute('aria-invalid', 'true');
  await expect(dialog.getByLabel('Plugin id')).toHaveValue('two words');
  await dialog.getByLabel('Plugin id').fill('row-counter');
  await dialog.getByLabel('Name').fill('Row counter');
  await dialog.getByLabel('API Key').selectOption({ label: 'Office only' });
  await dialog.getByRole('button', { name: 'Add plugin' }).click();
  await expect(message(page, 'Plugin “Row counter” added')).toBeVisible();
  const line = row(page, 'Row counter');
  await expect(line).toContainText('Blocked');
  await expect(page.getByRole('complementary').getByRole('link', { name: 'Plugins' })).toHaveAttribute('aria-current', 'page');

  // The gate says the same, by flag and by id.
  const question = { key: listed.value, ...listData, ip: '10.1.2.3' };
  expect(await verify(workspace, question)).toMatchObject({ allowed: true });
  for (const plugin of [true, 'row-counter', 'nobody-told-the-console']) {
    expect(await verify(workspace, { ...question, plugin })).toMatchObject({ allowed: false, reason: 'plugin_denied' });
    expect(await verify(workspace, { ...question, key: open.value, plugin })).toMatchObject({ allowed: true });
  }

  // One way out is the whitelist, the other another key.
  await line.getByRole('link', { name: 'By the IP Whitelist of Office only' }).click();
  await expect(page).toHaveURL(`${listed.path}#whitelist`);
  await expect(section(page, 'IP Whitelist')).toContainText('1 plugin uses this key and is blocked');
  await section(page, 'IP Whitelist').getByRole('link', { name: 'Row counter' }).click();
  await line.getByRole('link', { name: 'Choose another key' }).click();
  await expect(dialog).toContainText('The IP Whitelist of Office only blocks this plugin');
  await dialog.getByLabel('API Key').selectOption({ label: 'Open to plugins' });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(line).toContainText('Ready');
  await expect(line.getByRole('link', { name: 'Open to plugins' })).toBeVisible();

  // The first address says beforehand whom it will block.
  await page.goto(open.path);
  const whitelist = section(page, 'IP Whitelist');
  await expect(whitelist).toContainText('1 plugin uses this key. The first address will block it:');
  await whitelist.getByLabel('IP address or range').fill('10.9.9.9');
  await whitelist.getByRole('button', { name: 'New IP' }).click();
  await expect(whitelist).toContainText('is blocked');
  await whitelist.getByRole('link', { name: 'Row counter' }).click();
  await expect(line).toContainText('By the IP Whitelist of Open to plugins');

  await line.getByRole('button', { name: 'Action for Row counter' }).click();
  await page.getByRole('menuitem', { name: 'Remove' }).click();
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await expect(line).toHaveCount(0);
});

test('A9 the Tester asks as a plugin of the account', async ({ page, workspace, at }) => {
  const key = await makeKey(page, workspace, 'Tested as a plugin', ['10.1.2.3']);
  await post(page, workspace, at('/plugins'), { plugin_id: 'form-event', name: 'Form event', key: key.sid });
  await page.goto(at(`/tester?key=${key.sid}`));
  await page.getByLabel('API', { exact: true }).selectOption('data.list');
  await page.getByLabel('App id').fill('orders');
  await page.getByLabel('IP address').fill('10.1.2.3');
  await page.getByLabel('Caller').selectOption('form-event');
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  const verdict = page.getByRole('region', { name: 'Decision' });
  await expect(verdict.getByRole('heading', { level: 2 })).toHaveText('Denied');
  await expect(verdict).toContainText('Plugins may not use the key');
  await expect(verdict).toContainText('Form event');
});

for (const [lang, width] of [['en', 1360], ['en', 390], ['zh-CN', 1360], ['zh-CN', 390]] as const) {
  test(`axe and no sideways scrolling: ${lang} at ${width}`, async ({ fresh, signedIn }) => {
    const page = await signedIn({ workspace: fresh, viewport: { width, height: 800 } });
    await post(page, fresh, '/preferences', { language: lang });
    const plugins = `${fresh.path}/plugins`;
    await page.goto(plugins);
    await expectAccessible(page, 'empty');
    const open = await makeKey(page, fresh, 'Open to plugins');
    const listed = await makeKey(page, fresh, 'Office only', ['10.1.2.3']);
    const long = 'A plugin with a name that is rather longer than any that somebody would give it on purpose';
    await post(page, fresh, plugins, { plugin_id: 'row-counter', name: 'Row counter', key: open.sid });
    await post(page, fresh, plugins, { plugin_id: 'form-event', name: long, key: listed.sid });
    await post(page, fresh, plugins, { plugin_id: 'x'.repeat(64), name: 'Loose end', key: '' });
    for (const address of [plugins, `${plugins}?q=none`, `${plugins}/new`, listed.path]) {
      await page.goto(address);
      await expect(page.locator('html')).toHaveAttribute('lang', lang);
      await expectAccessible(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    }
    await page.goto(plugins);
    await row(page, long).getByRole('button').click();
    await page.getByRole('menuitem').first().click();
    await page.getByRole('dialog').waitFor();
    await expectAccessible(page, 'edit');
  });
}
