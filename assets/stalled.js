// Says within a second that the server does not answer: every event is followed by a ping on the same connection.
// Loaded before the page's own code, so that no socket is older than this.
(() => {
  const PATIENCE = 800;
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

  WebSocket.prototype.send = function (frame) {
    send.call(this, frame);
    if (typeof frame !== "string" || !frame.startsWith(EVENT)) return;
    if (!unanswered.has(this)) follow(this);
    unanswered.get(this).push(Date.now());
    send.call(this, PING);
    look();
  };
})();
