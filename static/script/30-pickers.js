// Pickers: lists of checkboxes or radio buttons with a search, families that
// have a checkbox of three states, and counts.
const familyOf = (part, picks) => ({
  part,
  head: $('[data-family-box]', part),
  count: $('[data-family-count]', part),
  name: $('strong', part)?.textContent.toLowerCase() ?? '',
  picks: picks.filter((p) => part.contains(p.row)),
});

const chosen = (picks) => picks.filter((p) => p.input.checked).length;

function tallyFamily({ head, count, picks }) {
  if (!head) return;
  const n = chosen(picks);
  head.hidden = false;
  head.checked = n > 0 && n === picks.length;
  head.indeterminate = n > 0 && n < picks.length;
  count.textContent = n + ' / ' + picks.length;
}

// Scrolls the list of a picker to the row that is chosen, once rows have their height.
function scrollToChosen(box, row) {
  const list = $('.picker-list', box);
  const top = (n) => n.getBoundingClientRect().top;
  document.fonts.ready.then(() => { list.scrollTop += top(row) - top(list) - list.clientHeight / 3; });
}

function picker(box) {
  if (box.refresh) return box.refresh();
  const picks = $$('.pick', box).map((row) => ({ row, input: $('input', row), text: row.textContent.toLowerCase() }));
  const families = $$('[data-family]', box).map((part) => familyOf(part, picks));
  const search = $('[data-picker-search]', box);
  const only = $('[data-picker-chosen]', box);
  const count = $('[data-picker-count]', box);
  const shown = (list) => list.filter((p) => !p.row.hidden);

  function tally() {
    families.forEach(tallyFamily);
    if (count) count.textContent = count.dataset.text.replace('{n}', chosen(picks)).replace('{total}', picks.length);
  }
  function sift() {
    const sought = search.value.trim().toLowerCase();
    for (const f of families) {
      const family = f.name.includes(sought);
      for (const p of f.picks) {
        p.row.hidden = !(family || p.text.includes(sought)) || (only?.checked && !p.input.checked);
      }
      f.part.hidden = f.picks.every((p) => p.row.hidden);
    }
    $('[data-picker-nothing]', box).hidden = families.some((f) => !f.part.hidden);
  }
  function choose(list, checked) {
    list.forEach((p) => { p.input.checked = checked; });
    tally();
    box.dispatchEvent(new Event('input', { bubbles: true }));
  }
  // Searching is no change to the form around the picker.
  for (const control of [search, only]) control?.addEventListener('input', (e) => { e.stopPropagation(); sift(); });
  search?.addEventListener('keydown', (e) => { if (e.key === 'Enter') e.preventDefault(); });
  $('[data-picker-all]', box)?.addEventListener('click', () => choose(shown(picks), true));
  $('[data-picker-none]', box)?.addEventListener('click', () => choose(picks, false));
  box.addEventListener('change', (e) => {
    const f = families.find((one) => one.head === e.target);
    if (f) choose(shown(f.picks), f.head.checked);
    else tally();
  });
  // A swap that keeps the picker may have changed its boxes.
  box.refresh = () => { tally(); if (search) sift(); };
  tally();
  const one = picks.find((p) => p.input.type === 'radio' && p.input.checked);
  if (one) scrollToChosen(box, one.row);
}

onContent((from) => $$('[data-picker]', from).forEach(picker));
