// Menus, and the arrow keys in them.
const menuOf = (button) => id(button.getAttribute('popovertarget'));

on('click', (e) => {
  const menu = nearest(e, '[role=menu]');
  if (!menu || !nearest(e, '[role^=menuitem]:not([aria-disabled])')) return;
  setTimeout(() => { if (menu.matches(':popover-open')) menu.hidePopover(); });
});

// Returns the item that the key leads to, or undefined when there is none. A
// letter leads to the next item that begins with it.
function itemByKey(menu, key) {
  const items = $$('[role^=menuitem]', menu);
  const current = items.indexOf(document.activeElement);
  const begins = (n) => n.textContent.trim().toLowerCase().startsWith(key.toLowerCase());
  if (key.length === 1) return items.find((n, i) => i > current && begins(n));
  const to = { ArrowDown: current + 1, ArrowUp: current - 1, Home: 0, End: -1 }[key];
  return to === undefined ? undefined : items.at(to % items.length);
}

on('keydown', (e) => {
  const button = nearest(e, 'button[aria-haspopup=menu]');
  if (e.key === 'ArrowDown' && button) {
    e.preventDefault();
    menuOf(button).showPopover({ source: button });
  }
  // Keys that are pressed before the focus has moved into an open menu count too.
  const menu = nearest(e, '[role=menu]') ?? (button && menuOf(button));
  if (!menu?.matches(':popover-open')) return;
  if (e.key === 'Tab') return menu.hidePopover();
  const item = itemByKey(menu, e.key);
  if (!item) return;
  e.preventDefault();
  item.focus();
});

on('toggle', (e) => {
  const menu = e.target;
  if (!menu.matches?.('[role=menu]') || e.newState !== 'open') return;
  if (!CSS.supports('position-area', 'bottom')) place(menu);
  if (!menu.contains(document.activeElement)) $('[role^=menuitem]', menu)?.focus();
}, true);

// Places a menu at its button, for browsers without anchor positioning.
function place(menu) {
  const b = id(menu.id + '-button').getBoundingClientRect();
  const m = menu.getBoundingClientRect();
  const below = b.bottom + m.height + 8 < innerHeight;
  menu.style.inset = 'auto';
  menu.style.left = Math.max(8, Math.min(b.right - m.width, innerWidth - m.width - 8)) + 'px';
  menu.style.top = (below ? b.bottom + 4 : Math.max(8, b.top - m.height - 4)) + 'px';
}
