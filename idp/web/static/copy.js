// Shows the copy button of the error page where the browser can copy. Without it the text is there.
"use strict";

(() => {
  const button = document.querySelector("[data-copy]");
  const status = document.querySelector("[data-copy-status]");
  if (!button || !status || !navigator.clipboard) return;

  /** @param {string} id of a definition list @returns {string} one line per entry */
  const lines = (id) =>
    Array.from(document.querySelectorAll(`#${id} > div`), (row) =>
      Array.from(row.children, (cell) => cell.textContent.trim()).join(": "),
    ).join("\n");

  button.hidden = false;
  button.addEventListener("click", async () => {
    const parts = [lines(button.dataset.copy), lines("error-comparison"), lines("error-technical")];
    await navigator.clipboard.writeText(parts.filter(Boolean).join("\n"));
    status.textContent = button.dataset.said;
  });
})();
