// Forms in flight and forms with unsaved changes.

// A form that is on its way is not sent a second time.
on('submit', (e) => {
  const form = e.target;
  if ('busy' in form.dataset) {
    e.preventDefault();
    e.stopImmediatePropagation();
    return;
  }
  $$('.filters:popover-open', form).forEach((panel) => panel.hidePopover());
  if (form.method === 'post' && !form.matches('[hx-post], [data-download]')) {
    form.dataset.busy = '';
    delete form.dataset.dirty;
  }
}, true);

// Leaving a form with changes asks first. A form that was refused has them too.
on('input', (e) => {
  const form = e.target.closest('form[data-unsaved], dialog form');
  if (form) form.dataset.dirty = '';
});
onContent((from) => {
  $$('form[data-unsaved]', from).filter((f) => $('[aria-invalid]', f)).forEach((f) => { f.dataset.dirty = ''; });
  $('[aria-invalid]', from)?.focus();
});
addEventListener('beforeunload', (e) => {
  if ($('form[data-unsaved][data-dirty]')) e.preventDefault();
});

// What is typed while a form is on its way outlives the answer, which brings
// the form anew.
const isBox = (n) => n.type === 'checkbox' || n.type === 'radio';
const fields = (form) => [...form.elements]
  .filter((n) => n.name && n.type !== 'hidden' && n.type !== 'submit')
  .map((n) => ({ n, key: n.name + (isBox(n) ? '=' + n.value : ''), value: isBox(n) ? n.checked : n.value }));

on('htmx:before:request', (e) => {
  root.classList.add('loading');
  const form = e.detail.ctx.sourceElement;
  if (form.tagName !== 'FORM') return;
  form.dataset.busy = '';
  delete form.dataset.dirty;
  if (form.method === 'post' && !form.closest('dialog')) form.sent = new Map(fields(form).map((f) => [f.key, f.value]));
});
on('htmx:before:swap', ({ detail: { ctx } }) => {
  const form = ctx.sourceElement;
  const focused = document.activeElement;
  if (!form.sent) return;
  ctx.action = form.action;
  ctx.newer = fields(form).filter((f) => form.sent.get(f.key) !== f.value);
  const hasCaret = ctx.newer.some((f) => f.n === focused) && focused.selectionStart != null;
  ctx.caret = hasCaret && [focused.selectionStart, focused.selectionEnd];
});

function retype({ newer, caret, action }) {
  const form = newer?.length && $$('form').find((f) => f.action === action && fields(f).length);
  if (!form) return;
  for (const { n, key, value } of newer) {
    const now = fields(form).find((f) => f.key === key)?.n;
    if (!now) continue;
    if (isBox(now)) now.checked = value;
    else now.value = value;
    for (const type of ['input', 'change']) now.dispatchEvent(new Event(type, { bubbles: true }));
    if (caret && n.id === now.id) {
      now.focus();
      now.setSelectionRange(...caret);
    }
  }
}
on('htmx:finally:request', (e) => {
  root.classList.remove('loading');
  delete e.detail.ctx.sourceElement?.dataset?.busy;
  retype(e.detail.ctx);
});
on('htmx:error', (e) => { if (e.detail.ctx) toast('bad', words.offline); });
