/* Fields whose contents belong to the person: what they type or choose stands at once and stays, however long the
   server takes. A value from the server is taken over only when it is the server's own word: neither the echo of
   something sent earlier, nor a word that comes while somebody types. What it does not echo it did not take: after a
   while the field shows what the server has. Nothing here is ever remounted to be changed. A field that tells the server
   when it is left tells it at the first pause in typing too, and when the page goes away beneath it. */
import { createElement, useEffect, useRef, useState } from "react";

const LONG = 15000;
const PAUSE = 700;
const begin = (said) => ({ shown: said, said, sent: [], typing: false });

function heard(held, said) {
  const echo = held.sent.indexOf(said);
  if (echo >= 0) return { ...held, said, sent: held.sent.slice(echo + 1) };
  if (held.typing) return { ...held, said, typing: String(held.shown).trim() !== said };
  return begin(said);
}

function told(held, shown) {
  const awaited = held.sent.length || shown !== held.said;
  return { ...held, shown, sent: awaited ? [...held.sent, shown] : [], typing: false };
}

function useHeld(said, read, onChange, onBlur) {
  const [held, hold] = useState(() => begin(said));
  if (said !== held.said) hold(heard(held, said));
  useEffect(() => {
    if (!held.sent.length) return undefined;
    const waited = setTimeout(() => hold((now) => (now.typing || !now.sent.length ? now : begin(now.said))), LONG);
    return () => clearTimeout(waited);
  }, [held.sent]);
  const paused = useRef(null);
  const tell = useRef(onBlur);
  tell.current = onBlur;
  const pause = (event, shown) => {
    clearTimeout(paused.current?.timer);
    const say = () => {
      paused.current = null;
      tell.current?.(event);
    };
    const timer = setTimeout(() => {
      hold((before) => ({ ...told(before, shown), typing: before.typing }));
      say();
    }, PAUSE);
    paused.current = { timer, say };
  };
  useEffect(() => () => {
    clearTimeout(paused.current?.timer);
    paused.current?.say();
  }, []);
  const change = (event) => {
    const shown = read(event.target);
    hold((before) => (onChange ? told(before, shown) : { ...before, shown, typing: true }));
    onChange?.(event);
    if (onBlur) pause(event, shown);
  };
  const blur = (event) => {
    clearTimeout(paused.current?.timer);
    paused.current = null;
    if (onBlur) hold((before) => (before.typing ? told(before, before.shown) : before));
    onBlur?.(event);
  };
  return [held.shown, change, blur];
}

const field = (tag) => ({ value, onChange, onBlur, children, ...props }) => {
  const [shown, change, blur] = useHeld(value ?? "", (target) => target.value, onChange, onBlur);
  return createElement(tag, { ...props, value: shown, onChange: change, onBlur: blur }, children);
};

export const HeldInput = field("input");
export const HeldSelect = field("select");

export const HeldBox = ({ checked, onChange, onBlur, ...props }) => {
  const [shown, change] = useHeld(Boolean(checked), (target) => target.checked, onChange);
  return createElement("input", { ...props, type: "checkbox", checked: shown, onChange: change, onBlur });
};
