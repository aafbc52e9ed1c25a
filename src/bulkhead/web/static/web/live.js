// Live decisions: listens, counts, and shows what is new on top. All of its words come with the page.
import { Minute, drawChart } from "./live_minute.js";
import { Rows } from "./live_rows.js";
import { Stream } from "./live_stream.js";

const SAY_EVERY_MS = 10000;
const given = JSON.parse(document.getElementById("live-listening").textContent);
const locale = document.documentElement.lang;
const one = (selector) => document.querySelector(selector);
const said = (key, values = {}) =>
  given.words[key].replace(/\{(\w+)\}/g, (_, name) =>
    typeof values[name] === "number" ? values[name].toLocaleString(locale) : values[name]);
const clock = (ms) => new Date(ms).toLocaleTimeString(locale, { hour12: false });

const minute = new Minute();
const pause = one("[data-pause]"), fresh = one("[data-new]"), notice = one("[data-notice]");
const state = one("[data-state]"), stateWords = one("[data-state-words]");
let connection = "connecting", detail, away = false, paused = false, lagMs = null, lagAt = 0;

// ---- rows
function cell(className, ...content) {
  const td = document.createElement("td");
  td.className = className;
  td.append(...content);
  return td;
}

function span(className, text) {
  const made = document.createElement("span");
  made.className = className;
  made.textContent = text;
  return made;
}

function markOf(row) {
  const name = row.outcome === "decline" ? "decline"
    : row.status === "refused" ? "refused"
    : row.outcome === "hold" ? "hold" : row.why.length ? "finding" : "allow";
  return one(`template[data-mark="${name}"]`).content.cloneNode(true);
}

function link(row) {
  const a = document.createElement("a");
  a.href = `${given.decisions}${row.seq}/`;
  a.title = `${said("open", { n: String(row.seq) })} · ${row.day} ${row.time}`;
  a.textContent = row.time;
  return a;
}

// A long code may break behind its dots and underscores, nowhere else.
function ruleCodes(row) {
  const codes = span("live-rules", "");
  row.rules.forEach((code, k) => {
    for (const part of code.split(/(?<=[._])/)) codes.append(part, document.createElement("wbr"));
    if (k < row.rules.length - 1) codes.append(", ");
  });
  if (row.rules_more) codes.append(` ${said("rules_more", { n: row.rules_more })}`);
  return codes;
}

function drawn(row, withReasons) {
  const tr = document.createElement("tr");
  tr.dataset.row = row.seq;
  const parties = cell("live-parties", span("live-party", row.payer), span("quiet", " → "), span("live-party", row.payee));
  tr.append(cell("when", link(row)), cell("live-outcome", markOf(row)), cell("live-kind", row.kind),
    cell("amount", row.amount), parties);
  if (withReasons) {
    const why = cell("live-why", span("", row.why.join(" · ")));
    if (row.rules.length) why.append(ruleCodes(row));
    tr.append(why);
  }
  return tr;
}

const sectionOf = (code) => one(`[data-list="${code}"]`);
const lists = { alarms: new Rows(sectionOf("alarms"), 100, (row) => drawn(row, true), changed) };
if (sectionOf("rows")) lists.rows = new Rows(sectionOf("rows"), 40, (row) => drawn(row, false), changed);

function table(before, alarmsOnly) {
  const query = new URLSearchParams(given.asked);
  if (alarmsOnly) query.set("alarms", "1");
  query.set("before", before);
  return `${given.decisions}?${query}`;
}

function tellMore(code, key, count, before) {
  const more = sectionOf(code)?.querySelector("[data-more]");
  if (!more || !count) return;
  more.hidden = false;
  more.href = table(before, code === "alarms");
  more.textContent = said(key, { n: count });
}

