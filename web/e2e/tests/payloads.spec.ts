import { Page } from '@playwright/test';
import { expect, test, Workspace } from '../support/fixtures';
import { makeKey, message, post } from '../support/keys';

// What people type is text, wherever it stands. Each payload would set a mark
// on the window, open a dialog, or load something, if any of it ran.

const run = 'window.pwned=1';
const payloads = [
  `<script>${run}</script>`, `"><script>${run}</script>`, `'><script>${run}</script>`, `</title><script>${run}</script>`, `</textarea><script>${run}</script>`,
  `</script><script>${run}</script>`, `<img src=x onerror=${run}>`, `"><img src=x onerror="${run}">`, `'><img src=x onerror='${run}'>`, `<img src="x" onerror="${run}" />`,
  `<svg onload=${run}>`, `"><svg onload=${run}>`, `<svg><script>${run}</script></svg>`, `<svg><animate onbegin=${run} attributeName=x dur=1s>`, `<svg/onload=${run}>`,
  `<body onload=${run}>`, `<iframe src="javascript:${run}"></iframe>`, `<iframe srcdoc="<script>parent.pwned=1</script>"></iframe>`, `<object data="javascript:${run}">`, `<embed src="javascript:${run}">`,
  `<a href="javascript:${run}">x</a>`, `javascript:${run}`, `data:text/html,<script>${run}</script>`, `<a href="data:text/html,x">x</a>`, `<form action="javascript:${run}"><input type=submit>`,
  `<button formaction="javascript:${run}">x</button>`, `<input autofocus onfocus=${run}>`, `" autofocus onfocus="${run}`, `' autofocus onfocus='${run}`, `" onmouseover="${run}`,
  `<select autofocus onfocus=${run}>`, `<textarea autofocus onfocus=${run}>`, `<details open ontoggle=${run}>`, `<video><source onerror=${run}>`, `<audio src=x onerror=${run}>`,
  `<marquee onstart=${run}>`, `<style>@import 'javascript:${run}';</style>`, `<link rel=stylesheet href=//evil.example/x.css>`, `<meta http-equiv=refresh content="0;url=javascript:${run}">`, `<base href=//evil.example/>`,
  `<div hx-get="/keys" hx-trigger="load">`, `<div hx-on:load="${run}">`, `<div hx-on::load='${run}'>`, `<div hx-vals="js:{x:${run}}" hx-get="/" hx-trigger="load">`, `<div hx-trigger="load[${run}]" hx-get="/">`,
  `<hx-partial hx-target="body"><script>${run}</script></hx-partial>`, `<div hx-swap-oob="outerHTML:body">gone</div>`, `<template><script>${run}</script></template>`, `<math><mtext></table><mglyph><style><img src=x onerror=${run}>`, `<noscript><p title="</noscript><img src=x onerror=${run}>">`,
  `{{constructor.constructor('${run}')()}}`, `\${${run}}`, `<%= ${run} %>`, `#{${run}}`, `\\u003cscript\\u003e${run}\\u003c/script\\u003e`,
  `%3Cscript%3E${run}%3C/script%3E`, `&lt;script&gt;${run}&lt;/script&gt;`, `<!--><script>${run}</script>`, `<![CDATA[><script>${run}</script>]]>`, `'-${run}-'`,
];

/** Nothing ran, and nothing of it became an element. */
async function expectText(page: Page, where: string): Promise<void> {
  const found = await page.evaluate(() => ({
    ran: 'pwned' in window,
    odd: [...document.querySelectorAll('iframe, object, embed, base, marquee, style, video, audio, math, details[ontoggle], meta[http-equiv], a[href^="javascript:" i], a[href^="data:" i]:not([download][href^="data:application/octet-stream;"]), [formaction], script:not([src])')].map((n) => n.outerHTML),
    handlers: [...document.querySelectorAll('*')].flatMap((n) => n.getAttributeNames().filter((a) => /^on|^hx-on/.test(a)).map((a) => `${n.localName} ${a}`)),
    outside: performance.getEntriesByType('resource').map((r) => r.name).filter((u) => new URL(u).origin !== location.origin && !u.startsWith('data:')),
    shell: !!document.querySelector('main'),
  }));
  expect.soft(found, where).toEqual({ ran: false, odd: [], handlers: [], outside: [], shell: true });
}

