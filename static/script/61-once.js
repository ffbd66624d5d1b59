// A value that is shown once. Leaving it asks whether it is stored.
const unstored = '[data-once]:not([data-stored])';

// Asks in box whether its value is stored, and stops the event that would
// leave it. Reports false where there is nothing to ask.
function askStored(e, box) {
  const question = box && $('[data-ask-stored]', box);
  if (!question) return false;
  e.preventDefault();
  question.hidden = false;
  question.scrollIntoView({ block: 'nearest' });
  $('[data-not-stored]', question).focus();
  return true;
}

on('cancel', (e) => { if (e.target.matches?.(unstored)) askStored(e, e.target); }, true);
on('keydown', (e) => { if (e.key === 'Escape' && modal()?.matches(unstored)) askStored(e, modal()); });
on('click', (e) => {
  const box = nearest(e, '[data-once]');
  if (nearest(e, '[data-is-stored]')) {
    box.dataset.stored = '';
    $('[data-close]', box).click();
  }
  if (nearest(e, '[data-not-stored]')) {
    nearest(e, '[data-ask-stored]').hidden = true;
    $('[data-copy]', box)?.focus();
  }
});
addEventListener('beforeunload', (e) => { if ($(unstored + ' [data-ask-stored]')) e.preventDefault(); });
