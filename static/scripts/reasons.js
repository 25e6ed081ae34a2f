// A box that is needed only with some choices is shown with them: <textarea data-shown-by="rating"
// data-unless="green">. Without script it is always there, and its hint says when it is needed.
export function showReasons() {
  for (const box of document.querySelectorAll('[data-shown-by]')) {
    const { shownBy, unless } = box.dataset;
    const group = box.closest('.govuk-character-count') ?? box.closest('.govuk-form-group');
    const isWrong = box.classList.contains('govuk-textarea--error');

    const show = () => {
      const chosen = box.form.querySelector(`[name="${shownBy}"]:checked`)?.value ?? '';
      // What was typed, or is to be mended, stays in sight.
      group.hidden = (!chosen || chosen === unless) && !box.value.trim() && !isWrong;
    };
    box.form.addEventListener('change', show);
    show();
  }
}
