import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, expectAccessible, owner, test, Workspace } from '../support/fixtures';
import { makeKey, message } from '../support/keys';

/** Switches the policy on, and lets the time since the log-in go by. */
function askAgain(w: Workspace): void {
  execFileSync('python3', ['-c', `import sqlite3,sys
db = sqlite3.connect(sys.argv[1], timeout=10)
db.execute("UPDATE accounts SET ask_again = 1")
db.execute("UPDATE sessions SET proved_at = '2020-01-01 00:00:00+00:00'")
db.commit()`, join(w.data, 'keywicket.db')]);
}

test('ask again: a dialog over what was pressed, which is pressed once more after the proof', async ({ fresh, signedIn }) => {
  const page = await signedIn({ workspace: fresh });
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: fresh.base });
  const key = await makeKey(page, fresh, 'Warehouse');
  askAgain(fresh);
  await page.goto(key.path);
  await page.getByRole('button', { name: /^Show / }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Confirm that it is you' });
  await expect(dialog.getByLabel('Password')).toBeFocused();
  await expectAccessible(page, 'ask again');
  await dialog.getByLabel('Password').fill('not the password');
  await dialog.getByRole('button', { name: 'Continue' }).click();
  await expect(dialog.getByLabel('Password')).toHaveAccessibleDescription(/not your current password/);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText(key.value)).toHaveCount(0);
  await page.getByRole('button', { name: /^Show / }).first().click();
  await dialog.getByLabel('Password').fill(owner.password);
  await dialog.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByText(key.value)).toBeVisible();
  await expect(dialog).toBeHidden();

  askAgain(fresh);
  await page.reload();
  await page.getByRole('button', { name: /^Copy the API Key|^Copy Warehouse/ }).first().click();
  await dialog.getByLabel('Password').fill(owner.password);
  await page.keyboard.press('Enter');
  await expect(message(page, 'Copied')).toBeVisible();
});
