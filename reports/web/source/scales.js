// How axes are laid out and labelled.

// plain prints a figure in at most four digits.
export function plain(v) {
  if (v == null || Number.isNaN(v)) return "–";
  if (v === 0) return "0";
  const size = Math.abs(v);
  if (size >= 1000) return Math.round(v).toLocaleString("en");
  return String(Number(v.toPrecision(size >= 100 ? 4 : 3)));
}

const nice = [1, 2, 5];

// even are about n round numbers from low to high.
export function even(low, high, n = 6, whole = false) {
  const rough = (high - low) / n || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  let step = power * ([1, 2, 5, 10].find((m) => m * power >= rough) ?? 10);
  if (whole) step = Math.max(1, Math.round(step));
  const out = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) out.push(Number((i * step).toPrecision(12)));
  return out;
}

// round are 1, 2 and 5 times the powers of ten from low to high, or even ones where those are too few.
export function round(low, high) {
  const out = [];
  for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10) {
    for (const times of nice) {
      const v = Number((power * times).toPrecision(12));
      if (v >= low && v <= high) out.push(v);
    }
  }
  return out.length >= 3 ? out : even(low, high, 4).filter((v) => v > 0);
}

// nines are the percentiles that an axis of nines names.
export function nines(low, high) {
  const out = [0, Math.log10(2), Math.log10(4)].concat([1, 2, 3, 4, 5, 6, 7]);
  return out.filter((v) => v >= low && v <= high + 1e-9);
}

export function nine(v) { return String(Number((100 - 100 / 10 ** v).toPrecision(2 + Math.max(1, Math.ceil(v))))) + "%"; }

// splits are where an axis has lines across.
export function splits(scale, low, high, n) {
  switch (scale) {
    case "log": return round(low, high);
    case "nines": return nines(low, high);
    case "whole": return even(low, high, n, true);
  }
  return even(low, high, n);
}

export function label(scale, v) { return scale === "nines" ? nine(v) : plain(v); }

// reach is from the lowest to the highest of the points of lines and of their intervals: of those at
// within.min to within.max.
export function reach(scale, lines, within, low, high) {
  for (const line of lines) {
    line.low?.forEach((from, i) => {
      const to = line.high[i];
      if (low == null || from == null || to == null || line.x[i] < within.min || line.x[i] > within.max) return;
      if (scale !== "log" || from > 0) low = Math.min(low, from);
      high = Math.max(high, to);
    });
  }
  return [low, high];
}

// span is the range of an axis around what is shown.
export function span(scale, low, high, vertical) {
  if (low == null || high == null) return scale === "log" ? [1, 10] : [0, 1];
  if (scale === "log") return low === high ? [low / 1.5, high * 1.5] : [low / (high / low) ** 0.05, high * (high / low) ** 0.05];
  if (vertical) return [Math.min(low, 0), high > 0 ? high * 1.08 : 1];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}
