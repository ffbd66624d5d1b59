import AxeBuilder from '@axe-core/playwright';
import { Browser, BrowserContextOptions, expect, Page, test as base } from '@playwright/test';
import { Server, setupLink, startServer } from './server';

/** Who the set-up creates. */
export const owner = { account: 'Larkfield', name: 'Ada King', email: 'ada@larkfield.example', password: 'purple otter lamp' };

/** A server with an owner, and the owner's signed-in state. */
export interface Workspace extends Server {
  /** Path of the account, such as /a/larkfield. */
  path: string;
  /** Cookies of the signed-in owner, for newContext. */
  state: Awaited<ReturnType<import('@playwright/test').BrowserContext['storageState']>>;
}

/** Goes through the set-up page as the first owner. */
export async function setUp(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByLabel('Account name').fill(owner.account);
  await page.getByLabel('Your name').fill(owner.name);
  await page.getByLabel('E-mail').fill(owner.email);
  await page.getByLabel('Password', { exact: true }).fill(owner.password);
  await page.getByLabel('Password, again').fill(owner.password);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page).toHaveURL(/\/a\/[^/]+\/keys/);
}

/** Starts a server and makes its owner. */
export async function newWorkspace(browser: Browser, options: Parameters<typeof startServer>[0] = {}): Promise<Workspace> {
  const server = await startServer(options);
  const context = await browser.newContext({ locale: 'en-US' });
  const page = await context.newPage();
  await setUp(page, setupLink(server));
  const path = new URL(page.url()).pathname.replace(/\/keys.*/, '');
  const state = await context.storageState();
  await context.close();
  return { ...server, path, state };
}

/** Faults that a page reported: console errors, CSP refusals, exceptions. */
export function watch(page: Page): string[] {
  const faults: string[] = [];
  page.on('console', (m) => {
    // A refused form is answered with a 4xx, which Chromium prints as an error.
    if (m.type() === 'error' && !/status of 4\d\d/.test(m.text())) faults.push(`console: ${m.text()}`);
  });
  page.on('pageerror', (e) => faults.push(`exception: ${e.message}`));
  return faults;
}

/** Checks the page with axe as it stands. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' | ')}`)).toEqual([]);
}

interface WorkerFixtures {
  workspace: Workspace;
}

interface TestFixtures {
  /** Opens a signed-in page of its own context. */
  signedIn: (options?: BrowserContextOptions) => Promise<Page>;
  /** Path of a page of the account: at('/keys'). */
  at: (path: string) => string;
  /** A server of the test's own, with an owner. */
  fresh: Workspace;
  faults: string[];
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  workspace: [
    async ({ browser }, use) => {
      const w = await newWorkspace(browser);
      await use(w);
      await w.stop();
    },
    { scope: 'worker' },
  ],
  fresh: async ({ browser }, use) => {
    const w = await newWorkspace(browser);
    await use(w);
    await w.stop();
  },
  faults: [
    async ({}, use) => {
      const all: string[] = [];
      await use(all);
      expect(all, 'no console error, exception or CSP refusal').toEqual([]);
    },
    { auto: true },
  ],
  // Without a sign-in: `context` and `page`. With one: as the owner.
  storageState: async ({ workspace }, use) => use(workspace.state),
  baseURL: async ({ workspace }, use) => use(workspace.base),
  at: async ({ workspace }, use) => use((p) => workspace.path + p),
  page: async ({ page, faults }, use) => {
    const seen = watch(page);
    await use(page);
    faults.push(...seen);
  },
  signedIn: async ({ browser, workspace, faults }, use) => {
    const closers: (() => Promise<void>)[] = [];
    await use(async (options = {}) => {
      const context = await browser.newContext({ baseURL: workspace.base, storageState: workspace.state, locale: 'en-US', ...options });
      const page = await context.newPage();
      const seen = watch(page);
      closers.push(async () => {
        faults.push(...seen);
        await context.close();
      });
      return page;
    });
    for (const c of closers) await c();
  },
});

export { expect };
