// Messages to the reader: announced to screen readers, and shown as toasts
// above everything else.
function announce(text) {
  const region = modal()?.querySelector('[data-live]') ?? id('live');
  region.textContent = '';
  // Screen readers announce a change, so the same text twice needs a pause.
  setTimeout(() => { region.textContent = text; }, 50);
}

function icon(name) {
  const create = (tag) => document.createElementNS('http://www.w3.org/2000/svg', tag);
  const svg = create('svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  svg.appendChild(create('use')).setAttribute('href', $('use').getAttribute('href').split('#')[0] + '#' + name);
  return svg;
}

const toastIcons = { ok: 'circle-check', warn: 'triangle-alert', bad: 'circle-alert' };

// Shows text as a toast. The tone is ok, info, warn or bad.
function toast(tone, text) {
  const box = document.createElement('div');
  box.className = 'toast tone-' + tone;
  box.dataset.toast = tone;
  const close = document.createElement('button');
  close.type = 'button';
  close.className = 'btn btn-ghost btn-icon';
  close.dataset.dismiss = '';
  close.setAttribute('aria-label', words.dismiss);
  close.append(icon('x'));
  const p = document.createElement('p');
  p.textContent = text;
  box.append(icon(toastIcons[tone] ?? 'info'), p, close);
  id('toasts').append(box);
}

// The server's answers add toasts too, so the list itself is watched.
const toasts = id('toasts');
function present(box) {
  // Showing the list anew puts it above a dialog that was opened since.
  if (toasts.matches(':popover-open')) toasts.hidePopover();
  toasts.showPopover();
  announce($('p', box).textContent);
  const leave = () => box.remove();
  let timer = setTimeout(leave, /warn|bad/.test(box.dataset.toast) ? 12000 : 5000);
  box.onpointerenter = () => clearTimeout(timer);
  box.onpointerleave = () => { timer = setTimeout(leave, 3000); };
}
new MutationObserver((changes) => {
  changes.flatMap((c) => [...c.addedNodes]).filter((n) => n.dataset?.toast).forEach(present);
  while (toasts.children.length > 3) toasts.firstElementChild.remove();
  if (!toasts.children.length && toasts.matches(':popover-open')) toasts.hidePopover();
}).observe(toasts, { childList: true });

on('click', (e) => { if (nearest(e, '[data-dismiss]')) nearest(e, '.toast').remove(); });

// Good news that came with the page moves to a toast. Warnings stay where they are.
onContent((from) => {
  for (const flash of $$('.flash', from).filter((f) => /ok|info/.test(f.dataset.flash))) {
    toast(flash.dataset.flash, $('p', flash).textContent);
    flash.remove();
  }
});
