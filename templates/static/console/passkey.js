// Passkeys: hands what the page asks to the device, and what the device answers to the form. Nothing else.
"use strict";
{
  const WORDS = {
    NotAllowedError: "The device did not unlock, or took too long. Press the button to try again.",
    InvalidStateError: "This device has a passkey for you already.",
    SecurityError: "Passkeys do not work at this address.",
  };

  const isAble = () =>
    typeof PublicKeyCredential === "function" && "parseRequestOptionsFromJSON" in PublicKeyCredential;

  async function ask(form) {
    const options = JSON.parse(form.dataset.options);
    if (form.dataset.passkey === "create") {
      return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
    }
    return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  }

  async function answer(form) {
    const say = form.querySelector("[data-say]");
    const button = form.querySelector("button[type=submit]");
    say.hidden = true;
    button.disabled = true;
    try {
      const credential = await ask(form);
      form.elements.passkey.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch (error) {
      say.textContent = WORDS[error.name] ?? "The passkey could not be used here. Use a code or your password instead.";
      say.hidden = false;
      button.disabled = false;
      button.focus();
    }
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (!isAble()) {
      form.querySelector("button[type=submit]").disabled = true;
      const say = form.querySelector("[data-say]");
      say.textContent = "This browser knows no passkeys. Use a code or your password instead.";
      say.hidden = false;
      continue;
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      answer(form);
    });
    if ("atOnce" in form.dataset) answer(form);
  }
}
