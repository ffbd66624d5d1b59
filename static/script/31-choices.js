// Choices in a form that change the rest of the form.

// A radio button shows the part of the form that belongs to it.
function showPart(radio) {
  const part = id(radio.dataset.shows);
  if (part) part.hidden = !radio.checked;
}
onContent((from) => $$('input[data-shows]', from).forEach(showPart));

// A single token works with REST only, and is what REST starts with.
function fitCredential(channel) {
  const [pair, token] = ['pair', 'token'].map((v) => $(`[name=credential][value=${v}]`, channel.form));
  const [from, to] = channel.value === 'rest' ? [pair, token] : [token, pair];
  if (from?.checked) to.click();
}

on('change', ({ target: t }) => {
  if (t.type === 'radio') $$(`input[data-shows][name="${CSS.escape(t.name)}"]`, t.form ?? document).forEach(showPart);
  if (t.type === 'radio' && t.name === 'channel') fitCredential(t);
  if (t.matches('[data-autosubmit]')) t.form.requestSubmit();
});
