// Counts down to the instants that the page shows (<time data-until>), once a second. The server says the words first.
(() => {
  if (window.batonCountdown) return;
  const two = (big, unit, small, smaller) => (small ? `${big} ${unit} ${small} ${smaller}` : `${big} ${unit}`);

  function words(seconds) {
    if (seconds < 1) return "due now";
    if (seconds < 60) return `in ${seconds} s`;
    if (seconds < 600) return `in ${two(Math.floor(seconds / 60), "min", seconds % 60, "s")}`;
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return `in ${minutes} min`;
    const hours = Math.floor(minutes / 60);
    if (hours < 48) return `in ${two(hours, "h", minutes % 60, "min")}`;
    return `in ${two(Math.floor(hours / 24), "d", hours % 24, "h")}`;
  }

  function tick() {
    for (const time of document.querySelectorAll("time[data-until]")) {
      const said = words(Math.ceil((Date.parse(time.dataset.until) - Date.now()) / 1000));
      const text = time.firstChild; // the node stays React's own; only its value changes
      if (text && text.nodeValue !== said) text.nodeValue = said;
    }
  }

  window.batonCountdown = setInterval(tick, 1000);
})();
