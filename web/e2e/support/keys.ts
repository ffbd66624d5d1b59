import { randomUUID } from 'node:crypto';
import { APIResponse, expect, Locator, Page } from '@playwright/test';
import { Workspace } from './fixtures';

/** What a key's value looks like. */
export const keyValue = /kw_[0-9A-Za-z]{38}/;

/** A key that was made for a test. */
export interface Made {
  sid: string;
  name: string;
  value: string;
  /** Path of its page. */
  path: string;
}

/**
 * POSTs a form as a page of the console does, with the page's cookies. What the form was made from is what is
 * stored: the answer to a form that does not say so says it.
 */
export async function post(page: Page, w: Workspace, path: string, form: Record<string, string> = {}): Promise<APIResponse> {
  const send = (fields: Record<string, string>) => page.request.post(w.base + path, { form: fields, headers: { Origin: w.base } });
  const answer = await send(form);
  if (answer.status() < 409 || 'version' in form || 'replaces' in form) return answer;
  const text = await answer.text();
  const name = text.includes('id="stale"') ? 'version' : 'replaces';
  const value = text.match(new RegExp(`type="hidden" name="${name}" value="([^"]*)"`))?.[1];
  return value ? send({ ...form, [name]: value }) : answer;
}

/** Makes a key without the detour over the list, and gives it a name. */
export async function makeKey(page: Page, w: Workspace, name = `Key ${randomUUID().slice(0, 8)}`, ips: string[] = []): Promise<Made> {
  const answer = await post(page, w, `${w.path}/keys`, { idempotency_key: randomUUID() });
  const text = await answer.text();
  const value = text.match(keyValue)?.[0];
  const sid = text.match(/\/keys\/([0-9A-Z]{26})/)?.[1];
  if (!value || !sid) throw new Error(`no key was made: ${answer.status()}`);
  const path = `${w.path}/keys/${sid}`;
  expect((await post(page, w, `${path}/basics`, { name, description: '', expires_at: '' })).ok()).toBe(true);
  for (const ip of ips) expect((await post(page, w, `${path}/whitelist`, { ip })).ok()).toBe(true);
  return { sid, name, value, path };
}

/** Enables or disables a key without the detour over a page. */
export async function setEnabled(page: Page, w: Workspace, key: Made, on: boolean): Promise<void> {
  expect((await post(page, w, `${key.path}/status`, { enabled: on ? '1' : '0' })).ok()).toBe(true);
}

/** Adds apps, "id, name" each; those that are there stay. */
export async function makeApps(page: Page, w: Workspace, ...lines: string[]): Promise<void> {
  expect((await post(page, w, `${w.path}/apps/paste`, { lines: lines.join('\n'), skip: '1' })).ok()).toBe(true);
}

/** The row of a table that names something. */
export function row(page: Page, name: string): Locator {
  return page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }).or(page.getByText(name, { exact: true })) });
}

/** A part of the details page, by its title. */
export function section(page: Page, name: string): Locator {
  return page.getByRole('region', { name, exact: true });
}

/** The words that were last said to the reader. */
export function message(page: Page, text: string | RegExp): Locator {
  return page.getByRole('region', { name: /^(Messages|消息)$/ }).getByText(text).last();
}

/** Opens an Action menu and presses one of its items. */
export async function choose(page: Page, name: string, item: string | RegExp): Promise<void> {
  await page.getByRole('button', { name: `Action for ${name}`, exact: true }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

/** What the gate decides. */
export interface Verdict {
  allowed: boolean;
  reason: string;
  failed: string[];
  status: number;
  key: { sid: string; name: string; account: string } | null;
}

/** Asks the gate as a program would. */
export async function verify(w: Workspace, question: Record<string, unknown>): Promise<Verdict> {
  const answer = await fetch(`${w.gate}/v1/verify`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(question),
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Verdict;
}

/** A call of the preset that every key with All Apps and All APIs may make. */
export const listData = { method: 'POST', path: '/api/v5/app/entry/data/list', app: 'orders', ip: '203.0.113.7' };
