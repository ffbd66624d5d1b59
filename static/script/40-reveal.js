// Values that are shown on request. A shown value hides after 30 seconds.
function hideValue(box) {
  clearTimeout(box.timer);
  delete box.timer;
  const within = box.contains(document.activeElement);
  $('.secret-value', box).textContent = box.dataset.mask;
  delete box.dataset.shown;
  $('.secret-hide', box)?.remove();
  if (within) $('.secret-show button', box)?.focus();
}
const hideLater = (box) => { box.timer ??= setTimeout(() => hideValue(box), 30000); };

function showValue(box, text) {
  $('.secret-value', box).textContent = text;
  box.dataset.shown = '';
  hideLater(box);
}

onContent((from) => $$('.secret[data-shown]', from).forEach(hideLater));
on('click', (e) => {
  if (!nearest(e, '[data-hide]')) return;
  e.preventDefault();
  hideValue(nearest(e, '.secret'));
});
