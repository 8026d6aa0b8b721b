// Charts: [data-chart='{"type":"line"|"bar","x":[…],"series":[{"name","data","type"?,"dashed"?}],"unit":"…","step":bool}'].
// Drawn on a canvas, since markup with style attributes is not allowed here; colours are those of the theme.

import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { whenShown } from "./dom.js";

use([BarChart, LineChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

const SERIES_COLOURS = ["--chart-1", "--chart-2", "--chart-3", "--chart-4", "--chart-5", "--chart-6"];
const MANY_POINTS = 60;
const drawn = new Map();
const locale = document.documentElement.lang || undefined;
const numbers = new Intl.NumberFormat(locale, { maximumFractionDigits: 4 });
const short = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** A colour of the style as the canvas takes it: custom properties may be functions of the theme. */
function colour(name) {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function seriesOf(data) {
  return data.series.map((series) => {
    const type = series.type ?? data.type;
    const line = { step: data.step && "end", showSymbol: series.data.length < 2, symbolSize: 6,
      lineStyle: { width: 2, type: series.dashed ? "dashed" : "solid" }, areaStyle: data.series.length === 1 ? { opacity: 0.12 } : undefined };
    return { name: series.name, type, data: series.data.map((value) => (value === null ? null : Number(value))),
      ...(type === "line" ? line : { barMaxWidth: 28, itemStyle: { borderRadius: [2, 2, 0, 0] }, stack: data.stacked ? "all" : undefined }) };
  });
}

function optionsOf(data) {
  const [text, quiet, border, ground] = ["--body-color", "--quiet-color", "--border-color", "--bg-surface"].map(colour);
  const shown = (value) => (value == null ? "–" : numbers.format(value) + (data.unit ? ` ${data.unit}` : ""));
  return {
    animation: !calm.matches && data.x.length <= MANY_POINTS,
    animationDuration: 300,
    aria: { enabled: false }, // the page says it in words, and in a table
    color: SERIES_COLOURS.map(colour),
    grid: { left: 4, right: 12, top: data.series.length > 1 ? 34 : 12, bottom: 4, containLabel: true },
    legend: { show: data.series.length > 1, top: 0, left: 0, icon: "roundRect", itemWidth: 12, itemHeight: 8, textStyle: { color: text } },
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: text },
    tooltip: { trigger: "axis", renderMode: "richText", confine: true, backgroundColor: ground, borderColor: border,
      textStyle: { color: text, fontSize: 12 }, valueFormatter: shown },
    xAxis: { type: "category", data: data.x, boundaryGap: data.series.some((series) => (series.type ?? data.type) === "bar"),
      axisLine: { lineStyle: { color: border } }, axisTick: { show: false }, axisLabel: { color: quiet, hideOverlap: true } },
    yAxis: { type: "value", splitLine: { lineStyle: { color: border } }, axisLabel: { color: quiet, formatter: (value) => short.format(value) } },
    series: seriesOf(data),
  };
}

function draw(element) {
  const chart = drawn.get(element) ?? init(element);
  drawn.set(element, chart);
  chart.setOption(optionsOf(JSON.parse(element.dataset.chart)), true);
  sizes.observe(element);
}

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) drawn.get(target)?.resize();
});

function drawAll(root) {
  for (const [element, chart] of drawn) if (!element.isConnected) {
    chart.dispose();
    drawn.delete(element);
  }
  root.querySelectorAll("[data-chart]").forEach(draw);
}

whenShown(drawAll);
document.addEventListener("stockflow:theme", () => [...drawn.keys()].forEach(draw));
