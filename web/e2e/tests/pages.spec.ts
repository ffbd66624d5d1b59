import { Page } from '@playwright/test';
import { expect, expectAccessible, test } from '../support/fixtures';
import { furnish, Place, places } from '../support/places';

const wide = { width: 1360, height: 860 };
const phone = { width: 390, height: 844 };

/** Looks at a place in both themes, on a desktop and on a phone. */
async function inspect(page: Page, place: Place): Promise<void> {
  await page.setViewportSize(wide);
  await page.goto(place.path);
  await place.open?.(page);
  for (const viewport of [wide, phone]) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await expectAccessible(page, `${place.name}, ${colorScheme}, ${viewport.width} wide`);
    }
    // Nothing hangs over the edge.
    const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect.soft(content, `${place.name} is as wide as the screen`).toBeLessThanOrEqual(screen);
  }
}

for (const part of [0, 1, 2, 3]) {
  test(`every page, dialog and menu is accessible, in both themes, on a desktop and on a phone (${part + 1} of 4)`, async ({ workspace, signedIn }) => {
    test.setTimeout(180_000);
    const page = await signedIn();
    const all = places(workspace, await furnish(page, workspace));
    for (const place of all.filter((_, n) => n % 4 === part)) await inspect(page, place);
  });
}

test('what is pressed on a phone opens there', async ({ workspace, signedIn }) => {
  test.setTimeout(90_000);
  const page = await signedIn({ viewport: phone });
  for (const place of places(workspace, await furnish(page, workspace))) {
    if (!place.open) continue;
    await page.goto(place.path);
    await place.open(page);
  }
});

test('sign-in, its faults, and the empty console are accessible', async ({ fresh, signedIn }) => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await signedIn({ workspace: fresh, colorScheme, viewport: phone });
    for (const path of ['/keys', '/apps', '/audit']) {
      await page.goto(fresh.path + path);
      await expectAccessible(page, `${colorScheme} ${path}, empty`);
    }
    const visitor = await signedIn({ workspace: fresh, storageState: undefined, colorScheme });
    await visitor.goto('/login');
    await expectAccessible(visitor, `${colorScheme} sign-in`);
    await visitor.getByLabel('E-mail').fill('a@b.example');
    await visitor.getByLabel('Password').fill('x');
    await visitor.getByRole('button', { name: 'Sign in', exact: true }).click();
    await visitor.getByRole('alert').waitFor();
    await expectAccessible(visitor, `${colorScheme} sign-in refused`);
    await visitor.goto('/setup/used');
    await expectAccessible(visitor, `${colorScheme} set-up gone`);
  }
});

test('the drawer of a phone is accessible, and leads everywhere', async ({ signedIn, at }) => {
  const page = await signedIn({ viewport: phone });
  for (const [name, path] of [['API Key', '/keys'], ['Apps', '/apps'], ['API Catalogue', '/catalogue'], ['Tester', '/tester'], ['Account', '/settings/account'], ['Audit', '/audit']]) {
    await page.goto(at('/keys'));
    await page.getByRole('button', { name: 'Open menu' }).click();
    const drawer = page.getByRole('complementary', { name: 'Left panel' });
    await expect(drawer).toBeInViewport();
    if (name === 'API Key') await expectAccessible(page, 'drawer');
    await drawer.getByRole('link', { name, exact: true }).click();
    await expect(page).toHaveURL(at(path));
    await expect(drawer).not.toBeInViewport();
  }
});

test('a phone shows of each row what a desktop shows', async ({ fresh, signedIn }) => {
  const page = await signedIn({ workspace: fresh, viewport: wide });
  await furnish(page, fresh);
  const cells = async (path: string) => {
    await page.goto(path);
    // Script has put times into the reader's zone.
    if (await page.locator('main time').count()) await page.locator('main time[title]').last().waitFor({ state: 'attached' });
    return page.locator('tbody tr').evaluateAll((rows) =>
      rows.map((row) => [...row.querySelectorAll('td')].map((cell) => (cell.checkVisibility() ? (cell as HTMLElement).innerText.replace(/\s+/g, ' ').trim() : 'hidden'))),
    );
  };
  for (const path of ['/keys', '/apps', '/catalogue', '/audit']) {
    await page.setViewportSize(wide);
    const desk = await cells(fresh.path + path);
    await page.setViewportSize(phone);
    const hand = await cells(fresh.path + path);
    expect(desk.length).toBeGreaterThan(0);
    expect(hand.length).toBe(desk.length);
    desk.forEach((row, r) => row.forEach((text, c) => expect.soft(hand[r][c], `${path} row ${r}, cell ${c}`).toContain(text)));
  }
});

test('rows of a phone name what they show', async ({ signedIn, workspace }) => {
  const page = await signedIn({ viewport: phone });
  await furnish(page, workspace);
  await page.goto(`${workspace.path}/keys`);
  const first = page.getByRole('row').filter({ has: page.getByRole('switch') }).first();
  for (const label of ['API Key', 'Scope (App)', 'Scope (API)', 'IP Whitelist', 'Status', 'Created']) {
    const shown = await first.locator(`td[data-label="${label}"]`).evaluate((cell) => getComputedStyle(cell, '::before').content);
    expect(shown).toContain(label);
  }
});
