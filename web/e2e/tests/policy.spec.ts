import { expect, test } from '../support/fixtures';

test('the content security policy stops what gets into a page, and the watch sees it', async ({ page, at, faults }) => {
  for (const path of [at('/keys'), '/profile', at('/nowhere')]) {
    const answer = await page.goto(path);
    const policy = answer!.headers()['content-security-policy'];
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    const outcome = await page.evaluate(async () => {
      const tried = (run: () => unknown) => {
        try {
          run();
          return 'ran';
        } catch (e) {
          return (e as Error).name;
        }
      };
      const violations: string[] = [];
      document.addEventListener('securitypolicyviolation', (e) => violations.push(e.effectiveDirective));
      const result = {
        html: tried(() => (document.body.innerHTML += '<img src=x>')),
        policy: tried(() => (window as unknown as { trustedTypes: { createPolicy(name: string, rules: object): unknown } }).trustedTypes.createPolicy('mine', {})),
        source: tried(() => document.body.append(Object.assign(document.createElement('script'), { src: 'https://evil.example/x.js' }))),
        style: tried(() => document.body.setAttribute('style', 'color: red')),
        image: tried(() => (new Image().src = 'https://evil.example/x.png')),
        request: await fetch('https://evil.example/').then(() => 'ran', (e) => (e as Error).name),
      };
      await new Promise((done) => setTimeout(done, 0));
      return { ...result, colour: document.body.style.color, violations: [...new Set(violations)].sort() };
    });
    expect(outcome).toMatchObject({ html: 'TypeError', policy: 'TypeError', source: 'TypeError', request: 'TypeError', colour: '' });
    expect(outcome.violations).toEqual(expect.arrayContaining(['connect-src', 'img-src', 'style-src-attr', 'trusted-types']));
  }
  expect(faults.flat().filter((f) => f.includes('CSP ')).length).toBeGreaterThanOrEqual(9);
  for (const seen of faults) seen.length = 0;
});

test('a page cannot be framed, and its answers are kept by nobody', async ({ page, workspace, at }) => {
  const answer = await page.request.get(workspace.base + at('/keys'));
  expect(answer.headers()).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  expect(answer.headers()['content-security-policy']).toContain("frame-ancestors 'none'");
});
