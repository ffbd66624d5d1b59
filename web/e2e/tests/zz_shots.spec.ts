import { test } from '../support/fixtures';
import { makeApps, makeKey, post } from '../support/keys';
test('shots', async ({ fresh, signedIn }) => {
  test.setTimeout(120000);
  for (const [locale, colorScheme] of [['en-US', 'light'], ['zh-CN', 'dark']] as const) {
    const page = await signedIn({ workspace: fresh, locale, colorScheme });
    await post(page, fresh, '/preferences', { language: locale === 'en-US' ? 'en' : 'zh-CN', next: '/' });
    const s = `${fresh.path}/settings/subaccounts`;
    await makeApps(page, fresh, 'orders, Orders');
    await post(page, fresh, s, { name: 'Wholesale and distribution', slug: 'wholesale' });
    await post(page, fresh, s, { name: '北方分公司', slug: 'north', own_catalogue: 'own' });
    await post(page, fresh, s, { name: 'Retail', slug: 'retail' });
    await post(page, fresh, `${s}/north/suspend`);
    if (locale === 'en-US') await makeKey(page, { ...fresh, path: '/a/wholesale' });
    const n = locale.slice(0, 2);
    const shot = async (name: string, path: string, width = 1360) => {
      await page.setViewportSize({ width, height: 900 });
      await page.goto(path);
      await page.screenshot({ path: `/tmp/kw/acct-tools/shot-${n}-${name}-${width}.png`, fullPage: true });
    };
    await shot('subs', s); await shot('subs', s, 390);
    await shot('import', `${s}/import`); await shot('import', `${s}/import`, 390);
    await shot('settings', '/a/wholesale/settings/account'); await shot('settings', '/a/wholesale/settings/account', 390);
    await shot('apps', '/a/wholesale/apps'); await shot('keys', '/a/retail/keys'); await shot('keys', '/a/north/keys', 390);
    await page.setViewportSize({ width: 1360, height: 900 });
    await page.goto(s);
    await page.getByRole('link', { name: /Create sub-account|创建子账户/ }).first().click();
    await page.getByRole('dialog').waitFor();
    await page.screenshot({ path: `/tmp/kw/acct-tools/shot-${n}-new.png` });
    await page.keyboard.press('Escape');
    await page.locator('#accounts-button').click();
    await page.screenshot({ path: `/tmp/kw/acct-tools/shot-${n}-switcher.png` });
    await page.goto(`${s}/import`);
    await page.locator('textarea').fill('name,kind,master,created\nNorthwind,master,,2021-04-30\nBranch,sub,Northwind,2024-01-15\nNewcomer,master,,\nOdd,boss,,x\n');
    await page.locator('#choose-save').click();
    await page.screenshot({ path: `/tmp/kw/acct-tools/shot-${n}-bad.png`, fullPage: true });
    await page.locator('textarea').fill('name,kind,master,created\nNorthwind,master,,2021-04-30\nBranch,sub,Northwind,2024-01-15\nNewcomer,master,,\n');
    await page.locator('#choose-save').click();
    await page.screenshot({ path: `/tmp/kw/acct-tools/shot-${n}-preview.png`, fullPage: true });
    await page.context().close();
  }
});
