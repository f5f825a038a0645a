// Draws a chart from the numbers beside it; the table with the same numbers stays reachable.
(() => {
  const style = getComputedStyle(document.documentElement);
  const token = (name) => style.getPropertyValue(`--lf-${name}`).trim();
  const FIXED = { yellow: "y", orange: "o", red: "r" };

  function colourOf(series, place) {
    if (series.colour) return token(FIXED[series.colour]);
    if (series.peer) return token("data-peer");
    return token(["data", "data-fill", "data-soft"][place % 3]);
  }

  function seriesOf(data, one, place) {
    const colour = colourOf(one, place);
    const drawn = {
      name: one.name,
      type: data.kind === "line" ? "line" : "bar",
      data: one.values,
      stack: data.stacked ? "all" : undefined,
      barMaxWidth: 18,
      symbolSize: 5,
      lineStyle: { width: 2 },
      itemStyle: { color: colour },
      connectNulls: false,
    };
    if (one.colour === "orange") {
      drawn.itemStyle.decal = { symbol: "rect", rotation: -Math.PI / 4, dashArrayX: [1, 0], dashArrayY: [3, 5], color: "rgba(255,255,255,.28)" };
    }
    return drawn;
  }

  function optionOf(data) {
    const text = { color: token("ink-500"), fontSize: 11, fontFamily: token("font") };
    const names = { type: "category", data: data.x, axisLabel: text, axisTick: { show: false }, axisLine: { lineStyle: { color: token("line") } } };
    const amounts = { type: "value", name: data.unit, nameTextStyle: text, axisLabel: text, splitLine: { lineStyle: { color: token("line-soft") } } };
    const lies = data.kind === "bars";
    return {
      animation: false,
      grid: { left: 8, right: 16, top: data.series.length > 1 || data.unit ? 34 : 12, bottom: 8, containLabel: true },
      legend: data.series.length > 1 ? { right: 8, top: 0, itemWidth: 12, itemHeight: 8, textStyle: text } : undefined,
      // the policy on content forbids style attributes, which the other mode writes
      tooltip: { trigger: "axis", renderMode: "richText", confine: true },
      xAxis: lies ? amounts : names,
      yAxis: lies ? { ...names, inverse: true } : amounts,
      series: data.series.map((one, place) => seriesOf(data, one, place)),
    };
  }

  function draw(figure) {
    const data = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
    const place = figure.querySelector(".lf-chart-drawn");
    place.style.height = `${figure.dataset.height}px`;
    const chart = window.echarts.init(place, null, { renderer: "canvas" });
    chart.setOption(optionOf(data));
    if (data.urls) chart.on("click", (event) => data.urls[event.dataIndex] && location.assign(data.urls[event.dataIndex]));
    figure.querySelector(".lf-chart-table").open = false;
    new ResizeObserver(() => chart.resize()).observe(place);
  }

  if (!window.echarts) return;
  for (const figure of document.querySelectorAll("[data-chart]")) draw(figure);
})();
