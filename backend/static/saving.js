// Says whether what is being written has been saved, and tries again while it has not. All words are the page's own.
const status = document.getElementById("saved");
const form = status.closest("form");
const saver = form.querySelector("[data-saves]");
const WAITS = [5, 10, 30];

let changes = 0; // how often something has been typed
let kept = 0; // up to which change it has been saved
let failures = 0;
let retry;
let elsewhere = false; // whether there are words that only the button sends
let leaving = false;
const issued = new WeakMap(); // request → the changes that it carries

const tell = (words) => {
  if (status.textContent.trim() !== words) status.textContent = words;
};
const again = () => saver.dispatchEvent(new Event("again"));

form.addEventListener("input", (event) => {
  if (!saver?.contains(event.target)) {
    elsewhere = true;
    return;
  }
  // What it says of a mistake, of a colleague or of a failure stays until there is an answer.
  if (changes === kept) tell(status.dataset.notYet);
  changes += 1;
});

function failed(seconds) {
  tell(status.dataset.trying);
  clearTimeout(retry);
  retry = setTimeout(again, 1000 * (seconds || WAITS[Math.min(failures, WAITS.length - 1)]));
  failures += 1;
}

// The look of the words is quiet where there is none: the line of saving says what is wrong, once.
form.addEventListener("htmx:before:response", (event) => {
  const { sourceElement, response } = event.detail.ctx;
  if (sourceElement !== saver && response.status !== 200) event.preventDefault();
});

const about = (name, act) =>
  document.addEventListener(name, (event) => {
    if (saver && event.detail?.ctx?.sourceElement === saver) act(event.detail.ctx, event);
  });

about("htmx:config:request", (ctx) => issued.set(ctx, changes));
about("htmx:before:request", () => clearTimeout(retry));
about("htmx:error", () => failed());
about("htmx:before:response", (ctx, event) => {
  const { status: code, headers } = ctx.response;
  // An answer that is not ours, such as a proxy's error page, never comes into the page.
  if (headers.has("Part") && code < 500 && code !== 429) {
    failures = 0;
    return;
  }
  event.preventDefault();
  failed(Number(headers.get("Retry-After")));
});
about("htmx:after:swap", (ctx) => {
  if (ctx.response.status !== 200) return;
  kept = issued.get(ctx);
  if (changes > kept) tell(status.dataset.notYet);
});

window.addEventListener("online", () => {
  if (failures && changes > kept) again();
});
form.addEventListener("submit", () => {
  leaving = true;
});
window.addEventListener("pageshow", () => {
  leaving = false;
});
window.addEventListener("beforeunload", (event) => {
  if (!leaving && (elsewhere || changes > kept)) event.preventDefault();
});

// Who reads the draft while it is written goes by who speaks.
const readers = document.getElementById("readers");
function sayWhoReads() {
  const chosen = form.querySelector("[name=speaking_for]:checked")?.value;
  if (!readers || !chosen) return;
  readers.textContent = readers.dataset.together.split(" ").includes(chosen) ? readers.dataset.colleagues : readers.dataset.alone;
}
form.addEventListener("change", sayWhoReads);
sayWhoReads();
