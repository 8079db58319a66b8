// Signing in and out, and one's own password: plain requests to /api/session, then a whole navigation, so that the
// websocket reconnects with the new cookie. Works without the page's state.
(() => {
  const home = "/";
  // The browser itself says where an address leads: it drops tabs, takes \ for / and resolves dots before it goes there.
  function onThisSite(address) {
    try {
      const target = new URL(address || home, location.origin);
      return target.origin === location.origin ? target.href : home;
    } catch {
      return home;
    }
  }
  const next = () => onThisSite(new URLSearchParams(location.search).get("next"));
  let busy = false;

  function say(words, where = "sign-in-says") {
    const place = document.getElementById(where);
    if (!place) return;
    place.querySelector("p").textContent = words || "";
    place.style.visibility = words ? "visible" : "hidden";
  }

  // A password that was made for somebody is good for one thing: to set one of their own, in the same step.
  function askForNewPassword(email) {
    const more = document.getElementById("sign-in-new");
    if (!more) return false;
    more.hidden = false;
    more.querySelectorAll("input")[0].focus();
    say(`This password is for one use. Choose one of your own, with 12 characters or more, for ${email}.`);
    return true;
  }

  function newPasswordOf(form, where) {
    const [chosen, again] = [form.elements.new_password, form.elements.again];
    if (!chosen || chosen.closest("[hidden]")) return undefined;
    if (chosen.value && chosen.value === again.value) return chosen.value;
    (chosen.value ? again : chosen).focus();
    say(chosen.value ? "The two new passwords differ. Type the same one twice." : "Choose a new password.", where);
    return null;
  }

  function refusal(status, problem) {
    if (problem?.detail) return problem.detail;
    if (status === 401) return "This e-mail address and password do not belong together. Nothing was changed; try again.";
    if (status === 429) return "Too many attempts. Wait a minute, then try again.";
    return `Signing in did not work (${status}). Try again in a moment.`;
  }

  async function open(path, body, from, to = next, where = undefined) {
    if (busy) return;
    busy = true;
    from?.setAttribute("aria-busy", "true");
    say("", where);
    try {
      const answer = await fetch(path, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        credentials: "same-origin",
        body: JSON.stringify(body),
      });
      if (answer.ok) return location.assign(to());
      const problem = await answer.json().catch(() => null);
      if (problem?.code !== "new_password_needed" || !askForNewPassword(body.email))
        say(refusal(answer.status, problem), where);
    } catch {
      say("The server does not answer. Check that Baton is running, then try again.", where);
    }
    busy = false;
    from?.removeAttribute("aria-busy");
  }

  async function close() {
    await Promise.race([window.batonDrafting?.settle(), new Promise((on) => setTimeout(on, 2000))]);
    window.batonStays?.forgetAll(); // the next person at this tab finds nothing of this one's
    await fetch("/api/session", { method: "DELETE", headers: { "Content-Type": "application/json" } }).catch(() => null);
    location.assign("/sign-in");
  }

  document.addEventListener("click", (event) => {
    const person = event.target.closest?.("[data-demo]");
    if (person) open("/api/session/demo", { email: person.dataset.demo }, person);
    if (event.target.closest?.('[data-session="sign-out"]')) close();
  });
  function changePassword(form, from) {
    const says = "password-says";
    const password = form.elements.password.value;
    if (!password) {
      form.elements.password.focus();
      return say("Type the password that you have now.", says);
    }
    const new_password = newPasswordOf(form, says);
    if (new_password) open("/api/session/password", { password, new_password }, from, () => "/account?changed=password", says);
  }

  document.addEventListener("submit", (event) => {
    if (event.target.matches?.("#own-password")) {
      event.preventDefault();
      return changePassword(event.target, event.submitter);
    }
    if (!event.target.matches?.("#sign-in")) return;
    event.preventDefault();
    const email = event.target.elements.email;
    const password = event.target.elements.password;
    if (!email.value.trim() || !password.value) {
      (email.value.trim() ? password : email).focus();
      return say("Both the e-mail address and the password are needed.");
    }
    const new_password = newPasswordOf(event.target);
    if (new_password === null) return;
    open("/api/session", { email: email.value.trim(), password: password.value, new_password }, event.submitter);
  }, true);
  addEventListener("pageshow", (event) => { if (event.persisted) busy = false; });
})();
