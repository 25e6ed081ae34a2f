// Saves what is typed into a long form as a draft, after a pause in typing and when the page is left.

const PAUSE = 2000; // milliseconds

export function keepDrafts() {
  for (const form of document.querySelectorAll('form[data-draft]')) keepDraft(form);
}

function keepDraft(form) {
  const said = form.querySelector('.gscp-draft-said');
  let timer, running, typed = false;

  form.addEventListener('input', () => {
    typed = true;
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  });
  // A draft that arrives after its form would stay behind.
  form.addEventListener('submit', () => {
    typed = false;
    clearTimeout(timer);
    running?.abort();
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden' && typed) save();
  });

  async function save() {
    clearTimeout(timer);
    running?.abort();
    const mine = (running = new AbortController());
    typed = false;
    // A chosen file is no text: it would be sent as the words “[object File]”.
    const sent = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === 'string'));
    sent.set('save_draft', '1');
    try {
      const answer = await fetch(location.pathname, {
        method: 'POST',
        body: sent,
        headers: { Accept: 'application/json' },
        signal: mine.signal,
        // It outlives the page; browsers refuse that to longer ones.
        keepalive: sent.toString().length < 60000
      });
      const isOurs = answer.headers.get('Content-Type')?.startsWith('application/json');
      show(isOurs ? await answer.json() : NOT_SAVED);
    } catch {
      if (!mine.signal.aborted) show(NOT_SAVED);
    }
  }

  function show({ said: words, refused = {} }) {
    said.textContent = words;
    for (const old of form.querySelectorAll('.gscp-draft-refused')) old.remove();
    for (const [name, why] of Object.entries(refused)) {
      const box = form.elements.namedItem(name);
      const beside = document.createElement('p');
      beside.className = 'govuk-body gscp-draft-refused';
      beside.textContent = why;
      box?.closest?.('.govuk-form-group')?.append(beside);
    }
  }
}

const NOT_SAVED = {
  said: 'Not saved as a draft: no answer came. Send the form as usual.'
};
