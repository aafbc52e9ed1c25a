// The last minute, second by second: sums of it, and a small chart.
const SECONDS = 60;
const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 48, WIDTH = 4;

export class Minute {
  constructor() {
    this.seconds = new Map();
    this.began = null;
  }

  add(counts) {
    const now = Math.floor(Date.now() / 1000);
    this.began ??= now;
    const sums = this.seconds.get(now) ?? {};
    for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
    this.seconds.set(now, sums);
    for (const second of this.seconds.keys()) if (second <= now - SECONDS) this.seconds.delete(second);
  }

  get age() {
    return this.began === null ? 0 : Math.min(SECONDS, Math.floor(Date.now() / 1000) - this.began + 1);
  }

  sum(name) {
    const now = Math.floor(Date.now() / 1000);
    let sum = 0;
    for (const [second, sums] of this.seconds) if (second > now - SECONDS) sum += sums[name] ?? 0;
    return sum;
  }

  // Oldest first; the second that is still running is left out.
  series(name) {
    const now = Math.floor(Date.now() / 1000);
    return Array.from({ length: SECONDS }, (_, k) => this.seconds.get(now - SECONDS + k)?.[name] ?? 0);
  }
}

function bar(parent, name, x, y, height) {
  const rect = document.createElementNS(SVG, "rect");
  for (const [key, value] of Object.entries({ x, y, width: WIDTH - 1, height })) rect.setAttribute(key, value);
  rect.setAttribute("class", name);
  parent.append(rect);
}

export function drawChart(svg, all, alarms) {
  const most = Math.max(1, ...all);
  const bars = document.createDocumentFragment();
  all.forEach((count, k) => {
    const height = Math.round((count / most) * (HEIGHT - 6) * 10) / 10;
    bar(bars, "live-bar", k * WIDTH, HEIGHT - height, height);
    if (alarms[k]) bar(bars, "live-bar-alarm", k * WIDTH, 0, 4); // a mark at the top, whatever the scale
  });
  svg.replaceChildren(bars);
  return most;
}
