// The secret of a one-time link stands behind the # sign, which browsers send to nobody. It goes
// into the form, and out of the address bar and the history.
"use strict";

(() => {
  const field = document.querySelector("input[data-link]");
  if (!field) return;
  const take = () => {
    const secret = location.hash.slice(1);
    if (!secret) return;
    field.value = secret;
    history.replaceState(null, "", location.pathname + location.search);
  };
  take();
  // Another link opened in this tab differs behind # alone: nothing is loaded then.
  window.addEventListener("hashchange", take);
})();
