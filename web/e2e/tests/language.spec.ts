import { Locator, Page } from '@playwright/test';
import { expect, owner, test, watch } from '../support/fixtures';
import { makeApps, makeKey, post } from '../support/keys';
import { setupLink, startServer } from '../support/server';

// Names of things, and words that stay as they are in Chinese.
const kept = [
  'API Key', 'API Secret', 'API', 'CSV', 'PIN', 'localhost', '--base-url', 'SOAP', 'Sid', 'IP', 'IPv4', 'IPv6', 'UTC', 'HTTP', 'HTTPS', 'JSON', 'REST', 'FTP', 'Email', 'Web Service', 'Keywicket', 'English', 'CRM', 'Ctrl\\+C',
  'msg', 'code', 'RFC 9457', 'Authorization', 'X-API-Key', 'Bearer', 'Esc', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'ANY', 'Mac', 'ID', 'MiB',
  'Ada King', 'Larkfield', 'larkfield', 'AK', 'L', 'Contact', 'App', 'Form', 'Data', 'File', 'Workflow', 'Chrome', 'Linux', 'HeadlessChrome', 'Web', 'v\\d+',
];

/** Text and names of controls on the page as it stands, without data in code. */
async function words(root: Locator): Promise<string[]> {
  return root.evaluate((node) => {
    const out: string[] = [];
    const walk = document.createTreeWalker(node, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let n: Node | null = walk.currentNode; n; n = walk.nextNode()) {
      if (n instanceof Element) {
        for (const name of ['aria-label', 'title', 'placeholder', 'label']) {
          const text = n.getAttribute(name);
          if (text && n.localName !== 'time' && !n.hasAttribute('data-code')) out.push(text);
        }
      } else if (!n.parentElement?.closest('script, style, code, pre, noscript, textarea')) {
        out.push(n.textContent ?? '');
      }
    }
    return out.map((t) => t.trim()).filter(Boolean);
  });
}

const latin = new RegExp(`(?<![A-Za-z])(?:${kept.join('|')})(?![A-Za-z])`, 'g');
const address = /\S*[./@_*]\S*/g;

/** English words that stand on a Chinese page. */
const english = (list: string[]) => list.map((t) => t.replace(address, '').replace(latin, '')).filter((t) => /[A-Za-z]{2,}/.test(t));
/** Chinese on an English page, besides the language's own name. */
const chinese = (list: string[]) => list.map((t) => t.replace('简体中文', '')).filter((t) => /[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]/.test(t));

/** Every page of the console, and the dialogs that have addresses. */
function pages(path: string, sid: string, app: string, api: string, family: string): string[] {
  return [
    `${path}/keys`, `${path}/keys?q=0000000`, `${path}/keys/new`, `${path}/keys?channel=rest&unused=1`, `${path}/keys/${sid}`, `${path}/keys/${sid}/delete`,
    `${path}/apps`, `${path}/apps?q=0000000`, `${path}/apps/new`, `${path}/apps/paste`, `${path}/apps/${app}/rename`, `${path}/apps/${app}/remove`,
    `${path}/catalogue`, `${path}/catalogue/preset`, `${path}/catalogue/families/new`, `${path}/catalogue/families/${family}/rename`,
    `${path}/catalogue/families/${family}/remove`, `${path}/catalogue/apis/new`, `${path}/catalogue/apis/${api}/edit`, `${path}/catalogue/apis/${api}/remove`,
    `${path}/plugins`, `${path}/plugins?q=0000000`, `${path}/plugins/new`, `${path}/tester?key=${sid}`, `${path}/audit`, `${path}/audit?actor=0000000`, `${path}/settings/account`, `${path}/settings/members`, `${path}/settings/members/invite`, `/invite/0000000`, `/reset/0000000`, `/forgot`, '/profile', '/nowhere', `${path}/nowhere`,
  ];
}

/** Ids of the first row of each kind. */
async function ids(page: Page, path: string): Promise<[string, string, string]> {
  const find = async (address: string, pattern: RegExp) => (await (await page.request.get(address)).text()).match(pattern)![1];
  return [
    await find(`${path}/apps`, /id="app-(\d+)"/),
    await find(`${path}/catalogue`, /id="api-(\d+)"/),
    await find(`${path}/catalogue`, /id="family-(\d+)"/),
  ];
}