/** The pages that show what was typed. */
async function look(page: Page, paths: string[]): Promise<void> {
  for (const path of paths) {
    await page.goto(path);
    await expectText(page, path);
  }
}

/** Sends a form, which may be refused, but not by a fault. */
async function send(page: Page, w: Workspace, path: string, form: Record<string, string>): Promise<void> {
  expect((await post(page, w, path, form)).status(), path).toBeLessThan(500);
}

test('there are 60 payloads, all different, and short enough for a name', () => {
  expect(new Set(payloads).size).toBe(60);
  expect(payloads.filter((p) => p.length > 100)).toEqual([]);
});

test('keys: name, description, whitelist, limits, date and search', async ({ fresh, signedIn }) => {
  test.setTimeout(120_000);
  const page = await signedIn({ workspace: fresh });
  for (const [n, p] of payloads.entries()) {
    const key = await makeKey(page, fresh);
    expect((await post(page, fresh, `${key.path}/basics`, { name: p, description: p, expires_at: '' })).ok(), p).toBe(true);
    await send(page, fresh, `${key.path}/status`, { enabled: '0' });
    if (n % 10 === 0) {
      await look(page, [key.path, `${key.path}/delete`, `${fresh.path}/tester?key=${key.sid}`]);
      await page.goto(key.path);
      await page.getByRole('button', { name: /^Action for/ }).first().click();
      await page.getByRole('menuitem', { name: 'Copy the entire key' }).click();
      await page.getByRole('dialog').waitFor();
      await expectText(page, `copy of ${p}`);
    }
  }
  await look(page, [`${fresh.path}/keys`, `${fresh.path}/keys?page=2`, `${fresh.path}/audit`, `${fresh.path}/audit?page=2`, `${fresh.path}/audit?page=3`]);
  await page.goto(`${fresh.path}/keys`);
  await page.getByRole('switch').first().click();
  await expect(message(page, /is enabled/)).toBeVisible();
  await expectText(page, 'a toast with a name');
  await page.getByRole('checkbox', { name: 'Select all rows' }).check();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('dialog').waitFor();
  await expectText(page, 'bulk dialog');
  // The search, through the address as a link that somebody sent, and typed.
  for (const p of payloads) await look(page, [`${fresh.path}/keys?q=${encodeURIComponent(p)}`]);
  // Fields that refuse it give it back as it was.
  const key = await makeKey(page, fresh);
  await page.goto(key.path);
  for (const p of payloads.slice(0, 20)) {
    const part = page.getByRole('region', { name: 'IP Whitelist' });
    await part.getByLabel('IP address or range').fill(p);
    const answer = page.waitForResponse((r) => r.request().method() === 'POST');
    await part.getByRole('button', { name: 'New IP' }).click();
    await answer;
    await expect(part.getByLabel('IP address or range')).toHaveAttribute('aria-invalid', 'true');
    await expect(part.getByLabel('IP address or range')).toHaveValue(p);
    await expectText(page, `whitelist ${p}`);
  }
});

