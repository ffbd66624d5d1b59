// Passkeys: what the browser and the server have to say to each other. A press
// asks the server for a challenge, the browser signs it, and the form that the
// button stands in brings the answer back.
(() => {
  'use strict';
  if (!window.PublicKeyCredential) return;
  document.documentElement.dataset.passkeys = '';
  const bytes = (s) => Uint8Array.from(atob(s.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  const text = (b) => b ? btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '') : undefined;
  const named = (list) => list?.map((one) => ({ ...one, id: bytes(one.id) }));
  const tell = (type, detail) => document.dispatchEvent(new CustomEvent('keywicket:' + type, { detail }));

  const make = (o) => navigator.credentials.create({ publicKey: {
    ...o, challenge: bytes(o.challenge), user: { ...o.user, id: bytes(o.user.id) }, excludeCredentials: named(o.excludeCredentials),
  } });
  const sign = (o) => navigator.credentials.get({ publicKey: { ...o, challenge: bytes(o.challenge), allowCredentials: named(o.allowCredentials) } });

  function answerOf(made) {
    const { response: r } = made;
    return JSON.stringify({
      id: made.id, rawId: text(made.rawId), type: made.type, authenticatorAttachment: made.authenticatorAttachment ?? undefined,
      clientExtensionResults: made.getClientExtensionResults(),
      response: {
        clientDataJSON: text(r.clientDataJSON), attestationObject: text(r.attestationObject), transports: r.getTransports?.(),
        authenticatorData: text(r.attestationObject ? null : r.authenticatorData), signature: text(r.signature), userHandle: text(r.userHandle),
      },
    });
  }

  async function use(button) {
    const form = button.form;
    try {
      const answer = await fetch(button.dataset.passkey, { method: 'POST', headers: { 'HX-Request': 'true', 'HX-Current-URL': location.href } });
      if (!answer.headers.get('Content-Type')?.startsWith('application/json')) return tell('answer', { answer, text: await answer.text(), from: button });
      const { step, options } = await answer.json();
      const made = await (options.user ? make(options) : sign(options));
      form.elements.step.value = step;
      form.elements.answer.value = answerOf(made);
      form.noValidate = true;
      form.requestSubmit();
    } catch (e) {
      tell('say', { tone: 'warn', text: e.name === 'InvalidStateError' ? button.dataset.have : button.dataset.refused });
    }
  }
  document.addEventListener('click', async (e) => {
    const button = e.target.closest?.('[data-passkey]');
    if (!button || button.disabled) return;
    if (button.dataset.check && !button.form.reportValidity()) return;
    button.disabled = true;
    await use(button);
    button.disabled = false;
  });
})();
