import { test as plain } from '@playwright/test';
import { expect, expectAccessible, owner, setUp, watch } from '../support/fixtures';
import { setupLink, startServer } from '../support/server';

plain.describe('set-up', () => {
  plain('makes the owner once, by the printed link', async ({ page }) => {
    const server = await startServer();
    try {
      const faults = await watch(page);
      const link = setupLink(server);
      await page.goto(link);
      await expectAccessible(page);
      await setUp(page, link);
      await expect(page.getByRole('region', { name: 'Messages' }).getByText(`${owner.account} is ready`)).toBeVisible();
      await page.goto(link);
      await expect(page.getByRole('heading', { name: 'Already set up' })).toBeVisible();
      expect(faults).toEqual([]);
    } finally {
      await server.stop();
    }
  });

  plain('keeps what was typed when something is wrong, and says what beside it', async ({ page }) => {
    const server = await startServer();
    try {
      await page.goto(setupLink(server));
      await page.getByLabel('Account name').fill(owner.account);
      await page.getByLabel('Your name').fill(owner.name);
      await page.getByLabel('E-mail').fill(owner.email);
      await page.getByLabel('Password', { exact: true }).fill('password1234');
      await page.getByLabel('Confirm password').fill('password1234');
      await page.getByRole('button', { name: 'Create account' }).click();
      await expect(page.getByLabel('Password', { exact: true })).toHaveAttribute('aria-invalid', 'true');
      await expect(page.getByLabel('Account name')).toHaveValue(owner.account);
      await expect(page.getByLabel('E-mail')).toHaveValue(owner.email);
      await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
      await expectAccessible(page);
    } finally {
      await server.stop();
    }
  });
});
