// Keywicket's script. Pages work without it; with it they are pleasant.
(() => {
  'use strict';
  const $ = (s, from = document) => from.querySelector(s);
  const $$ = (s, from = document) => [...from.querySelectorAll(s)];
  const id = (name) => document.getElementById(name);
  const on = (type, run, capture) => document.addEventListener(type, run, capture);
  const root = document.documentElement;
  const words = JSON.parse($('meta[name="keywicket-words"]').content);

  // Security: the one policy that the page's rules allow. Answers of this
  // server become elements; nothing becomes code.
  const rules = { createHTML: (s) => s, createScript: () => '' };
  const policy = window.trustedTypes?.createPolicy('htmx', rules) ?? rules;
  const never = function () { throw new Error('code in attributes is switched off'); };
  htmx.registerExtension('keywicket', { init: (api) => api.initSecurity(policy, never, never) });

  // Words of the page to the reader: aloud, and as toasts above everything.
  const modal = () => $$('dialog[open]').at(-1);
  function announce(text) {
    const region = modal()?.querySelector('[data-live]') ?? id('live');
    region.textContent = '';
    setTimeout(() => { region.textContent = text; }, 50);
  }
  function icon(name) {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('class', 'icon');
    svg.setAttribute('aria-hidden', 'true');
    const use = svg.appendChild(document.createElementNS('http://www.w3.org/2000/svg', 'use'));
    use.setAttribute('href', $('use').getAttribute('href').split('#')[0] + '#' + name);
    return svg;
  }
  const signs = { ok: 'circle-check', warn: 'triangle-alert', bad: 'circle-alert' };
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
    box.append(icon(signs[tone] ?? 'info'), p, close);
    id('toasts').append(box);
  }
  const toasts = id('toasts');
  new MutationObserver((changes) => {
    for (const box of changes.flatMap((c) => [...c.addedNodes]).filter((n) => n.dataset?.toast)) {
      // Shown anew, so that it is above a dialog that was opened since.
      if (toasts.matches(':popover-open')) toasts.hidePopover();
      toasts.showPopover();
      announce($('p', box).textContent);
      const leave = () => box.remove();
      let timer = setTimeout(leave, /warn|bad/.test(box.dataset.toast) ? 12000 : 5000);
      box.onpointerenter = () => clearTimeout(timer);
      box.onpointerleave = () => { timer = setTimeout(leave, 3000); };
    }
    while (toasts.children.length > 3) toasts.firstElementChild.remove();
    if (!toasts.children.length && toasts.matches(':popover-open')) toasts.hidePopover();
  }).observe(toasts, { childList: true });

  // Dialogs. Focus returns to what opened them, or to what took its place.
  let opener = null;
  function open(dialog, from) {
    if (!dialog?.showModal || dialog.open) return;
    if (from) opener = from;
    dialog.showModal();
  }
  function refocus() {
    const back = opener?.isConnected ? opener : opener?.id && id(opener.id);
    if (back && !modal() && [null, document.body, id('main')].includes(document.activeElement)) back.focus();
  }
  on('close', (e) => {
    if (e.target.tagName !== 'DIALOG') return;
    if (e.target.closest('#proof')) waits = null;
    if (e.target.closest('#dialog, #proof')) e.target.remove();
    refocus();
  }, true);

  // A value that is shown once: leaving asks whether it is stored.
  const unstored = '[data-once]:not([data-stored])';
  function askStored(e, box) {
    const ask = box && $('[data-ask-stored]', box);
    if (!ask) return false;
    e.preventDefault();
    ask.hidden = false;
    ask.scrollIntoView({ block: 'nearest' });
    $('[data-not-stored]', ask).focus();
    return true;
  }
  on('cancel', (e) => { if (e.target.matches?.(unstored)) askStored(e, e.target); }, true);

  // Copying: the clipboard, else a selection (plain HTTP has no clipboard),
  // else the reader's own hands.
  function select(text) {
    const was = document.activeElement;
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'sr';
    (modal() ?? document.body).append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    was?.focus?.();
    return done;
  }
  async function copy(text, byHand) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      if (!select(text)) {
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
  // An answer that is not what was asked for: a way, a question, or a refusal.
  function elsewhere(answer, text, from) {
    const to = answer.headers.get('HX-Redirect');
    if (to) location.assign(to);
    else if (answer.headers.get('Keywicket-Proof') === 'needed') ask(from, text);
    else if (!answer.ok) toast('bad', new DOMParser().parseFromString(policy.createHTML(text), 'text/html').querySelector('.toast p')?.textContent ?? words.offline);
    else return false;
    return true;
  }
  on('keywicket:answer', ({ detail: d }) => elsewhere(d.answer, d.text, d.from) || toast('bad', words.offline));
  on('keywicket:say', ({ detail: d }) => toast(d.tone, d.text));
  async function copyFrom(form) {
    const box = form.closest('.secret');
    if (box?.hasAttribute('data-shown')) return copy($('.secret-value', box).textContent, () => mark($('.secret-value', box)));
    try {
      const answer = await fetch(form.action, {
        method: 'POST', body: new URLSearchParams(new FormData(form)),
        headers: { Accept: 'text/plain', 'HX-Request': 'true', 'HX-Current-URL': location.href },
      });
      const text = await answer.text();
      if (elsewhere(answer, text, form)) return;
      await copy(text, () => { show(box, text); mark($('.secret-value', box)); });
    } catch {
      toast('bad', words.offline);
    }
  }

  // Ask again: what waits for a proof is pressed once more after it.
  let waits = null;
  function ask(form, text) {
    waits = [form];
    id('proof').replaceChildren(...new DOMParser().parseFromString(policy.createHTML(text), 'text/html').body.children);
    htmx.process(id('proof'));
    ready(id('proof'));
  }
  function proven() {
    const [from, button] = waits ?? [];
    $('#proof dialog').close();
    if (!from?.isConnected) return;
    if (from.requestSubmit) from.requestSubmit(button?.isConnected ? button : null);
    else from.click();
  }
  on('htmx:after:request', (e) => {
    const { response, sourceElement: from, request } = e.detail.ctx, said = response.headers.get('Keywicket-Proof');
    if (said === 'needed' && !from.closest('#proof')) waits = [from, request.submitter];
    if (said === 'given') proven();
  });

  // A shown value hides after 30 seconds, and before the page is left.
  function show(box, text) {
    $('.secret-value', box).textContent = text;
    box.dataset.shown = '';
    box.timer = setTimeout(() => hide(box), 30000);
  }
  function hide(box) {
    clearTimeout(box.timer);
    const within = box.contains(document.activeElement);
    $('.secret-value', box).textContent = box.dataset.mask;
    delete box.dataset.shown;
    $('.secret-hide', box)?.remove();
    if (within) $('.secret-show button', box)?.focus();
  }
  addEventListener('pagehide', () => $$('.secret[data-shown]').forEach(hide));

  // Times in the reader's zone and words.
  const lang = root.lang;
  const near = new Intl.RelativeTimeFormat(lang, { numeric: 'auto', style: 'short' });
  // Unit, its length, and from when on it is used.
  const spans = [['year', 31557e6, 63e9], ['month', 2629746e3, 5184e6], ['day', 864e5, 864e5], ['hour', 36e5, 36e5], ['minute', 6e4, 6e4]];
  const written = {
    absolute: new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeStyle: 'short' }),
    date: new Intl.DateTimeFormat(lang, { dateStyle: 'medium' }),
    full: new Intl.DateTimeFormat(lang, { dateStyle: 'full', timeStyle: 'long' }),
  };
  function relative(date) {
    const away = date - Date.now();
    const [unit, length] = spans.find(([, , from]) => Math.abs(away) >= from) ?? ['second', Infinity];
    return near.format(Math.trunc(away / length) || 0, unit).replace('.', '');
  }
  function times(from) {
    for (const t of $$('time[data-time]', from)) {
      const date = new Date(t.dateTime);
      t.textContent = t.dataset.time === 'relative' ? relative(date) : written[t.dataset.time].format(date);
      t.title = written.full.format(date);
    }
  }
  setInterval(() => times(document), 30000);

  // Pickers: search, families with three states, counts.
  function picker(box) {
    if (box.again) return box.again();
    const picks = $$('.pick', box).map((row) => ({ row, input: $('input', row), text: row.textContent.toLowerCase() }));
    const families = $$('[data-family]', box).map((part) => ({
      part, head: $('[data-family-box]', part), count: $('[data-family-count]', part), name: $('strong', part)?.textContent.toLowerCase() ?? '',
      picks: picks.filter((p) => part.contains(p.row)),
    }));
    const search = $('[data-picker-search]', box), only = $('[data-picker-chosen]', box), count = $('[data-picker-count]', box);
    function tally() {
      let chosen = 0;
      for (const f of families) {
        const n = f.picks.filter((p) => p.input.checked).length;
        chosen += n;
        if (!f.head) continue;
        f.head.hidden = false;
        f.head.checked = n > 0 && n === f.picks.length;
        f.head.indeterminate = n > 0 && n < f.picks.length;
        f.count.textContent = n + ' / ' + f.picks.length;
      }
      if (count) count.textContent = count.dataset.text.replace('{n}', chosen).replace('{total}', picks.length);
    }
    function sift() {
      const sought = search.value.trim().toLowerCase();
      for (const f of families) {
        const family = f.name.includes(sought);
        for (const p of f.picks) p.row.hidden = !(family || p.text.includes(sought)) || (only?.checked && !p.input.checked);
        f.part.hidden = f.picks.every((p) => p.row.hidden);
      }
      $('[data-picker-nothing]', box).hidden = families.some((f) => !f.part.hidden);
    }
    const all = (list, checked) => {
      list.forEach((p) => { p.input.checked = checked; });
      tally();
      box.dispatchEvent(new Event('input', { bubbles: true }));
    };
    search?.addEventListener('input', (e) => { e.stopPropagation(); sift(); });
    search?.addEventListener('keydown', (e) => { if (e.key === 'Enter') e.preventDefault(); });
    only?.addEventListener('input', (e) => { e.stopPropagation(); sift(); });
    $('[data-picker-all]', box)?.addEventListener('click', () => all(picks.filter((p) => !p.row.hidden), true));
    $('[data-picker-none]', box)?.addEventListener('click', () => all(picks, false));
    box.addEventListener('change', (e) => {
      const f = families.find((one) => one.head === e.target);
      if (f) all(f.picks.filter((p) => !p.row.hidden), f.head.checked);
      else tally();
    });
    // The server's boxes may have come in place of those that were sifted.
    box.again = () => { tally(); if (search) sift(); };
    tally();
    // A choice of one shows what is chosen, once rows have their height.
    const list = $('.picker-list', box), one = picks.find((p) => p.input.type === 'radio' && p.input.checked)?.row;
    if (one) document.fonts.ready.then(() => { list.scrollTop += one.getBoundingClientRect().top - list.getBoundingClientRect().top - list.clientHeight / 3; });
  }

  // Selected rows and the bar that acts on them.
  function bulk(field) {
    const boxes = $$(`[data-select-row="${field}"]`), n = boxes.filter((b) => b.checked).length;
    for (const head of $$(`[data-select-all="${field}"]`)) {
      head.hidden = boxes.length === 0;
      head.checked = n > 0 && n === boxes.length;
      head.indeterminate = n > 0 && n < boxes.length;
    }
    for (const bar of $$(`[data-bulk="${field}"]`)) {
      bar.toggleAttribute('data-on', n > 0);
      const says = $('.bulk-count', bar);
      says.textContent = n ? says.dataset.text.replace('{n}', n) : '';
      const none = $('[data-select-none]', bar);
      if (none) none.hidden = false;
    }
  }
  const choose = (field, checked) => { $$(`[data-select-row="${field}"]`).forEach((b) => { b.checked = checked; }); bulk(field); };

  const reveals = (radio) => { const part = id(radio.dataset.shows); if (part) part.hidden = !radio.checked; };

  // What new content needs, at first and after each swap.
  function ready(from) {
    times(from);
    $$('[data-needs-script], [data-copy]', from).forEach((n) => { n.hidden = false; });
    $$('[data-picker]', from).forEach(picker);
    $$('input[data-shows]', from).forEach(reveals);
    new Set($$('[data-bulk]').map((b) => b.dataset.bulk)).forEach(bulk);
    $$('form[data-unsaved]', from).filter((f) => $('[aria-invalid]', f)).forEach((f) => { f.dataset.dirty = ''; });
    $('[aria-invalid]', from)?.focus();
    $$('.secret[data-shown]', from).forEach((box) => { box.timer ??= setTimeout(() => hide(box), 30000); });
    $$('dialog[data-show]', from).forEach((d) => open(d));
    $$('[data-see]', from).forEach((n) => { const r = n.getBoundingClientRect(); if (r.top < 60 || r.bottom > innerHeight - 40) n.scrollIntoView(); });
    $$('.flash', from).filter((f) => /ok|info/.test(f.dataset.flash)).forEach((f) => { toast(f.dataset.flash, $('p', f).textContent); f.remove(); });
  }
  // The page as it came is looked at here: htmx, which runs before this script,
  // may have told of it already.
  ready(root);
  htmx.onLoad((node) => { if (node !== document.body) ready(node.parentElement ?? node); });

  let pressed = null;
  on('pointerdown', (e) => { pressed = e.target; }, true);
  on('click', (e) => {
    const at = (s) => e.target.closest?.(s);
    const menu = at('[role=menu]');
    if (menu && at('[role^=menuitem]:not([aria-disabled])')) setTimeout(() => { if (menu.matches(':popover-open')) menu.hidePopover(); });
    const link = at('[data-dialog]');
    if (link && id(link.dataset.dialog)?.showModal) {
      e.preventDefault();
      menu?.hidePopover();
      open(id(link.dataset.dialog), menu ? id(menu.id + '-button') : link);
    }
    if (at('[data-is-stored]')) { at('[data-once]').dataset.stored = ''; $('[data-close]', at('[data-once]')).click(); return; }
    if (at('[data-not-stored]')) { at('[data-ask-stored]').hidden = true; $('[data-copy]', at('[data-once]'))?.focus(); }
    if (at('[data-close]') && askStored(e, at(unstored))) return;
    if (at('dialog [data-close]')) { e.preventDefault(); at('dialog').close(); }
    // A press beside a dialog closes it; the second of a double click, whose
    // first opened it, and a drag out of it do not.
    if (e.target.tagName === 'DIALOG' && e.target === pressed && e.detail === 1 && !e.target.hasAttribute('data-once') && !$('[data-dirty]', e.target)) e.target.close();
    if (at('[data-dismiss]')) at('.toast').remove();
    if (at('[data-hide]')) { e.preventDefault(); hide(at('.secret')); }
    const source = at('[data-copy]') && id(at('[data-copy]').dataset.copy);
    if (source) copy(source.value ?? source.textContent.trim(), () => mark(source));
    if (at('[data-select-none]')) choose(at('[data-select-none]').dataset.selectNone, false);
    const row = at('tr[data-href]');
    if (row && !at('a, button, input, label, select, summary, form, [popover]') && !String(getSelection())) {
      if (e.ctrlKey || e.metaKey) window.open(row.dataset.href, '_blank', 'noopener');
      else location.assign(row.dataset.href);
    }
  });

  on('change', ({ target: t }) => {
    if (t.dataset.selectAll) choose(t.dataset.selectAll, t.checked);
    if (t.dataset.selectRow) bulk(t.dataset.selectRow);
    if (t.type === 'radio') $$(`input[data-shows][name="${CSS.escape(t.name)}"]`, t.form ?? document).forEach(reveals);
    // A single token is REST's alone, and what REST has at first.
    if (t.name === 'channel' && t.type === 'radio') {
      const [was, is] = ['pair', 'token'].map((v) => $(`[name=credential][value=${v}]`, t.form)).sort(() => (t.value === 'rest' ? 0 : -1));
      if (was?.checked) is.click();
    }
    if (t.matches('[data-autosubmit]')) t.form.requestSubmit();
  });
  on('input', (e) => {
    const form = e.target.closest('form[data-unsaved], dialog form');
    if (form) form.dataset.dirty = '';
  });

  // One press, one request.
  on('submit', (e) => {
    const form = e.target;
    const hold = () => { e.preventDefault(); e.stopImmediatePropagation(); };
    if ('busy' in form.dataset) return hold();
    $$('.filters:popover-open', form).forEach((panel) => panel.hidePopover());
    if (form.matches('[data-copy-from]')) { hold(); copyFrom(form); return; }
    if (form.matches('[data-theme-form]')) { hold(); theme(form); return; }
    if (form.method === 'post' && !form.matches('[hx-post], [data-download]')) { form.dataset.busy = ''; delete form.dataset.dirty; }
  }, true);
  // What is typed while a form is on its way outlives the answer, which brings
  // the form anew.
  const boxed = (n) => n.type === 'checkbox' || n.type === 'radio';
  const fields = (form) => [...form.elements].filter((n) => n.name && n.type !== 'hidden' && n.type !== 'submit')
    .map((n) => ({ n, key: n.name + (boxed(n) ? '=' + n.value : ''), value: boxed(n) ? n.checked : n.value }));
  const typed = (form) => new Map(fields(form).map((f) => [f.key, f.value]));
  on('htmx:before:swap', ({ detail: { ctx } }) => {
    const form = ctx.sourceElement, at = document.activeElement;
    if (!form.sent) return;
    ctx.action = form.action;
    ctx.newer = fields(form).filter((f) => form.sent.get(f.key) !== f.value);
    ctx.caret = ctx.newer.some((f) => f.n === at) && at.selectionStart != null && [at.selectionStart, at.selectionEnd];
  });
  function retype({ newer, caret, action }) {
    const form = newer?.length && $$('form').find((f) => f.action === action && fields(f).length);
    for (const { n, key, value } of form ? newer : []) {
      const now = fields(form).find((f) => f.key === key)?.n;
      if (!now) continue;
      if (boxed(now)) now.checked = value; else now.value = value;
      for (const type of ['input', 'change']) now.dispatchEvent(new Event(type, { bubbles: true }));
      if (caret && n.id === now.id) { now.focus(); now.setSelectionRange(...caret); }
    }
  }
  on('htmx:before:request', (e) => {
    root.classList.add('loading');
    const from = e.detail.ctx.sourceElement, menu = from.closest('[role=menu]');
    // What a dialog sends comes back to what opened the dialog.
    if (!from.closest('dialog')) opener = menu ? id(menu.id + '-button') : e.detail.ctx.request.submitter ?? from;
    if (from.tagName === 'FORM') {
      from.dataset.busy = '';
      delete from.dataset.dirty;
      if (from.method === 'post' && !from.closest('dialog')) from.sent = typed(from);
    }
  });
  on('htmx:finally:request', (e) => {
    root.classList.remove('loading');
    delete e.detail.ctx.sourceElement?.dataset?.busy;
    retype(e.detail.ctx);
    refocus();
  });
  on('htmx:error', (e) => { if (e.detail.ctx) toast('bad', words.offline); });
  addEventListener('pageshow', () => $$('form[data-busy]').forEach((f) => { delete f.dataset.busy; }));
  addEventListener('beforeunload', (e) => { if ($('form[data-unsaved][data-dirty]') || $(unstored + ' [data-ask-stored]')) e.preventDefault(); });

  function theme(form) {
    const now = root.dataset.theme || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
    form.elements.theme.value = root.dataset.theme = now === 'dark' ? 'light' : 'dark';
    fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)), redirect: 'manual' }).catch(() => {});
  }

  // Keys: "/" to search, arrows in menus, Space on links that are buttons.
  on('keydown', (e) => {
    const at = (s) => e.target.closest?.(s);
    if (e.key === 'Escape' && modal()?.matches(unstored) && askStored(e, modal())) return;
    if (e.key === '/' && !e.ctrlKey && !e.metaKey && !e.altKey && !at('input, textarea, select') && !modal()) {
      const search = $('[data-search]');
      if (search) { e.preventDefault(); search.focus(); search.select(); }
    }
    if (e.key === ' ' && at('a[role=button]')) { e.preventDefault(); at('a[role=button]').click(); }
    if (e.key === 'ArrowDown' && at('button[aria-haspopup=menu]')) { e.preventDefault(); id(at('button').getAttribute('popovertarget')).showPopover({ source: at('button') }); }
    // Keys that come before the focus did are the open menu's too.
    const menu = at('[role=menu]') ?? (at('[aria-haspopup=menu]') && id(at('button').getAttribute('popovertarget')));
    if (!menu?.matches(':popover-open')) return;
    if (e.key === 'Tab') return menu.hidePopover();
    const items = $$('[role^=menuitem]', menu), i = items.indexOf(document.activeElement);
    const to = { ArrowDown: i + 1, ArrowUp: i - 1, Home: 0, End: -1 }[e.key] ??
      (e.key.length === 1 ? items.findIndex((n, k) => (k > i || items.indexOf(n) > i) && n.textContent.trim().toLowerCase().startsWith(e.key.toLowerCase())) : null);
    if (to === null || (e.key.length === 1 && to < 0)) return;
    e.preventDefault();
    items.at(to % items.length)?.focus();
  });
  on('toggle', (e) => {
    const menu = e.target;
    if (!menu.matches?.('[role=menu]') || e.newState !== 'open') return;
    if (!CSS.supports('position-area', 'bottom')) place(menu);
    if (!menu.contains(document.activeElement)) $('[role^=menuitem]', menu)?.focus();
  }, true);
  // Browsers without anchored positions.
  function place(menu) {
    const b = id(menu.id + '-button').getBoundingClientRect(), m = menu.getBoundingClientRect();
    const below = b.bottom + m.height + 8 < innerHeight;
    menu.style.inset = 'auto';
    menu.style.left = Math.max(8, Math.min(b.right - m.width, innerWidth - m.width - 8)) + 'px';
    menu.style.top = (below ? b.bottom + 4 : Math.max(8, b.top - m.height - 4)) + 'px';
  }
})();
