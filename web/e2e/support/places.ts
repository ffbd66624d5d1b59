import { randomUUID } from 'node:crypto';
import { Page } from '@playwright/test';
import { Workspace } from './fixtures';
import { Made, makeApps, makeKey, post, setEnabled } from './keys';

/** A page of the console, or a dialog or menu on it. */
export interface Place {
  name: string;
  path: string;
  /** Opens what is to be looked at, once the page is there. */
  open?: (page: Page) => Promise<void>;
}

/** What the account needs so that its pages have something of everything. */
export async function furnish(page: Page, w: Workspace): Promise<{ on: Made; off: Made; app: string; api: string; family: string }> {
  await makeApps(page, w, 'orders, Orders', 'stock, Stock');
  const mark = randomUUID().slice(0, 4);
  const on = await makeKey(page, w, `Warehouse sync ${mark}`, ['10.1.2.3']);
  const off = await makeKey(page, w, `Old importer ${mark}`, ['10.1.2.3', '10.1.*.7']);
  const find = async (address: string, pattern: RegExp) => (await (await page.request.get(w.base + address)).text()).match(pattern)![1];
  const app = await find(`${w.path}/apps`, /id="app-(\d+)"/);
  const api = await find(`${w.path}/catalogue`, /id="api-(\d+)"/);
  const family = await find(`${w.path}/catalogue`, /id="family-(\d+)"/);
  await post(page, w, `${on.path}/apps`, { mode: 'some', app });
  await post(page, w, `${on.path}/apis`, { mode: 'some', api });
  await post(page, w, `${on.path}/limits`, { rate_requests: '100', rate_window: '1', rate_unit: 'm' });
  await setEnabled(page, w, off, false);
  return { on, off, app, api, family };
}

const press = (role: 'button' | 'link' | 'menuitem', name: string | RegExp) => async (page: Page) => {
  await page.getByRole(role, { name, exact: typeof name === 'string' }).first().click();
};

/** Shows a dialog: presses each name in turn, and waits for the dialog. */
const dialog = (...presses: ((page: Page) => Promise<void>)[]) => async (page: Page) => {
  for (const p of presses) await p(page);
  await page.getByRole('dialog').waitFor();
};

const menu = (name: string) => async (page: Page) => {
  await page.getByRole('button', { name, exact: true }).first().click();
  await page.getByRole('menu').waitFor();
};

