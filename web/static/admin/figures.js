// Draws the charts of 「统计」 from the data their frames carry, in the colours of the page.
(function () {
  "use strict";
  var WEEKDAYS = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];
  var charts = [];

  function colours() {
    var style = getComputedStyle(document.documentElement);
    function value(name) { return style.getPropertyValue(name).trim(); }
    var dark = document.documentElement.getAttribute("data-bs-theme") === "dark";
    return {
      text: value("--muted"), line: value("--line"), paper: value("--paper"), accent: value("--tblr-primary"),
      series: dark ? ["#5ccaa2", "#f0b45b", "#8ab4f8"] : ["#0b6e4f", "#b7791f", "#2f6fb5"],
      bars: dark ? "#39464c" : "#cfd8d3", low: dark ? "#20272b" : "#eef1ef",
    };
  }

  // Rich text instead of HTML: the page allows no inline styles.
  function tooltip(look, trigger) {
    return {
      trigger: trigger, renderMode: "richText", confine: true, backgroundColor: look.paper,
      borderColor: look.line, textStyle: { color: look.text },
    };
  }

  function axis(look, extra) {
    return Object.assign({
      axisLabel: { color: look.text }, axisLine: { lineStyle: { color: look.line } },
      axisTick: { show: false }, splitLine: { lineStyle: { color: look.line } },
    }, extra);
  }

  var KINDS = {
    trend: function (data, look) {
      var series = [{ name: data.bars.name, type: "bar", data: data.bars.values, barMaxWidth: 28,
        itemStyle: { color: look.bars, borderRadius: [3, 3, 0, 0] } }];
      data.lines.forEach(function (line, at) {
        series.push({ name: line.name, type: "line", yAxisIndex: 1, data: line.values, connectNulls: false,
          symbol: ["circle", "rect", "triangle"][at], symbolSize: 6, lineStyle: { width: 2 },
          itemStyle: { color: look.series[at] } });
      });
      return {
        grid: { left: 8, right: 8, top: 56, bottom: 8, containLabel: true },
        legend: { top: 0, left: 0, right: 36, textStyle: { color: look.text }, itemWidth: 16 },
        tooltip: Object.assign(tooltip(look, "axis"), {
          valueFormatter: function (value) { return value === null || value === undefined ? "不足，不显示" : String(value); },
        }),
        xAxis: axis(look, { type: "category", data: data.names }),
        yAxis: [
          axis(look, { type: "value", minInterval: 1 }),
          axis(look, { type: "value", min: 0, max: 100, show: data.lines.length > 0, splitLine: { show: false },
            axisLabel: { color: look.text, formatter: "{value}%" } }),
        ],
        series: series,
      };
    },
    bars: function (data, look) {
      return {
        grid: { left: 8, right: 64, top: 8, bottom: 8, containLabel: true },
        tooltip: tooltip(look, "item"),
        xAxis: axis(look, { type: "value", minInterval: 1 }),
        yAxis: axis(look, { type: "category", inverse: true, data: data.names, splitLine: { show: false } }),
        series: [{ type: "bar", data: data.values, barMaxWidth: 18, label: { show: true, position: "right", color: look.text },
          itemStyle: { color: look.accent, borderRadius: [0, 3, 3, 0] } }],
      };
    },
    hours: function (data, look) {
      var hours = Array.from({ length: 24 }, function (_, hour) { return hour + "时"; });
      return {
        grid: { left: 8, right: 8, top: 32, bottom: 56, containLabel: true },
        tooltip: Object.assign(tooltip(look, "item"), {
          formatter: function (point) { return WEEKDAYS[point.value[1]] + " " + point.value[0] + " 时：" + point.value[2] + " 件"; },
        }),
        xAxis: axis(look, { type: "category", data: hours }),
        yAxis: axis(look, { type: "category", inverse: true, data: WEEKDAYS }),
        visualMap: { min: 0, max: Math.max(1, data.most), orient: "horizontal", left: "center", bottom: 0,
          textStyle: { color: look.text }, inRange: { color: [look.low, look.accent] } },
        series: [{ type: "heatmap", data: data.values, itemStyle: { borderColor: look.paper, borderWidth: 2 } }],
      };
    },
  };

  function draw(one) {
    var look = colours();
    one.chart.setOption(Object.assign({ animation: false, backgroundColor: "transparent" }, KINDS[one.data.kind](one.data, look)), true);
  }

  function save(one) {
    var link = document.createElement("a");
    link.href = one.chart.getDataURL({ pixelRatio: 2, backgroundColor: colours().paper });
    link.download = one.name + ".png";
    link.click();
  }

  function start(frame) {
    var data = JSON.parse(frame.getAttribute("data-chart"));
    if (data.kind === "bars") frame.style.height = Math.max(4, 1.5 + 1.75 * data.names.length) + "rem";
    var one = { chart: window.echarts.init(frame), data: data, name: frame.getAttribute("data-name") };
    charts.push(one);
    draw(one);
    var button = frame.parentNode.querySelector("[data-chart-save]");
    button.hidden = false;
    button.addEventListener("click", function () { save(one); });
  }

  if (!window.echarts) return;
  document.querySelectorAll("[data-chart]").forEach(start);
  window.addEventListener("resize", function () { charts.forEach(function (one) { one.chart.resize(); }); });
  new MutationObserver(function () { charts.forEach(draw); })
    .observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
})();
