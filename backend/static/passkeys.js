// Asks the browser for a passkey, and sends what it says as an ordinary form, so that mistakes are ordinary pages.
const known = typeof PublicKeyCredential === "function" && "parseCreationOptionsFromJSON" in PublicKeyCredential;

async function answerTo(address) {
  const asked = await fetch(address, { method: "POST", headers: { Accept: "application/json" } });
  if (!asked.ok) return "";
  const options = await asked.json();
  const credential =
    "user" in options
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  return JSON.stringify(credential.toJSON());
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!known) continue;
  form.querySelector("[data-with-passkeys]").hidden = false;
  form.querySelector("[data-without-passkeys]").hidden = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    let answer = "";
    try {
      answer = await answerTo(form.dataset.passkey);
    } catch {
      // Turned down by the person or the device: the page that comes back says what to do.
    }
    form.elements.namedItem("credential").value = answer;
    form.submit();
  });
}
