// Which arms are shown: those of which no level is switched off, and that are not switched off themselves.
import { make, pressed } from "./dom.js";

let arms = [];
const levelsOff = new Set(); // "axis level", by number
const armsOff = new Set();
const listeners = [];

export function state(all) { arms = all; }

export function shown(arm) {
  return arm < 0 || !armsOff.has(arm) && arms[arm].l.every((level, axis) => !levelsOff.has(axis + " " + level));
}

// onChange calls listener whenever another set of arms is shown.
export function onChange(listener) { listeners.push(listener); }

export function toggleArm(arm) {
  if (armsOff.has(arm)) armsOff.delete(arm); else armsOff.add(arm);
  applied();
}

// applied hides what is of arms that are not shown, in every table and drawing.
export function applied() {
  for (const of of document.querySelectorAll("[data-arm]")) of.classList.toggle("off", !shown(Number(of.dataset.arm)));
  for (const listener of listeners) listener();
}

// chips adds a button for each level of each axis.
export function chips(axes, all) {
  const place = document.getElementById("chips");
  if (!place || all.length < 2) return;
  axes.forEach((axis, a) => {
    if (axis.l.length < 2) return;
    const group = make("fieldset", {}, make("legend", {}, axis.n));
    const buttons = axis.l.map((level, l) => {
      const key = a + " " + l;
      const button = make("button", { type: "button", class: "chip", "aria-pressed": "true", onclick: () => set(key, levelsOff.has(key)) }, level);
      button.dataset.key = key;
      return button;
    });
    group.append(...buttons);
    if (axis.l.length > 4) {
      for (const [name, on] of [["all", true], ["none", false]]) {
        group.append(make("button", { type: "button", class: "chip", onclick: () => buttons.forEach((b) => set(b.dataset.key, on)) }, name));
      }
    }
    place.append(group);
  });
  const said = make("p", { class: "silent", role: "status" });
  place.append(said);
  onChange(() => { said.textContent = all.filter((_, i) => shown(i)).length + " of " + all.length + " arms are shown"; });
  place.hidden = false;
}

function set(key, on) {
  if (on) levelsOff.delete(key); else levelsOff.add(key);
  for (const button of document.querySelectorAll("button[data-key]")) pressed(button, !levelsOff.has(button.dataset.key));
  applied();
}
