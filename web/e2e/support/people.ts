import { Browser, BrowserContext, BrowserContextOptions, expect, Page } from '@playwright/test';
import { randomUUID } from 'node:crypto';
import { watch, Workspace } from './fixtures';
import { post } from './keys';

/** Somebody beside the owner, in a browser of their own. */
export interface Person {
  name: string;
  email: string;
  password: string;
  role: 'owner' | 'admin' | 'member';
  page: Page;
  context: BrowserContext;
  /** What the person's pages reported; there must be nothing. */
  faults: string[];
}

/** A password that nobody guesses. */
export const strong = 'yellow heron basket';

/** Invites somebody without the detour over the dialog, and gives the link's path. */
export async function invite(owner: Page, w: Workspace, role: Person['role'], email = ''): Promise<string> {
  const answer = await post(owner, w, `${w.path}/settings/members/invite`, { role, email });
  const link = (await answer.text()).match(/\/invite\/[\w-]{20,}/)?.[0];
  if (!link) throw new Error(`no invitation was made: ${answer.status()}`);
  return link;
}

/** Fills in the page of an invitation as somebody new, and joins. */
export async function joinAsNew(page: Page, name: string, email: string): Promise<void> {
  await page.getByLabel('Your name').fill(name);
  const address = page.getByLabel('E-mail');
  if (await address.isEditable()) await address.fill(email);
  await page.getByLabel('Password', { exact: true }).fill(strong);
  await page.getByLabel('Confirm password').fill(strong);
  await page.getByRole('button', { name: 'Join' }).click();
}

/**
 * Lets a second person into the workspace of the signed-in `owner`, and gives
 * them a browser of their own; with the locale zh-CN they chose Chinese. Close the context when it is done with.
 */
export async function newPerson(
  browser: Browser,
  owner: Page,
  w: Workspace,
  role: Person['role'] = 'member',
  options: BrowserContextOptions = {},
): Promise<Person> {
  const mark = randomUUID().slice(0, 8);
  const [name, email] = [`Nina ${mark}`, `nina-${mark}@larkfield.example`];
  const link = await invite(owner, w, role);
  const context = await browser.newContext({ baseURL: w.base, locale: 'en-US', storageState: { cookies: [], origins: [] }, ...options });
  const page = await context.newPage();
  const faults = await watch(page);
  const form = { name, email, password: strong, password_again: strong, language: options.locale ?? 'en' };
  expect((await page.request.post(w.base + link, { form, headers: { Origin: w.base } })).ok()).toBe(true);
  return { name, email, password: strong, role, page, context, faults };
}

