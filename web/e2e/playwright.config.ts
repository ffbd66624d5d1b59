import { defineConfig } from '@playwright/test';

// Debian's headless shell, since browsers are not downloaded here.
const executablePath = process.env.KEYWICKET_BROWSER ?? '/usr/bin/chromium-headless-shell';

export default defineConfig({
  testDir: './tests',
  fullyParallel: true,
  workers: 2,
  forbidOnly: !!process.env.CI,
  retries: 0,
  timeout: 30_000,
  expect: { timeout: 5_000 },
  reporter: [['list']],
  grepInvert: process.env.KEYWICKET_PICTURES ? undefined : /@pictures/,
  use: {
    browserName: 'chromium',
    locale: 'en-US',
    timezoneId: 'Europe/Berlin',
    viewport: { width: 1360, height: 860 },
    actionTimeout: 10_000,
    trace: process.env.CI ? 'off' : 'retain-on-failure',
    launchOptions: {
      executablePath,
      args: [
        '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking',
        // A plain-HTTP address that browsers do not trust as they trust localhost.
        '--host-resolver-rules=MAP keywicket.test 127.0.0.1',
      ],
    },
  },
});
