// Forms that a passkey answers: the browser asks for it, and the form is sent with what the passkey says.

export function usePasskeys() {
  const { parseCreationOptionsFromJSON, parseRequestOptionsFromJSON } = window.PublicKeyCredential ?? {};
  if (!parseCreationOptionsFromJSON || !parseRequestOptionsFromJSON) return;
  for (const form of document.querySelectorAll('form[data-passkey]')) offer(form);
}

function offer(form) {
  const said = form.querySelector('[data-passkey-said]');
  said.textContent = '';
  form.querySelector('.gscp-passkey-button').hidden = false;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    said.textContent = 'Your browser asks for the passkey now.';
    try {
      form.elements.namedItem('credential').value = JSON.stringify(await ask(form));
      form.submit();
    } catch {
      said.textContent = 'No passkey was used. Try again, or take another way.';
    }
  });
}

async function ask(form) {
  const { publicKey } = await optionsOf(form);
  if (form.dataset.passkey === 'get') {
    return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
  }
  // It has to be found by its site alone, so that it signs in without an e-mail.
  publicKey.authenticatorSelection.residentKey = 'required';
  publicKey.authenticatorSelection.requireResidentKey = true;
  return navigator.credentials.create({
    publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey)
  });
}

async function optionsOf(form) {
  const made = form.querySelector('script[type="application/json"]');
  if (made) return JSON.parse(made.textContent);
  const answer = await fetch(form.action, { headers: { Accept: 'application/json' } });
  return (await answer.json()).request_options;
}