/** Every page, dialog, menu and state of the console, in English. */
export function places(w: Workspace, f: Awaited<ReturnType<typeof furnish>>): Place[] {
  const a = w.path;
  const invalid = (region: string, label: string, value: string, button = 'Save') => async (page: Page) => {
    const part = page.getByRole('region', { name: region, exact: true });
    await part.getByLabel(label, { exact: true }).fill(value);
    await part.getByRole('button', { name: button, exact: true }).click();
    await part.locator('[aria-invalid=true]').first().waitFor();
  };
  return [
    { name: 'keys', path: `${a}/keys` },
    { name: 'keys, a value shown', path: `${a}/keys`, open: async (page) => {
      await press('button', `Show the API Key of ${f.on.name}`)(page);
      await page.getByText(f.on.value).waitFor();
    } },
    { name: 'keys, action menu', path: `${a}/keys`, open: menu(`Action for ${f.on.name}`) },
    { name: 'keys, language menu', path: `${a}/keys`, open: menu('Language') },
    { name: 'keys, rows selected', path: `${a}/keys`, open: async (page) => page.getByRole('checkbox', { name: 'Select all rows' }).check() },
    { name: 'keys, copy dialog', path: `${a}/keys`, open: dialog(press('button', `Action for ${f.on.name}`), press('menuitem', 'Copy the entire key')) },
    { name: 'keys, delete dialog', path: `${a}/keys`, open: dialog(press('button', `Action for ${f.off.name}`), press('menuitem', /^Delete/)) },
    { name: 'keys, bulk dialog', path: `${a}/keys`, open: dialog(async (page) => page.getByRole('checkbox', { name: 'Select all rows' }).check(), press('button', 'Delete')) },
    { name: 'keys, filters', path: `${a}/keys`, open: dialog(press('button', 'Filters')) },
    { name: 'keys, filtered', path: `${a}/keys?channel=rest&by=Ada+King&sort=expiry` },
    { name: 'keys, export menu', path: `${a}/keys`, open: menu('Export') },
    { name: 'keys, create menu', path: `${a}/keys`, open: menu('More ways to create') },
    { name: 'keys, form', path: `${a}/keys`, open: dialog(press('button', 'More ways to create'), press('menuitem', /^Add API Key/)) },
    { name: 'keys, form as a page', path: `${a}/keys/new?channel=ftp` },
    { name: 'keys, nothing found', path: `${a}/keys?q=nothing-like-it` },
    { name: 'keys, toast', path: `${a}/keys`, open: async (page) => {
      for (let n = 0; n < 2; n++) {
        const answer = page.waitForResponse((r) => r.request().method() === 'POST');
        await page.getByRole('switch', { name: `Status of ${f.on.name}`, exact: true }).click();
        await answer;
      }
      // It stays while the pointer is on it.
      await page.getByRole('region', { name: 'Messages' }).getByText(/is enabled/).hover();
    } },
    { name: 'delete, as a page', path: `${f.off.path}/delete` },
    { name: 'details', path: f.on.path },
    { name: 'details, disabled', path: f.off.path },
    { name: 'details, basics invalid', path: f.on.path, open: invalid('Basics', 'Name', 'x'.repeat(101)) },
    { name: 'details, address invalid', path: f.on.path, open: invalid('IP Whitelist', 'IP address or range', '::1', 'New IP') },
    { name: 'details, last address', path: f.on.path, open: dialog(press('button', 'Remove 10.1.2.3')) },
    { name: 'apps', path: `${a}/apps` },
    { name: 'apps, add', path: `${a}/apps`, open: dialog(press('link', 'Add app')) },
    { name: 'apps, add invalid', path: `${a}/apps`, open: async (page) => {
      await dialog(press('link', 'Add app'))(page);
      await page.getByLabel('App id').fill('two words');
      await page.getByRole('dialog').getByRole('button', { name: 'Add app' }).click();
      await page.locator('dialog [aria-invalid=true]').waitFor();
    } },
    { name: 'apps, paste', path: `${a}/apps/paste` },
    { name: 'apps, rename', path: `${a}/apps`, open: dialog(press('button', 'Action for Orders'), press('menuitem', 'Rename')) },
    { name: 'apps, remove', path: `${a}/apps`, open: dialog(press('button', 'Action for Orders'), press('menuitem', 'Remove')) },
    { name: 'apps, nothing found', path: `${a}/apps?q=nothing-like-it` },
    { name: 'plugins', path: `${a}/plugins` },
    { name: 'plugins, add', path: `${a}/plugins`, open: dialog(press('link', 'Add plugin')) },
    { name: 'catalogue', path: `${a}/catalogue` },
    { name: 'catalogue, preset', path: `${a}/catalogue`, open: dialog(press('link', 'Add preset')) },
    { name: 'catalogue, add family', path: `${a}/catalogue`, open: dialog(press('link', 'Add family')) },
    { name: 'catalogue, add call', path: `${a}/catalogue`, open: dialog(press('link', 'Add API')) },
    { name: 'catalogue, edit', path: `${a}/catalogue/apis/${f.api}/edit` },
    { name: 'catalogue, remove', path: `${a}/catalogue/apis/${f.api}/remove` },
    { name: 'catalogue, remove family', path: `${a}/catalogue/families/${f.family}/remove` },
    { name: 'tester', path: `${a}/tester` },
    { name: 'tester, denied', path: `${a}/tester?key=${f.off.sid}`, open: async (page) => {
      await page.getByRole('radio', { name: 'Method and path' }).check();
      await page.getByLabel('Path', { exact: true }).fill('/api/v5/app/entry/data/list');
      await page.getByRole('button', { name: 'Test', exact: true }).click();
      await page.getByRole('heading', { name: 'Denied' }).waitFor();
    } },
    { name: 'audit', path: `${a}/audit` },
    { name: 'audit, nothing found', path: `${a}/audit?target=nothing-like-it` },
    { name: 'settings', path: `${a}/settings/account` },
    { name: 'members', path: `${a}/settings/members` },
    { name: 'members, invite', path: `${a}/settings/members`, open: dialog(press('link', 'Invite member')) },
    { name: 'members, invite as a page', path: `${a}/settings/members/invite` },
    { name: 'members, invited', path: `${a}/settings/members`, open: async (page) => {
      await dialog(press('link', 'Invite member'), press('button', 'Create invitation'))(page);
      await page.getByRole('textbox', { name: 'Invitation link' }).waitFor();
    } },
    { name: 'members, own role', path: `${a}/settings/members`, open: dialog(press('button', /^Action for/), press('menuitem', 'Change role')) },
    { name: 'invitation gone', path: '/invite/nothing-like-it' },
    { name: 'forgotten password', path: '/forgot' },
    { name: 'profile', path: '/profile' },
    { name: 'profile, sign out everywhere', path: '/profile', open: async (page) => {
      await page.getByText('Sign out everywhere', { exact: true }).first().click();
      await page.getByRole('dialog').waitFor();
    } },
    { name: 'not found', path: `${a}/nowhere` },
  ];
}
