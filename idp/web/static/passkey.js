// The one thing that needs a script: the browser's passkey window. Everything around it is a plain
// form: the answer goes into its hidden field `credential`, and the form is sent as any other.
"use strict";

(() => {
  const api = window.PublicKeyCredential;

  /** @param {string} text base64url @returns {ArrayBuffer} */
  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (character) => character.charCodeAt(0)).buffer;
  };

  /** @param {ArrayBuffer | null} buffer @returns {string | undefined} base64url */
  const text = (buffer) => {
    if (!buffer) return undefined;
    const plain = Array.from(new Uint8Array(buffer), (code) => String.fromCharCode(code)).join("");
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };

  const described = (list) => (list || []).map((entry) => ({ ...entry, id: bytes(entry.id) }));

  /** WebAuthn 3 §5.1.9 and §5.1.10, with the same by hand for browsers that lack them. */
  const requestOptions = (json) =>
    api.parseRequestOptionsFromJSON
      ? api.parseRequestOptionsFromJSON(json)
      : { ...json, challenge: bytes(json.challenge), allowCredentials: described(json.allowCredentials) };

  const creationOptions = (json) =>
    api.parseCreationOptionsFromJSON
      ? api.parseCreationOptionsFromJSON(json)
      : {
          ...json,
          challenge: bytes(json.challenge),
          user: { ...json.user, id: bytes(json.user.id) },
          excludeCredentials: described(json.excludeCredentials),
        };

  /** WebAuthn 3 §5.1.7; password managers may hand out credentials whose toJSON throws. */
  const serialised = (credential) => {
    try {
      return JSON.stringify(credential.toJSON());
    } catch {
      const { response } = credential;
      return JSON.stringify({
        id: credential.id,
        rawId: text(credential.rawId),
        type: credential.type,
        authenticatorAttachment: credential.authenticatorAttachment || undefined,
        clientExtensionResults: credential.getClientExtensionResults(),
        response: {
          clientDataJSON: text(response.clientDataJSON),
          attestationObject: text(response.attestationObject),
          transports: response.getTransports ? response.getTransports() : undefined,
          authenticatorData: text(response.authenticatorData),
          signature: text(response.signature),
          userHandle: text(response.userHandle),
        },
      });
    }
  };

  /** What a failed ceremony is called in the form's `data-said-*`; the causes are WebAuthn's. */
  const SAID = {
    AbortError: "saidCancelled",
    ConstraintError: "saidUnable",
    InvalidStateError: "saidExists",
    NotAllowedError: "saidCancelled",
    NotSupportedError: "saidUnable",
    SecurityError: "saidInsecure",
  };

  /** @param {HTMLFormElement} form */
  const attach = (form) => {
    const error = form.querySelector("[data-passkey-error]");
    const status = form.querySelector("[data-passkey-status]");
    const button = form.querySelector("button[type=submit]");
    const creates = form.dataset.passkey === "create";
    let pending = new AbortController();
    let busy = false;
    let listening = false;

    const show = (place, words) => {
      place.textContent = words || "";
      if (place === error) place.hidden = !words;
    };
    const working = (yes) => {
      busy = yes;
      button.setAttribute("aria-disabled", String(yes));
    };
    const send = (credential) => {
      show(status, form.dataset.saidChecking);
      form.elements.namedItem("credential").value = serialised(credential);
      HTMLFormElement.prototype.submit.call(form);
    };
    const ask = (mediation) => {
      const json = JSON.parse(form.dataset.options);
      const { signal } = (pending = new AbortController());
      return creates
        ? navigator.credentials.create({ publicKey: creationOptions(json), signal })
        : navigator.credentials.get({ publicKey: requestOptions(json), signal, mediation });
    };

    /**
     * The browser's list of saved passkeys, under a field of its own. It is asked for when somebody
     * comes near the field and not before: a device that agrees by itself must sign nobody in.
     */
    const offerSaved = async () => {
      const field = form.querySelector("[data-passkey-autofill]");
      if (!field || !api.isConditionalMediationAvailable) return;
      if (!(await api.isConditionalMediationAvailable())) return;
      const listen = async () => {
        if (busy || listening) return;
        listening = true;
        try {
          send(await ask("conditional"));
        } catch {
          listening = false; // cut off by the button, or nothing to list: the button is still there
        }
      };
      field.hidden = false;
      field.addEventListener("pointerover", listen);
      field.addEventListener("focusin", listen);
    };

    const run = async () => {
      if (busy) return;
      working(true);
      show(error, "");
      show(status, form.dataset.saidWaiting);
      pending.abort();
      try {
        send(await ask("optional"));
      } catch (failure) {
        show(status, "");
        show(error, form.dataset[SAID[failure.name] || "saidFailed"]);
        working(false);
      }
    };

    if (!api || !navigator.credentials) {
      show(error, window.isSecureContext ? form.dataset.saidUnsupported : form.dataset.saidInsecure);
      button.hidden = true;
      return;
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      run();
    });
    // Back to this page from the next one: the page is as it was left, so it is made ready again.
    window.addEventListener("pageshow", (event) => {
      if (!event.persisted) return;
      show(status, "");
      working(false);
    });
    if (!creates) offerSaved();
  };

  document.querySelectorAll("form[data-passkey]").forEach(attach);

  // WebAuthn 3 §5.1.10.3: this device stops offering what was removed. Nothing is asked or shown,
  // and a browser that cannot do it loses nothing.
  document.querySelectorAll("[data-passkeys-accepted]").forEach((list) => {
    if (!api || !api.signalAllAcceptedCredentials) return;
    api.signalAllAcceptedCredentials(JSON.parse(list.dataset.passkeysAccepted)).catch(() => {});
  });
})();
