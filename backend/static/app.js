// Starts the GOV.UK components. Every page works without this file.
const { initAll } = await import(new URL("vendor/govuk.js", import.meta.url));

function start(scope) {
  document.body.classList.add("js-enabled", "govuk-frontend-supported");
  initAll({ scope });
}
start(document.body);
if (document.getElementById("saved")) await import(new URL("saving.js", import.meta.url));

// Parts of a page that htmx replaced need their components started as well, and stay unfolded where they were.
let unfolded = [];
document.addEventListener("htmx:before:swap", () => {
  unfolded = [...document.querySelectorAll("details[open][id]")].map((details) => details.id);
});
document.addEventListener("htmx:after:swap", (event) => {
  for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
  start(event.detail?.ctx?.target ?? document.body);
});

// A filter form sends itself when it changes, so its button is for those without scripts.
for (const button of document.querySelectorAll("[data-without-script]")) button.hidden = true;
