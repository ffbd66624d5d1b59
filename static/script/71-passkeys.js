// Passkeys. A press asks the server for a challenge, the browser signs it, and
// the form that the button is in sends the browser's answer.
const toBytes = (s) => Uint8Array.from(atob(s.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
const toText = (b) => b
  ? btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
  : undefined;
const withBytes = (list) => list?.map((one) => ({ ...one, id: toBytes(one.id) }));

const createPasskey = (o) => navigator.credentials.create({
  publicKey: {
    ...o,
    challenge: toBytes(o.challenge),
    user: { ...o.user, id: toBytes(o.user.id) },
    excludeCredentials: withBytes(o.excludeCredentials),
  },
});
const signWithPasskey = (o) => navigator.credentials.get({
  publicKey: { ...o, challenge: toBytes(o.challenge), allowCredentials: withBytes(o.allowCredentials) },
});

function passkeyJSON(credential) {
  const { response: r } = credential;
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: {
      clientDataJSON: toText(r.clientDataJSON),
      attestationObject: toText(r.attestationObject),
      transports: r.getTransports?.(),
      authenticatorData: toText(r.attestationObject ? null : r.authenticatorData),
      signature: toText(r.signature),
      userHandle: toText(r.userHandle),
    },
  });
}

async function usePasskey(button) {
  const form = button.form;
  try {
    const headers = { 'HX-Request': 'true', 'HX-Current-URL': location.href };
    const answer = await fetch(button.dataset.passkey, { method: 'POST', headers });
    if (!answer.headers.get('Content-Type')?.startsWith('application/json')) {
      if (!followInstead(answer, await answer.text(), button)) toast('bad', words.offline);
      return;
    }
    const { step, options } = await answer.json();
    const credential = await (options.user ? createPasskey(options) : signWithPasskey(options));
    form.elements.step.value = step;
    form.elements.answer.value = passkeyJSON(credential);
    form.noValidate = true;
    form.requestSubmit();
  } catch (e) {
    toast('warn', e.name === 'InvalidStateError' ? button.dataset.have : button.dataset.refused);
  }
}

// The style sheet shows what belongs to passkeys only in browsers that have them.
if (window.PublicKeyCredential) {
  root.dataset.passkeys = '';
  on('click', async (e) => {
    const button = nearest(e, '[data-passkey]');
    if (!button || button.disabled) return;
    if (button.dataset.check && !button.form.reportValidity()) return;
    button.disabled = true;
    await usePasskey(button);
    button.disabled = false;
  });
}
