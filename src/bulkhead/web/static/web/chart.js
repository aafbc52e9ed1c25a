// Charts: each [data-chart] names the JSON block with its data; the look follows the theme and the width.
const charts = new Map();

// A colour of the theme as the canvas understands it: mixed and named ones are drawn once and read back.
function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  pen.fillStyle = getComputedStyle(probe).color;
  probe.remove();
  pen.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
  return `rgba(${red},${green},${blue},${alpha / 255})`;
}

function amount(data, value, short) {
  if (value === null || value === undefined) return "–";
  const locale = data.language === "zh" ? "zh-CN" : "en-GB";
  const major = value / 10 ** data.decimals;
  const digits = data.currency ? data.decimals : data.digits;
  const format = { minimumFractionDigits: short ? 0 : digits, maximumFractionDigits: short ? Math.max(1, data.digits) : digits };
  if (short) Object.assign(format, { notation: "compact" });
  if (data.currency) Object.assign(format, { style: "currency", currency: data.currency, currencyDisplay: "narrowSymbol" });
  return new Intl.NumberFormat(locale, format).format(major).replace("-", "−");
}

function moment(ms) {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}

function oneSeries(data, series) {
  const tone = colour(`--${series.tone}`);
  return {
    name: series.name,
    type: data.kind,
    data: series.points,
    step: series.step ? "end" : false,
    showSymbol: series.points.length < 60,
    symbolSize: 5,
    lineStyle: { width: 2, type: series.dashed ? "dashed" : "solid" },
    areaStyle: series.area ? { opacity: 0.12 } : undefined,
    itemStyle: { color: tone },
    barMaxWidth: 28,
  };
}

// What happened when: upright lines with the numbers under which the note tells of it, drawn by the first series.
function signs(data) {
  if (!data.signs.length) return undefined;
  const label = { formatter: "{b}", color: colour("--tblr-body-color"), position: "end", fontSize: 13 };
  return {
    symbol: "none",
    silent: true,
    lineStyle: { color: colour("--plain"), type: "dotted", width: 1.5 },
    data: data.signs.map(([x, name], i) => ({ xAxis: x, name, label: { ...label, offset: [9, 18 + 15 * i] } })),
  };
}

function options(data) {
  const text = colour("--tblr-body-color");
  const muted = colour("--plain");
  const line = colour("--tblr-border-color");
  const axis = { axisLabel: { color: muted, hideOverlap: true }, axisLine: { lineStyle: { color: line } }, splitLine: { lineStyle: { color: line } } };
  return {
    useUTC: true, // times come as the institution's clocks show them
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    grid: { left: 8, right: 16, top: data.series.length > 1 ? 36 : 16, bottom: 8, containLabel: true },
    legend: data.series.length > 1 ? { top: 0, left: 0, textStyle: { color: text } } : undefined,
    tooltip: {
      trigger: "axis",
      renderMode: "richText", // the other mode writes inline styles, which the content policy forbids
      backgroundColor: colour("--tblr-bg-surface"),
      borderColor: line,
      textStyle: { color: text },
      formatter: (points) =>
        [data.time ? moment(points[0].value[0]) : points[0].value[0], ...points.map((p) => `${p.seriesName}: ${amount(data, p.value[1], false)}`)].join("\n"),
    },
    xAxis: { type: data.time ? "time" : "category", ...axis, splitLine: { show: false } },
    yAxis: { type: "value", scale: false, ...axis, axisLabel: { color: muted, formatter: (value) => amount(data, value, true) } },
    series: data.series.map((series, i) => ({ ...oneSeries(data, series), markLine: i ? undefined : signs(data) })),
  };
}

function draw(frame) {
  const canvas = frame.querySelector("[data-chart-canvas]");
  const block = document.getElementById(frame.dataset.chart);
  if (!canvas || !block || charts.has(canvas)) return;
  const data = JSON.parse(block.textContent);
  const chart = window.echarts.init(canvas, null, { renderer: "canvas" });
  chart.setOption(options(data));
  charts.set(canvas, { chart, data });
  new ResizeObserver(() => chart.resize()).observe(canvas);
}

function drawAll(root) {
  for (const frame of root.querySelectorAll("[data-chart]")) draw(frame);
}

new MutationObserver(() => {
  for (const { chart, data } of charts.values()) chart.setOption(options(data), true);
}).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
document.body.addEventListener("htmx:afterSwap", (event) => drawAll(event.target));
drawAll(document);
