// Cells of a spreadsheet that are pasted into a box of figures go one into each box, as they lie there.

export function placeCells() {
  for (const table of document.querySelectorAll('.gscp-readings')) {
    table.addEventListener('paste', (event) => {
      const box = event.target.closest('input');
      const lines = event.clipboardData.getData('text').trimEnd().split(/\r?\n/).map((line) => line.split('\t'));
      if (!box || (lines.length === 1 && lines[0].length === 1)) return;
      event.preventDefault();
      const rows = [...table.tBodies[0].rows].map((row) => [...row.querySelectorAll('input')]);
      const top = rows.findIndex((boxes) => boxes.includes(box));
      const left = rows[top].indexOf(box);
      const fits = lines.every((line, down) => left + line.length <= (rows[top + down]?.length ?? 0));
      say(box, fits ? '' : 'These cells do not fit here. Paste them with their headings below.');
      if (!fits) return;
      lines.forEach((line, down) => line.forEach((text, right) => fill(rows[top + down][left + right], text)));
    });
  }
}

function fill(box, text) {
  box.value = text.trim();
  box.dispatchEvent(new Event('input', { bubbles: true }));
}

function say(box, words) {
  const group = box.closest('.govuk-form-group');
  group.querySelector('.gscp-cells-said')?.remove();
  if (!words) return;
  const said = document.createElement('p');
  said.className = 'govuk-body gscp-cells-said';
  said.setAttribute('role', 'status');
  said.textContent = words;
  group.append(said);
}
