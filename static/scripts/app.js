import {
  Button,
  CharacterCount,
  ErrorSummary,
  NotificationBanner,
  PasswordInput,
  ServiceNavigation,
  SkipLink,
  createAll
} from './govuk-frontend.min.js';
import { showReasons } from './reasons.js';
import { keepDrafts } from './drafts.js';
import { placeCells } from './cells.js';
import { usePasskeys } from './passkeys.js';

// As the server counts: an emoji is one character, and spaces around a text are none.
CharacterCount.prototype.updateCount = function () {
  this.count = [...this.$textarea.value.trim()].length;
};

// Styles show what needs script only where script runs; the policy forbids the usual inline line.
document.body.classList.add('js-enabled', 'govuk-frontend-supported');

for (const component of [
  Button,
  CharacterCount,
  ErrorSummary,
  NotificationBanner,
  PasswordInput,
  ServiceNavigation,
  SkipLink
]) {
  createAll(component);
}

keepDrafts();
placeCells();
showReasons();
usePasskeys();

// The address of what was filtered says what was chosen, and nothing of what was not.
for (const filter of document.querySelectorAll('.gscp-filter')) {
  filter.addEventListener('formdata', ({ formData }) => {
    for (const [name, value] of [...formData]) {
      if (!value) formData.delete(name);
    }
  });
}

// While the record is being checked, its page shows how far it is; without script, by its link.
const running = document.querySelector('[data-until-ended]');
if (running) {
  const look = async () => {
    const answer = await fetch(running.dataset.untilEnded).catch(() => null);
    if (answer?.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const now = page.querySelector('[data-until-ended]');
      if (!now) {
        location.reload();
        return;
      }
      if (now.textContent !== running.textContent) running.replaceChildren(...now.childNodes);
    }
    setTimeout(look, 2000);
  };
  setTimeout(look, 1000);
}
