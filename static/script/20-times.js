// Times in the reader's time zone and language.
const lang = root.lang;
const distance = new Intl.RelativeTimeFormat(lang, { numeric: 'auto', style: 'short' });
// Unit, its length in milliseconds, and the distance from which on it is used.
const spans = [
  ['year', 31557e6, 63e9],
  ['month', 2629746e3, 5184e6],
  ['day', 864e5, 864e5],
  ['hour', 36e5, 36e5],
  ['minute', 6e4, 6e4],
];
const written = {
  absolute: new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeStyle: 'short' }),
  date: new Intl.DateTimeFormat(lang, { dateStyle: 'medium' }),
  full: new Intl.DateTimeFormat(lang, { dateStyle: 'full', timeStyle: 'long' }),
};

function relative(date) {
  const away = date - Date.now();
  const [unit, length] = spans.find(([, , from]) => Math.abs(away) >= from) ?? ['second', Infinity];
  return distance.format(Math.trunc(away / length) || 0, unit).replace('.', '');
}

function writeTimes(from) {
  for (const t of $$('time[data-time]', from)) {
    const date = new Date(t.dateTime);
    t.textContent = t.dataset.time === 'relative' ? relative(date) : written[t.dataset.time].format(date);
    t.title = written.full.format(date);
  }
}

onContent(writeTimes);
setInterval(() => writeTimes(document), 30000);
