// Starts the GOV.UK components. Every page works without this file.
const { initAll } = await import(new URL("vendor/govuk.js", import.meta.url));
initAll();

// Parts of a page that htmx replaced need their components started as well.
document.addEventListener("htmx:after:swap", (event) => {
  initAll({ scope: event.detail?.ctx?.target ?? document.body });
});

// A filter form sends itself when it changes, so its button is for those without scripts.
for (const button of document.querySelectorAll("[data-without-script]")) button.hidden = true;
