// The switch between light and dark takes effect at once and is sent afterwards.
function switchTheme(form) {
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  const next = (root.dataset.theme || system) === 'dark' ? 'light' : 'dark';
  form.elements.theme.value = root.dataset.theme = next;
  const body = new URLSearchParams(new FormData(form));
  // The page has its theme; when the request fails, only the next page lacks it.
  fetch(form.action, { method: 'POST', body, redirect: 'manual' }).catch(() => {});
}

// Comes before the forms' own listener, which would mark this form as busy.
on('submit', (e) => {
  if (!e.target.matches('[data-theme-form]')) return;
  e.preventDefault();
  e.stopImmediatePropagation();
  switchTheme(e.target);
}, true);
