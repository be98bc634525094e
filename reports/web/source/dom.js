// make returns a new element with attributes and children; a text is a child too.
export function make(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

// pressed says to a button, and to a screen reader, whether it is on.
export function pressed(button, on) { button.setAttribute("aria-pressed", String(on)); }
