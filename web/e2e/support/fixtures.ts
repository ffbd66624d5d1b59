import axe from 'axe-core';
import { Browser, BrowserContext, BrowserContextOptions, expect, Page, test as base } from '@playwright/test';
import { Server, ServerOptions, setupLink, startServer } from './server';

/** Who the set-up creates. */
export const owner = { account: 'Larkfield', name: 'Ada King', email: 'ada@larkfield.example', password: 'purple otter lamp' };

/** A server with an owner, and the owner's signed-in state. */
export interface Workspace extends Server {
  /** Path of the account, such as /a/larkfield. */
  path: string;
  /** Cookies of the signed-in owner, for newContext. */
  state: Awaited<ReturnType<BrowserContext['storageState']>>;
}

/** Goes through the set-up page as the first owner. */
export async function setUp(page: Page, link: string, preset = true): Promise<void> {
  await page.goto(link);
  await page.getByLabel('Account name').fill(owner.account);
  await page.getByLabel('Your name').fill(owner.name);
  await page.getByLabel('E-mail').fill(owner.email);
  await page.getByLabel('Password', { exact: true }).fill(owner.password);
  await page.getByLabel('Confirm password').fill(owner.password);
  await page.getByRole('checkbox', { name: 'Fill the API Catalogue' }).setChecked(preset);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page).toHaveURL(/\/a\/[^/]+\/keys/);
}

/** Starts a server and makes its owner. */
export async function newWorkspace(browser: Browser, options: ServerOptions & { preset?: boolean } = {}): Promise<Workspace> {
  const server = await startServer(options);
  const context = await browser.newContext({ locale: 'en-US' });
  const page = await context.newPage();
  await setUp(page, setupLink(server), options.preset);
  const path = new URL(page.url()).pathname.replace(/\/keys.*/, '');
  const state = await context.storageState();
  await context.close();
  return { ...server, path, state };
}

/**
 * Faults that a page reports: console errors, exceptions, and refusals by the
 * content security policy. Call it before the page goes anywhere.
 */
export async function watch(page: Page): Promise<string[]> {
  const faults: string[] = [];
  page.on('console', (m) => {
    // A refused form is answered with a 4xx, which Chromium prints as an error.
    if (m.type() === 'error' && !/status of 4\d\d/.test(m.text())) faults.push(`${page.url()}: ${m.text()}`);
  });
  page.on('pageerror', (e) => faults.push(`${page.url()}: ${e.message}`));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (e) => {
      console.error(`CSP ${e.violatedDirective} refused ${e.blockedURI} ${e.sample} at ${e.sourceFile}:${e.lineNumber}`);
    });
  });
  return faults;
}

/**
 * Checks the page with axe as it stands, once it stands: what is fading in has
 * less contrast. Pages have no frames, so one run sees all.
 */
export async function expectAccessible(page: Page, what = page.url()): Promise<void> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const moving = document.getAnimations().filter((a) => a.effect?.getComputedTiming().iterations !== Infinity);
    await Promise.allSettled(moving.map((a) => a.finished));
    const found = await (window as unknown as { axe: typeof axe }).axe.run(document, { resultTypes: ['violations'] });
    return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' | ')}`);
  });
  expect.soft(violations, what).toEqual([]);
}

/** Signs in through the sign-in page. */
export async function logIn(page: Page, password = owner.password): Promise<void> {
  await page.getByLabel('E-mail').fill(owner.email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

interface WorkerFixtures {
  workspace: Workspace;
}

interface TestFixtures {
  /** Opens a signed-in page in a context of its own. */
  signedIn: (options?: BrowserContextOptions & { workspace?: Workspace }) => Promise<Page>;
  /** Path of a page of the account: at('/keys'). */
  at: (path: string) => string;
  /** A server of the test's own, with an owner. */
  fresh: Workspace;
  /** What the pages of the test reported; there must be nothing. */
  faults: string[][];
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
      const all: string[][] = [];
      await use(all);
      expect(all.flat(), 'no console error, exception or CSP refusal').toEqual([]);
    },
    { auto: true },
  ],
  // `page` and `context` are the owner's.
  storageState: async ({ workspace }, use) => use(workspace.state),
  baseURL: async ({ workspace }, use) => use(workspace.base),
  at: async ({ workspace }, use) => use((p) => workspace.path + p),
  page: async ({ page, faults }, use) => {
    faults.push(await watch(page));
    await use(page);
  },
  signedIn: async ({ browser, workspace, faults }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async ({ workspace: w = workspace, ...options } = {}) => {
      const context = await browser.newContext({ baseURL: w.base, storageState: w.state, locale: 'en-US', ...options });
      contexts.push(context);
      const page = await context.newPage();
      faults.push(await watch(page));
      return page;
    });
    for (const c of contexts) await c.close();
  },
});

export { expect };
