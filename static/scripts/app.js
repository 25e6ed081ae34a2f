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

showReasons();

// The address of what was filtered says what was chosen, and nothing of what was not.
for (const filter of document.querySelectorAll('.gscp-filter')) {
  filter.addEventListener('formdata', ({ formData }) => {
    for (const [name, value] of [...formData]) {
      if (!value) formData.delete(name);
    }
  });
}
