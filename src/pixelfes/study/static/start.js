import { Refused, ask, byId, fill, savedToken, texts } from "./ask.js";

const earlier = savedToken.read();
if (earlier) {
  byId("go-on").href = `/take#${earlier}`;
  byId("begun").hidden = false;
}

byId("consent").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = byId("start");
  if (button.disabled) return;
  button.disabled = true;
  byId("problem").hidden = true;
  try {
    const { token } = await ask("/api/participants", { body: { consent: true } });
    savedToken.save(token);
    location.assign(`/take#${token}`);
  } catch (error) {
    const problems = texts.problems;
    byId("problem").textContent =
      !(error instanceof Refused) || error.status >= 500 ? problems.offline_start
      : error.status === 429 ? problems.busy_start
      : fill(problems.refused, { reason: error.message });
    byId("problem").hidden = false;
    button.disabled = false;
  }
});

// After the browser's back button, the start button may still be disabled.
window.addEventListener("pageshow", () => { byId("start").disabled = false; });
