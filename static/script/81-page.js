// Ways around a page: rows as links, "/" for the search, results in view.
on('click', (e) => {
  const row = nearest(e, 'tr[data-href]');
  if (!row || nearest(e, 'a, button, input, label, select, summary, form, [popover]') || String(getSelection())) return;
  if (e.ctrlKey || e.metaKey) window.open(row.dataset.href, '_blank', 'noopener');
  else location.assign(row.dataset.href);
});

on('keydown', (e) => {
  const typing = nearest(e, 'input, textarea, select');
  const search = $('[data-search]');
  if (e.key === '/' && !e.ctrlKey && !e.metaKey && !e.altKey && !typing && !modal() && search) {
    e.preventDefault();
    search.focus();
    search.select();
  }
  // Space presses a link that is a button, as it presses a button.
  const link = nearest(e, 'a[role=button]');
  if (e.key === ' ' && link) {
    e.preventDefault();
    link.click();
  }
});

onContent((from) => {
  for (const n of $$('[data-see]', from)) {
    const { top, bottom } = n.getBoundingClientRect();
    if (top < 60 || bottom > innerHeight - 40) n.scrollIntoView();
  }
});
