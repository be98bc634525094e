// What is wrong with the page as it is shown now, as a list of sentences. Run in the page by the tests.
(() => {
  const wrong = [];
  const say = (what, element) => { if (wrong.length < 12) wrong.push(what + ": " + (element?.outerHTML ?? "").slice(0, 160)); };
  const visible = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !e.closest(".silent") && e.getBoundingClientRect().width > 1;

  if (document.documentElement.scrollWidth > innerWidth + 1) say("the page is wider than the window, " + document.documentElement.scrollWidth + " px", null);
  if (!document.querySelector("main h2")) say("there is no main part with headings", null);

  const ids = new Set();
  for (const e of document.querySelectorAll("[id]")) { if (ids.has(e.id)) say("two elements have the id " + e.id, e); ids.add(e.id); }
  for (const a of document.querySelectorAll("a[href^='#']")) if (!ids.has(a.hash.slice(1))) say("a link leads nowhere", a);

  let level = 0;
  for (const h of document.querySelectorAll("h1, h2, h3, h4")) {
    const n = Number(h.tagName[1]);
    if (n > level + 1) say("a heading skips a level", h);
    level = n;
  }

  // Everything that can be used or is a picture has a name.
  const named = (e) => (e.getAttribute("aria-label") ?? document.getElementById(e.getAttribute("aria-labelledby"))?.textContent ?? e.textContent ?? "").trim();
  for (const e of document.querySelectorAll("a, button, [role=img], [role=region], [role=group], nav, [tabindex]")) if (!named(e)) say("it has no name", e);
  for (const e of document.querySelectorAll("fieldset")) if (!e.querySelector("legend")?.textContent.trim()) say("it has no legend", e);
  for (const th of document.querySelectorAll("th")) if (!th.scope) say("a heading says not of what", th);

  // Whatever scrolls can be reached by the keyboard; nothing else is cut.
  for (const e of document.querySelectorAll("body *")) {
    if (!visible(e) || e.closest("svg, .uplot, [aria-hidden=true]")) continue;
    const s = getComputedStyle(e);
    const over = e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0;
    if (over && s.overflowX === "hidden") say("its text is cut", e);
    const scrolls = (over && /auto|scroll/.test(s.overflowX)) || (e.scrollHeight > e.clientHeight + 1 && /auto|scroll/.test(s.overflowY));
    if (scrolls && e.tabIndex < 0 && !e.querySelector("button, a")) say("it scrolls, but not by the keyboard", e);
    if (over && s.overflowX === "visible" && s.display !== "inline" && !e.closest(".wide, .drawing, pre")) {
      const box = e.getBoundingClientRect();
      if (box.left + e.scrollWidth > innerWidth + 1) say("it reaches beyond the window", e);
    }
  }
  // Text in drawings that stand two in a row is large enough to read.
  for (const svg of innerWidth < 1280 ? [] : document.querySelectorAll("figure.half svg")) {
    if (!visible(svg)) continue;
    const least = Math.min(...[...svg.querySelectorAll("text")].map((t) => parseFloat(t.getAttribute("font-size")))) * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    if (least < 9.9) say("the text of a drawing has " + least.toFixed(1) + " px", null);
  }
  // Text in drawings lies within them.
  for (const svg of document.querySelectorAll(".drawing svg")) {
    if (!visible(svg)) continue;
    const box = svg.getBoundingClientRect();
    for (const text of svg.querySelectorAll("text")) {
      const t = text.getBoundingClientRect();
      if (t.width > 0 && (t.left < box.left - 1 || t.right > box.right + 1 || t.top < box.top - 1 || t.bottom > box.bottom + 1)) say("a drawing cuts its text " + text.textContent, null);
    }
  }

  // Contrast (WCAG 2.2, 1.4.3 and 1.4.11).
  const channels = (c) => c.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z + 0.05;
  };
  const contrast = (a, b) => { const [x, y] = [luminance(a), luminance(b)]; return Math.max(x, y) / Math.min(x, y); };
  const behind = (e) => {
    for (let at = e; at; at = at.parentElement) {
      const c = channels(getComputedStyle(at).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const seen = new Set();
  for (const e of document.querySelectorAll("body *")) {
    if (e.closest("svg, .live, script") || ![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) || !visible(e)) continue;
    const s = getComputedStyle(e), back = behind(e), key = s.color + back;
    if (seen.has(key)) continue;
    seen.add(key);
    const found = contrast(channels(s.color), back);
    if (found < 4.5) say("its contrast is " + found.toFixed(2) + ":1", e);
  }
  const paper = channels(getComputedStyle(document.body).backgroundColor);
  for (const path of document.querySelectorAll(".legend path")) {
    const found = contrast(channels(getComputedStyle(path).stroke), paper);
    if (found < 3) say("a line's contrast is " + found.toFixed(2) + ":1", path);
  }
  for (const text of document.querySelectorAll(".drawing text")) {
    const c = channels(getComputedStyle(text).fill), key = "drawn" + c;
    if (seen.has(key) || text.closest("figure").id === "plot-heat-map") continue;
    seen.add(key);
    const found = contrast(c, paper);
    if (found < 4.5) say("a drawing's text has a contrast of " + found.toFixed(2) + ":1", text);
  }
  return wrong;
})()