// ---- what is shown of how it stands
function changed() {
  const all = Object.values(lists);
  const waiting = all.reduce((sum, list) => sum + list.waitingCount, 0);
  const still = paused || all.some((list) => list.held);
  fresh.hidden = !still || !waiting;
  fresh.textContent = said("new", { n: waiting });
  const shown = connection !== "live" ? connection : paused ? "paused" : still ? "held" : "live";
  const words = said(shown, { n: detail, time: typeof detail === "number" ? clock(detail) : "" });
  if (state.dataset.state !== shown) state.dataset.state = shown;
  if (stateWords.textContent !== words) stateWords.textContent = words;
}

function stands(name, more) {
  if (["reconnecting", "stale", "full"].includes(name)) away = true;
  connection = name;
  detail = more;
  changed();
}

function setPaused(wanted) {
  paused = wanted;
  pause.setAttribute("aria-pressed", String(paused));
  pause.textContent = said(paused ? "go_on" : "pause");
  for (const list of Object.values(lists)) {
    list.paused = paused;
    list.draw();
  }
  changed();
}

pause.addEventListener("click", () => setPaused(!paused));
fresh.addEventListener("click", () => { for (const list of Object.values(lists)) if (list.waiting.length) list.show(); });

// ---- what comes
let unsaid = 0, saidAt = 0;

function announce() {
  if (!unsaid || Date.now() - saidAt < SAY_EVERY_MS) return;
  one("[data-say]").textContent = said("say_alarms", { n: unsaid });
  unsaid = 0;
  saidAt = Date.now();
}

let missed = null;

function count(kind, body) {
  if (kind === "missed" && away) {
    missed ??= { n: 0, alarms: 0 };
    missed.n += body.matching;
    missed.alarms += body.alarms;
    notice.hidden = false;
    notice.textContent = said("missed", missed);
  } else {
    missed = null;
    if (kind === "tick") away = false;
    lagMs = body.lag_ms;
    lagAt = Date.now();
  }
  minute.add({ matching: body.matching, alarms: body.alarms, refused: body.refused, ...body.counts });
  unsaid += body.alarms;
}

function heard(kind, body) {
  if (kind === "hello") {
    minute.began ??= Math.floor(Date.now() / 1000);
    if (body.reset) { notice.hidden = false; notice.textContent = said("reset"); }
  }
  if (kind === "trouble") { stands("trouble", body.since_ms); return; }
  if (kind === "beat" && body.behind > 0 && Date.now() - lagAt > 5000) stands("behind", body.behind);
  else stands("live");
  if (!("alarm_rows" in body)) return;
  lists.alarms.add(body.alarm_rows, body.alarms);
  tellMore("alarms", "more_alarms", body.alarms_more, body.to);
  if (lists.rows) lists.rows.add(body.rows, body.matching - body.alarms);
  if (kind === "history") return;
  count(kind, body);
  const shown = sectionOf("rows") ? minute.sum("matching") - minute.sum("alarms") : 0;
  tellMore("rows", "more_rows", Math.max(0, shown - 40), body.to);
}

// ---- once a second
function tick() {
  for (const field of document.querySelectorAll("[data-count]")) {
    field.textContent = minute.sum(field.dataset.count).toLocaleString(locale);
  }
  const all = minute.series("matching"), alarms = minute.series("alarms");
  const most = drawChart(one("[data-chart]"), all, alarms);
  const recent = all.slice(-3).reduce((a, b) => a + b, 0) / 3;
  const now = recent < 10 ? Math.round(recent * 10) / 10 : Math.round(recent);
  one("[data-rate]").textContent = said("a_second", { n: now });
  one("[data-since]").textContent = said("since_s", { n: minute.age });
  one("[data-chart]").setAttribute("aria-label", said("chart", { now, most, alarms: alarms.filter(Boolean).length }));
  one("[data-lag]").textContent = lagMs === null || Date.now() - lagAt > 10000 ? "–"
    : said("seconds", { n: Math.max(0.1, Math.round(lagMs / 100) / 10) });
  announce();
  changed();
}

setInterval(tick, 1000);
new Stream(given.stream, heard, stands).open();
