// Re-authentication. The server answers an action with a question for the
// reader's password or passkey; the action is sent again once that is given.
let waiting = null; // the form or link, and the button that submitted it

function showReauth(form, html) {
  waiting = [form];
  id('reauth').replaceChildren(...parse(html).body.children);
  htmx.process(id('reauth'));
  prepare(id('reauth'));
}

function sendAgain() {
  const [from, button] = waiting ?? [];
  $('#reauth dialog').close();
  if (!from?.isConnected) return;
  if (from.requestSubmit) from.requestSubmit(button?.isConnected ? button : null);
  else from.click();
}

on('htmx:after:request', (e) => {
  const { response, sourceElement: from, request } = e.detail.ctx;
  const state = response.headers.get('Keywicket-Reauth');
  if (state === 'needed' && !from.closest('#reauth')) waiting = [from, request.submitter];
  if (state === 'given') sendAgain();
});
// The path, since a closed dialog may have been removed from the page by now.
on('close', (e) => { if (e.composedPath().includes(id('reauth'))) waiting = null; }, true);

// Follows an answer that is not what fetch asked for: a redirect, a request to
// re-authenticate, or a refusal. Reports whether it was one of these.
function followInstead(answer, html, from) {
  const to = answer.headers.get('HX-Redirect');
  if (to) location.assign(to);
  else if (answer.headers.get('Keywicket-Reauth') === 'needed') showReauth(from, html);
  else if (!answer.ok) toast('bad', $('.toast p', parse(html))?.textContent ?? words.offline);
  else return false;
  return true;
}
