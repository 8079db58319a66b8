// Says within a second that the server does not answer: every event is followed by a ping on the same connection, and
// while somebody is before the page and nothing is under way, a ping goes by itself: they may only be looking.
// Loaded before the page's own code, so that no socket is older than this.
(() => {
  const PATIENCE = 700;
  const PULSE = 250;
  const JOIN = "40/_event,";
  const EVENT = '42/_event,["event"';
  const PING = '42/_event,["ping"]';
  const PONG = '42/_event,["ping",';
  const send = WebSocket.prototype.send;
  const unanswered = new Map();
  let timer = 0;

  function look() {
    clearTimeout(timer);
    const oldest = Math.min(...[...unanswered.values()].flat());
    const waits = Date.now() - oldest;
    document.documentElement.toggleAttribute("data-stalled", waits >= PATIENCE);
    if (Number.isFinite(oldest) && waits < PATIENCE) timer = setTimeout(look, PATIENCE - waits);
  }

  function follow(socket) {
    unanswered.set(socket, []);
    socket.addEventListener("message", ({ data }) => {
      if (typeof data !== "string" || !data.startsWith(PONG)) return;
      unanswered.get(socket)?.shift();
      look();
    });
    socket.addEventListener("close", () => {
      unanswered.delete(socket);
      look();
    });
  }

  function joined({ target, data }) {
    if (typeof data === "string" && data.startsWith(JOIN) && !unanswered.has(target)) follow(target);
  }

  function ask(socket) {
    unanswered.get(socket).push(Date.now());
    send.call(socket, PING);
    look();
  }

  WebSocket.prototype.send = function (frame) {
    send.call(this, frame);
    if (typeof frame === "string" && frame.startsWith(JOIN)) this.addEventListener("message", joined);
    if (typeof frame !== "string" || !frame.startsWith(EVENT)) return;
    if (!unanswered.has(this)) follow(this);
    ask(this);
  };

  setInterval(() => {
    if (document.hidden || !document.hasFocus()) return;
    for (const [socket, waiting] of unanswered) {
      if (!waiting.length && socket.readyState === WebSocket.OPEN) ask(socket);
    }
  }, PULSE);
})();
