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