test('no page mixes languages', async ({ fresh, signedIn }) => {
  test.setTimeout(90_000);
  const page = await signedIn({ workspace: fresh });
  const key = await makeKey(page, fresh, '0001', ['10.1.2.3']);
  await makeApps(page, fresh, '1001, 2002');
  await post(page, fresh, `${key.path}/reveal`);
  await post(page, fresh, `${key.path}/apps`, { mode: 'some' });
  await post(page, fresh, `${key.path}/limits`, { rate_requests: '5', rate_window: '1', rate_unit: 'm' });
  const all = pages(fresh.path, key.sid, ...(await ids(page, fresh.path)));
  for (const [lang, wrong] of [['en', chinese], ['zh-CN', english]] as const) {
    expect((await post(page, fresh, '/preferences', { language: lang })).ok()).toBe(true);
    for (const address of all) {
      await page.goto(address);
      await expect(page.locator('html')).toHaveAttribute('lang', lang);
      expect.soft(wrong([await page.title(), ...(await words(page.locator('body')))]), `${lang} ${address}`).toEqual([]);
    }
    // What is said after a press.
    await page.goto(key.path);
    const form = page.locator('#whitelist form').last();
    for (const ip of ['', '::1', '10.*.*.1', '1*.1.1.1', '1.1.1.256', '01.1.1.1', '10.0.0.0/8', '10.1.2.3', 'x']) {
      const answer = await post(page, fresh, `${key.path}/whitelist`, { ip });
      expect(answer.status()).toBe(422);
    }
    await form.getByRole('textbox').fill('::1');
    await form.getByRole('button').click();
    await expect(form.getByRole('textbox')).toHaveAttribute('aria-invalid', 'true');
    await page.getByRole('switch').first().click();
    await expect(page.locator('[data-toast]').last()).toBeVisible();
    expect.soft(wrong(await words(page.locator('body'))), `${lang} after a press`).toEqual([]);
    await page.getByRole('switch').first().click();
    await expect(page.getByRole('switch').first()).toBeChecked();
    await page.goto(`${fresh.path}/tester?key=${key.sid}`);
    await page.locator('#test').click();
    await expect(page.locator('[aria-invalid=true]').first()).toBeVisible();
    expect.soft(wrong(await words(page.locator('main'))), `${lang} tester`).toEqual([]);
  }
});

test('中文: by the browser at set-up and sign-in, with the labels of the documented console', async ({ browser, faults }) => {
  const server = await startServer();
  const context = await browser.newContext({ baseURL: server.base, locale: 'zh-CN', storageState: undefined });
  const page = await context.newPage();
  faults.push(await watch(page));
  try {
    await page.goto(setupLink(server));
    await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
    expect.soft(english(await words(page.locator('body')))).toEqual([]);
    await page.getByLabel('账户名称').fill(owner.account);
    await page.getByLabel('您的姓名').fill(owner.name);
    await page.getByLabel('邮箱').fill(owner.email);
    await page.getByLabel('密码', { exact: true }).fill('short');
    await page.getByLabel('确认密码').fill('short');
    await page.getByRole('button', { name: '创建账户' }).click();
    await expect(page.getByLabel('密码', { exact: true })).toHaveAttribute('aria-invalid', 'true');
    expect.soft(english(await words(page.locator('body')))).toEqual([]);
    await page.getByLabel('密码', { exact: true }).fill(owner.password);
    await page.getByLabel('确认密码').fill(owner.password);
    await page.getByRole('button', { name: '创建账户' }).click();
    await expect(page).toHaveURL(/\/keys/);
    const panel = page.getByRole('complementary');
    await expect(panel.getByRole('heading', { name: '开放平台' })).toBeVisible();
    await expect(panel.getByRole('link', { name: '密钥管理' })).toBeVisible();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('API Key');
    await page.getByRole('button', { name: '创建API Key' }).first().click();
    const dialog = page.getByRole('dialog');
    await expect(dialog.getByRole('textbox', { name: 'API Key' })).toBeVisible();
    const name = (await dialog.getByRole('link').innerText()).trim();
    await dialog.getByRole('button', { name: '完成' }).click();
    for (const label of ['名称', 'API Key', '应用授权范围', '接口授权范围', 'IP 白名单', '状态', '操作']) {
      await expect(page.getByRole('columnheader', { name: label, exact: true })).toBeAttached();
    }
    await expect(page.getByRole('row').nth(1)).toContainText('全部应用');
    await expect(page.getByRole('row').nth(1)).toContainText('全部接口');
    await page.getByRole('checkbox', { name: `选择 ${name}` }).check();
    for (const label of ['启用', '停用', '删除']) await expect(page.getByRole('button', { name: label, exact: true })).toBeVisible();
    await page.getByRole('button', { name: `${name} 的操作` }).click();
    await expect(page.getByRole('menuitem', { name: /^复制/ })).toBeVisible();
    await expect(page.getByRole('menuitem', { name: /^删除/ })).toBeVisible();
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name, exact: true }).click();
    for (const label of ['应用授权范围', '接口授权范围', 'IP 白名单']) await expect(page.getByRole('region', { name: label, exact: true })).toBeVisible();
    await expect(page.getByRole('radio', { name: /^全部应用/ })).toBeChecked();
    await expect(page.getByRole('radio', { name: /^部分应用/ })).toBeAttached();
    await expect(page.getByRole('radio', { name: /^全部接口/ })).toBeChecked();
    await expect(page.getByRole('radio', { name: /^部分接口/ })).toBeAttached();
    await expect(page.getByRole('button', { name: '添加 IP' })).toBeVisible();
    await page.getByRole('button', { name: '退出登录' }).click();
    await expect(page.getByRole('button', { name: '登录' })).toBeVisible();
    expect.soft(english(await words(page.locator('body')))).toEqual([]);
  } finally {
    await context.close();
    await server.stop();
  }
});

