// Signing in and out: plain requests to /api/session, then a whole navigation, so that the websocket
// reconnects with the new cookie. Works without the page's state.
(() => {
  const home = "/";
  const sameOrigin = (path) =>
    path && path.startsWith("/") && !path.startsWith("//") && !path.includes("\\") ? path : home;
  const next = () => sameOrigin(new URLSearchParams(location.search).get("next"));
  let busy = false;

  function say(words) {
    const place = document.getElementById("sign-in-says");
    if (!place) return;
    place.querySelector("p").textContent = words || "";
    place.style.visibility = words ? "visible" : "hidden";
  }

  function refusal(status, problem) {
    if (problem?.detail) return problem.detail;
    if (status === 401) return "This e-mail address and password do not belong together. Nothing was changed; try again.";
    if (status === 429) return "Too many attempts. Wait a minute, then try again.";
    return `Signing in did not work (${status}). Try again in a moment.`;
  }

  async function open(path, body, from) {
    if (busy) return;
    busy = true;
    from?.setAttribute("aria-busy", "true");
    say("");
    try {
      const answer = await fetch(path, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        credentials: "same-origin",
        body: JSON.stringify(body),
      });
      if (answer.ok) return location.assign(next());
      say(refusal(answer.status, await answer.json().catch(() => null)));
    } catch {
      say("The server does not answer. Check that Baton is running, then try again.");
    }
    busy = false;
    from?.removeAttribute("aria-busy");
  }

  async function close() {
    await fetch("/api/session", { method: "DELETE", headers: { "Content-Type": "application/json" } }).catch(() => null);
    location.assign("/sign-in");
  }

  document.addEventListener("click", (event) => {
    const person = event.target.closest?.("[data-demo]");
    if (person) open("/api/session/demo", { email: person.dataset.demo }, person);
    if (event.target.closest?.('[data-session="sign-out"]')) close();
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches?.("#sign-in")) return;
    event.preventDefault();
    const email = event.target.elements.email;
    const password = event.target.elements.password;
    if (!email.value.trim() || !password.value) {
      (email.value.trim() ? password : email).focus();
      return say("Both the e-mail address and the password are needed.");
    }
    open("/api/session", { email: email.value.trim(), password: password.value }, event.submitter);
  }, true);
  addEventListener("pageshow", (event) => { if (event.persisted) busy = false; });
})();
