// Selected rows of a table, and the bar that acts on all of them.
function showSelection(field) {
  const boxes = $$(`[data-select-row="${field}"]`);
  const n = boxes.filter((b) => b.checked).length;
  for (const head of $$(`[data-select-all="${field}"]`)) {
    head.hidden = boxes.length === 0;
    head.checked = n > 0 && n === boxes.length;
    head.indeterminate = n > 0 && n < boxes.length;
  }
  for (const bar of $$(`[data-bulk="${field}"]`)) {
    bar.toggleAttribute('data-on', n > 0);
    const count = $('.bulk-count', bar);
    count.textContent = n ? count.dataset.text.replace('{n}', n) : '';
    const none = $('[data-select-none]', bar);
    if (none) none.hidden = false;
  }
}

function selectRows(field, checked) {
  $$(`[data-select-row="${field}"]`).forEach((b) => { b.checked = checked; });
  showSelection(field);
}

onContent(() => new Set($$('[data-bulk]').map((b) => b.dataset.bulk)).forEach(showSelection));
on('change', ({ target: t }) => {
  if (t.dataset.selectAll) selectRows(t.dataset.selectAll, t.checked);
  if (t.dataset.selectRow) showSelection(t.dataset.selectRow);
});
on('click', (e) => {
  const none = nearest(e, '[data-select-none]');
  if (none) selectRows(none.dataset.selectNone, false);
});
