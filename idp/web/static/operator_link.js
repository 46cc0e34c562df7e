// The secret of a one-time link stands behind the # sign, which browsers send to nobody. It goes
// into the form, and out of the address bar and the history.
"use strict";

(() => {
  const field = document.querySelector("input[data-link]");
  const secret = location.hash.slice(1);
  if (!field || !secret) return;
  field.value = secret;
  history.replaceState(null, "", location.pathname + location.search);
})();
