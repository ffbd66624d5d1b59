// Dialogs. Focus returns to what opened them, or to what took its place.
let opener = null;

function openDialog(dialog, from) {
  if (!dialog?.showModal || dialog.open) return;
  if (from) opener = from;
  dialog.showModal();
}

function refocus() {
  const back = opener?.isConnected ? opener : opener?.id && id(opener.id);
  const lost = [null, document.body, id('main')].includes(document.activeElement);
  if (back && lost && !modal()) back.focus();
}

onContent((from) => $$('dialog[data-show]', from).forEach((d) => openDialog(d)));
on('close', (e) => {
  if (e.target.tagName !== 'DIALOG') return;
  if (e.target.closest('#dialog, #reauth')) e.target.remove();
  refocus();
}, true);

// What a dialog sends comes back to what opened the dialog.
on('htmx:before:request', (e) => {
  const { sourceElement: from, request } = e.detail.ctx;
  if (!from.closest('dialog')) opener = menuButton(from) ?? request.submitter ?? from;
});
on('htmx:finally:request', refocus);

let pressed = null;
on('pointerdown', (e) => { pressed = e.target; }, true);

// Reports whether the click is beside the dialog. The second click of a double
// click, whose first opened it, and a drag out of it are not.
const isBeside = (e) => e.target.tagName === 'DIALOG' && e.target === pressed && e.detail === 1;

on('click', (e) => {
  const link = nearest(e, '[data-dialog]');
  const dialog = link && id(link.dataset.dialog);
  if (dialog?.showModal) {
    e.preventDefault();
    nearest(e, '[role=menu]')?.hidePopover();
    openDialog(dialog, menuButton(link) ?? link);
  }
  if (nearest(e, '[data-close]') && askStored(e, nearest(e, unstored))) return;
  if (nearest(e, 'dialog [data-close]')) {
    e.preventDefault();
    nearest(e, 'dialog').close();
  }
  if (isBeside(e) && !e.target.hasAttribute('data-once') && !$('[data-dirty]', e.target)) e.target.close();
});
