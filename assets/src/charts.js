import { Chart, registerables } from "chart.js";
Chart.register(...registerables);

// The data stand in a <script type="application/json"> named by data-chart: {type, labels, series: [{label, data, tone}]}.
export function draw(canvas) {
  const data = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
  const style = getComputedStyle(document.documentElement);
  const tone = (name) => style.getPropertyValue(`--${name || "brand"}`).trim();
  const ink = tone("ink-2");
  Chart.defaults.font.family = style.getPropertyValue("--font");
  Chart.defaults.color = ink;
  return new Chart(canvas, {
    type: data.type,
    data: {
      labels: data.labels,
      datasets: data.series.map((one) => ({
        label: one.label, data: one.data, borderColor: tone(one.tone), backgroundColor: data.type === "line" ? "transparent" : tone(one.tone),
        borderWidth: data.type === "line" ? 2.5 : 0, borderRadius: 6, tension: 0.25, pointRadius: data.labels.length > 40 ? 0 : 3, maxBarThickness: 34,
      })),
    },
    options: {
      maintainAspectRatio: false, animation: false, indexAxis: data.horizontal ? "y" : "x",
      interaction: { mode: "index", intersect: false },
      plugins: { legend: { display: data.series.length > 1, position: "bottom" } },
      scales: {
        x: { stacked: !!data.stacked, grid: { display: false }, border: { color: tone("line") } },
        y: { stacked: !!data.stacked, beginAtZero: true, suggestedMax: data.max, grid: { color: tone("line") }, border: { display: false }, ticks: { precision: 0 } },
      },
    },
  });
}
