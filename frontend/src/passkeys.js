// Passkeys: form[data-passkey="create|get"] puts what the device answers into its field "credential" and sends itself.
// The server's options stand in the form's JSON, or come from the form's own address.
const toBytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
const withBytes = (each) => ({ ...each, id: toBytes(each.id) });

function readable(options) {
  const read = { ...options, challenge: toBytes(options.challenge) };
  if (options.user) read.user = withBytes(options.user);
  if (options.excludeCredentials) read.excludeCredentials = options.excludeCredentials.map(withBytes);
  if (options.allowCredentials) read.allowCredentials = options.allowCredentials.map(withBytes);
  return read;
}

function plain(credential) {
  const { response } = credential;
  const parts = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) parts[name] = toText(response[name]);
  }
  if (response.getTransports) parts.transports = response.getTransports();
  return {
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: parts,
  };
}

async function optionsOf(form) {
  const kept = form.querySelector("script[type='application/json']");
  if (kept) return JSON.parse(kept.textContent).publicKey;
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error("no options");
  return (await answer.json()).request_options.publicKey;
}

async function ask(form) {
  const publicKey = readable(await optionsOf(form));
  if (form.dataset.passkey === "get") return navigator.credentials.get({ publicKey });
  // A passkey is found by the device itself and asks for its lock.
  publicKey.authenticatorSelection = {
    ...publicKey.authenticatorSelection,
    residentKey: "required",
    requireResidentKey: true,
    userVerification: "required",
  };
  return navigator.credentials.create({ publicKey });
}

if (window.PublicKeyCredential && navigator.credentials) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.parentElement.querySelector("[data-passkey-missing]")?.remove();
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-passkey-start]");
  const form = button?.form;
  if (!form || !form.reportValidity()) return;
  const failed = form.querySelector("[data-passkey-failed]");
  failed.hidden = true;
  button.disabled = true;
  try {
    form.elements.credential.value = JSON.stringify(plain(await ask(form)));
    form.submit();
  } catch {
    failed.hidden = false;
  } finally {
    button.disabled = false;
  }
});
