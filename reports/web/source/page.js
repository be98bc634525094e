// What the page does for a reader besides showing itself: filters by level, sorting, copying, and
// line plots that can be read off and zoomed. Without it the page is whole.
import { applied, chips, state } from "./filter.js";
import { tables } from "./tables.js";
import { plots } from "./plots.js";

const element = document.getElementById("data");
if (element) {
  const data = JSON.parse(element.textContent);
  state(data.arms);
  chips(data.axes, data.arms);
  plots(data);
  applied();
}
tables();

// On paper everything is open.
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
