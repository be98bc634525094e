'use strict';
const byId = id => document.getElementById(id);
const number = n => n === null ? '–' : n.toLocaleString('en-US');
const seconds = s => s < 90 ? `${Math.round(s)} s` : `${Math.floor(s / 60)} min ${Math.round(s % 60)} s`;

function row(arm) {
  const tr = document.createElement('tr');
  const name = document.createElement('th');
  name.scope = 'row';
  name.textContent = arm.arm;
  tr.append(name);
  for (const key of ['due', 'answered', 'failed', 'never_sent', 'in_flight', 'p50_ms', 'p99_ms']) {
    const td = document.createElement('td');
    td.textContent = number(arm[key]);
    if ((key === 'failed' || key === 'never_sent') && arm[key] > 0) td.className = 'bad';
    tr.append(td);
  }
  return tr;
}

const mostMoments = 600;
let moments = [];

function add(svg, name, attributes, text) {
  const e = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
  e.textContent = text ?? '';
  svg.append(e);
}

// roundUp is a round number that is at least n.
function roundUp(n) {
  const power = 10 ** Math.floor(Math.log10(n));
  return power * [1, 2, 5, 10].find(m => m * power >= n);
}

// chart draws keys of the moments, by class, against the time. A line has a gap where one is not known.
function chart(svg, keys) {
  const width = svg.clientWidth, height = svg.clientHeight, left = 48, bottom = 18, space = 8;
  const from = moments.length ? moments[0].at_s : 0, to = moments.length ? Math.max(moments.at(-1).at_s, from + 1) : 1;
  const most = roundUp(Math.max(1, ...moments.flatMap(m => Object.keys(keys).map(key => m[key] ?? 0))));
  const x = s => left + (s - from) / (to - from) * (width - left - space), y = v => space + (1 - v / most) * (height - bottom - space);
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  svg.replaceChildren();
  for (const v of [0, most / 2, most]) {
    add(svg, 'path', { class: 'grid', d: `M${left} ${y(v)}H${width - space}` });
    add(svg, 'text', { x: left - 6, y: y(v) + 4, 'text-anchor': 'end' }, number(v));
  }
  add(svg, 'text', { x: left, y: height - 2 }, seconds(from));
  add(svg, 'text', { x: width - space, y: height - 2, 'text-anchor': 'end' }, seconds(to));
  for (const [key, name] of Object.entries(keys)) {
    let pen = 'M', d = '';
    for (const m of moments) {
      if (m[key] === null) { pen = 'M'; continue; }
      d += `${pen}${x(m.at_s).toFixed(1)} ${y(m[key]).toFixed(1)}`;
      if (pen === 'M') d += 'h0.1'; // a second alone is a dot
      pen = 'L';
    }
    add(svg, 'path', { class: name, 'stroke-linecap': 'round', d });
    const last = moments.at(-1)?.[key] ?? null;
    byId(`${name}-now`).textContent = last === null ? '–' : number(Number(last.toPrecision(3)));
  }
}

function draw() {
  chart(byId('rates'), { answered_per_s: 'answered', failed_per_s: 'failed' });
  chart(byId('latencies'), { p50_ms: 'p50', p99_ms: 'p99' });
}
window.addEventListener('resize', draw);

const events = new EventSource('events');
events.addEventListener('message', e => {
  const now = JSON.parse(e.data);
  document.title = `${now.scenario} – weighbridge`;
  byId('scenario').textContent = now.scenario;
  const parts = [now.waiting ? `waiting for the server: ${now.waiting}` : now.where, `${number(now.in_flight)} in flight`];
  if (now.p99_ms !== null) parts.push(`in the last second p50 ${number(now.p50_ms)} ms, p99 ${number(now.p99_ms)} ms`);
  parts.push(`${number(now.answered)} answered, ${number(now.failed)} failed`, `${seconds(now.left_s)} left`);
  byId('progress').textContent = parts.join(' · ');
  byId('done').value = now.elapsed_s / Math.max(now.elapsed_s + now.left_s, 0.001);
  moments = (now.restart ? [] : moments).concat(now.moments).slice(-mostMoments);
  draw();
  byId('arms').replaceChildren(...now.arms.map(row));
});
events.addEventListener('end', () => {
  events.close();
  byId('done').value = 1;
  byId('progress').textContent = 'The run has ended: its report is in the folder that the terminal names.';
});
events.addEventListener('error', () => {
  byId('progress').textContent = 'The run cannot be reached: it has ended, or was stopped.';
});
