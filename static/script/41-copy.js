// Copying. Plain HTTP has no clipboard, so a selection is copied there; where
// that fails too, the text is marked for the reader to copy.
function copySelection(text) {
  const focused = document.activeElement;
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'sr';
  (modal() ?? document.body).append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  focused?.focus?.();
  return done;
}

// Copies text and says so. When nothing can copy it, byHand prepares the page
// for the reader to do it.
async function copy(text, byHand) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    if (!copySelection(text)) {
      byHand();
      toast('warn', words.copyManual);
      return;
    }
  }
  toast('ok', words.copied);
}

function mark(node) {
  if (node.select) return node.select();
  const range = document.createRange();
  range.selectNodeContents(node);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}

on('click', (e) => {
  const button = nearest(e, '[data-copy]');
  const source = button && id(button.dataset.copy);
  if (source) copy(source.value ?? source.textContent.trim(), () => mark(source));
});

// Copies the value that the form reveals, without showing it.
async function copyFrom(form) {
  const box = form.closest('.secret');
  const value = box && $('.secret-value', box);
  if (box?.hasAttribute('data-shown')) return copy(value.textContent, () => mark(value));
  try {
    const answer = await fetch(form.action, {
      method: 'POST',
      body: new URLSearchParams(new FormData(form)),
      headers: { Accept: 'text/plain', 'HX-Request': 'true', 'HX-Current-URL': location.href },
    });
    const text = await answer.text();
    if (followInstead(answer, text, form)) return;
    await copy(text, () => { showValue(box, text); mark(value); });
  } catch {
    toast('bad', words.offline);
  }
}

// Comes before the forms' own listener, which would mark this form as busy.
on('submit', (e) => {
  if (!e.target.matches('[data-copy-from]')) return;
  e.preventDefault();
  e.stopImmediatePropagation();
  copyFrom(e.target);
}, true);
