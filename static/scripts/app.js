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
import { keepDrafts } from './drafts.js';

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

// The address of what was filtered says what was chosen, and nothing of what was not.
for (const filter of document.querySelectorAll('.gscp-filter')) {
  filter.addEventListener('formdata', ({ formData }) => {
    for (const [name, value] of [...formData]) {
      if (!value) formData.delete(name);
    }
  });
}