test('the labels of the documented console in English', async ({ page, workspace, at }) => {
  const key = await makeKey(page, workspace);
  await page.goto(at('/keys'));
  for (const label of ['Open Platform', 'Settings']) await expect(page.getByRole('heading', { name: label })).toBeVisible();
  for (const label of ['Create API Key', 'Search']) await expect(page.getByRole('button', { name: label, exact: true }).first()).toBeVisible();
  await page.goto(key.path);
  for (const label of ['Scope (App)', 'Scope (API)', 'IP Whitelist']) await expect(page.getByRole('region', { name: label, exact: true })).toBeVisible();
  for (const label of [/^All Apps/, /^Some Apps/, /^All APIs/, /^Some APIs/]) await expect(page.getByRole('radio', { name: label })).toBeAttached();
  for (const label of ['App List', 'API List']) await expect(page.getByRole('group', { name: label, includeHidden: true }).first()).toBeAttached();
  await expect(page.getByRole('button', { name: 'New IP' })).toBeVisible();
  await expect(page.getByRole('switch', { name: 'Status' })).toBeChecked();
  for (const label of ['Sid', 'Prefix', 'Created']) await expect(page.getByRole('term').filter({ hasText: label }).first()).toBeVisible();
  for (const label of ['Name', 'Description', 'Expiry Date']) await expect(page.getByRole('region', { name: 'Basics' }).getByLabel(label)).toBeVisible();
});

test('by choice: from the menu before sign-in, and in the profile on every device', async ({ fresh, signedIn }) => {
  const visitor = await signedIn({ workspace: fresh, storageState: undefined });
  await visitor.goto('/login');
  await visitor.getByRole('button', { name: 'Language' }).click();
  await visitor.getByRole('menuitemradio', { name: '简体中文' }).click();
  await expect(visitor.getByRole('button', { name: '登录' })).toBeVisible();
  const page = await signedIn({ workspace: fresh });
  await page.goto('/profile');
  await page.getByRole('region', { name: 'Appearance' }).getByLabel('Language').selectOption({ label: '简体中文' });
  await page.getByRole('region', { name: 'Appearance' }).getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('个人资料');
  const other = await signedIn({ workspace: fresh });
  await other.goto(`${fresh.path}/keys`);
  await expect(other.getByRole('button', { name: '创建API Key' }).first()).toBeVisible();
  await other.goto('/profile');
  await other.getByRole('region', { name: '外观' }).getByLabel('语言').selectOption({ label: '跟随浏览器' });
  await other.getByRole('region', { name: '外观' }).getByRole('button', { name: '保存' }).click();
  await expect(other.locator('html')).toHaveAttribute('lang', 'en');
});