test('apps and catalogue: ids, names, families, calls, paths and search', async ({ fresh, signedIn }) => {
  test.setTimeout(120_000);
  const page = await signedIn({ workspace: fresh });
  const a = fresh.path;
  const lines = payloads.map((p, n) => `app-${n}, ${p}`).join('\n');
  await send(page, fresh, `${a}/apps/paste`, { lines, skip: '1' });
  for (const [n, p] of payloads.entries()) {
    await send(page, fresh, `${a}/apps`, { app_id: p.replace(/\s/g, '\u00a0').slice(0, 100), name: p });
    await send(page, fresh, `${a}/apps`, { app_id: p.replace(/\s/g, ''), name: p });
    await send(page, fresh, `${a}/catalogue/families`, { name: p });
    const family = (await (await page.request.get(`${fresh.base}${a}/catalogue`)).text()).match(/id="family-(\d+)"/)![1];
    const call = { family, method: 'GET', bound: '1', app_source: 'header', app_field: p, rate: p };
    await send(page, fresh, `${a}/catalogue/apis`, { ...call, name: p, path: `/p/${n}` });
    await send(page, fresh, `${a}/catalogue/apis`, { ...call, name: `p.${n}`, path: p, app_field: 'X-App', rate: '' });
    await send(page, fresh, `${a}/catalogue/apis`, { ...call, name: `q.${n}`, path: `/q/${n}/${p.replace(/[<>"'\s/\\%?#;{}*`]/g, '')}`, app_field: 'X-App', rate: '' });
  }
  const key = await makeKey(page, fresh);
  await post(page, fresh, `${key.path}/apps`, { mode: 'some' });
  await look(page, [`${a}/apps`, `${a}/apps?page=2`, `${a}/apps?page=3`, `${a}/catalogue`, key.path, `${a}/tester`, `${a}/audit?event=app.`, `${a}/audit?event=catalogue.`]);
  for (const path of ['/apps/new', '/catalogue/families/new', '/catalogue/apis/new']) {
    await page.goto(a + path);
    for (const p of payloads.slice(0, 6)) {
      for (const field of await page.getByRole('main').getByRole('textbox').all()) await field.fill(p);
      await page.getByRole('main').getByRole('button').last().click();
      await page.waitForLoadState();
      await expectText(page, `${path} ${p}`);
      await page.goto(a + path);
    }
  }
  for (const p of payloads.slice(20, 40)) await look(page, [`${a}/apps?q=${encodeURIComponent(p)}`]);
  for (const p of payloads.slice(0, 20)) await look(page, [`${a}/catalogue?q=${encodeURIComponent(p)}`, `${a}/audit?actor=${encodeURIComponent(p)}&target=${encodeURIComponent(p)}&from=${encodeURIComponent(p)}`]);
});

test('people and account: names, sign-in, tester, addresses', async ({ fresh, signedIn }) => {
  test.setTimeout(120_000);
  const page = await signedIn({ workspace: fresh });
  const a = fresh.path;
  for (const [n, p] of payloads.entries()) {
    expect((await post(page, fresh, '/profile', { name: p })).ok(), p).toBe(true);
    expect((await post(page, fresh, `${a}/settings/account/name`, { name: p })).ok(), p).toBe(true);
    if (n % 6 === 0) await look(page, [`${a}/keys`, '/profile', `${a}/settings/account`, `${a}/audit`]);
    await look(page, [n % 2 ? `/${encodeURIComponent(p)}` : `${a}/keys/${encodeURIComponent(p)}`]);
  }
  await page.goto(`${a}/tester`);
  for (const p of payloads.slice(0, 20)) {
    await page.getByRole('radio', { name: 'Paste a key' }).check();
    await page.getByRole('radio', { name: 'Method and path' }).check();
    for (const field of ['Key value', 'Path', 'App id', 'IP address']) await page.getByLabel(field, { exact: true }).or(page.getByRole('textbox', { name: field })).first().fill(p);
    const answer = page.waitForResponse((r) => r.request().method() === 'POST');
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await answer;
    await expectText(page, `tester ${p}`);
  }
  const visitor = await signedIn({ workspace: fresh, storageState: undefined });
  for (const p of payloads.slice(0, 15)) {
    await visitor.goto(`/login?next=${encodeURIComponent(p)}`);
    await visitor.getByLabel('E-mail').fill(p);
    await visitor.getByLabel('E-mail').evaluate((field: HTMLInputElement) => field.form!.setAttribute('novalidate', ''));
    await visitor.getByLabel('Password').fill(p);
    await visitor.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(visitor.getByLabel('E-mail')).toBeVisible();
    await expectText(visitor, `sign-in ${p}`);
  }
});
