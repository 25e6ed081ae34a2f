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
