// Registered one by one: what the portal does not draw is not sent.
import { BarController, BarElement, CategoryScale, Chart, Filler, Legend, LinearScale, LineController, LineElement, PointElement, Tooltip } from "chart.js";
Chart.register(BarController, BarElement, CategoryScale, Filler, Legend, LinearScale, LineController, LineElement, PointElement, Tooltip);

// Series without a tone take these in turn; lines also differ by their dashes, for those who do not tell colours apart.
const TONES = ["brand", "gold", "blue", "red", "ink-3"];
const DASHES = [[], [8, 4], [2, 4], [12, 4, 2, 4], [4, 4]];
const drawn = new Map();

// The data stand in a <script type="application/json"> named by data-chart: {type, labels, series: [{label, data, tone}]}.
export function draw(canvas) {
  drawn.get(canvas)?.destroy();
  const data = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const toneOf = (one, number) => colour({ good: "green", warn: "amber", bad: "red", info: "blue" }[one.tone] ?? one.tone ?? TONES[number % TONES.length]);
  const line = data.type === "line";
  const number = new Intl.NumberFormat(document.documentElement.lang || "vi");
  Chart.defaults.font.family = style.getPropertyValue("--font");
  Chart.defaults.font.size = 13;
  Chart.defaults.color = colour("ink-2");
  const counted = { beginAtZero: true, suggestedMax: data.max, grid: { color: colour("line") }, border: { display: false }, ticks: { precision: 0, callback: (value) => number.format(value) } };
  const named = { grid: { display: false }, border: { color: colour("line") } };
  const chart = new Chart(canvas, {
    type: data.type,
    data: {
      labels: data.labels,
      datasets: data.series.map((one, place) => ({
        label: one.label, data: one.data, borderColor: toneOf(one, place), backgroundColor: line ? "transparent" : toneOf(one, place),
        borderWidth: line ? 2.5 : 0, borderDash: line ? DASHES[place % DASHES.length] : [], borderRadius: 5, tension: 0.25,
        pointRadius: data.labels.length > 40 ? 0 : 3, pointBackgroundColor: toneOf(one, place), maxBarThickness: 34,
      })),
    },
    options: {
      maintainAspectRatio: false, animation: false, indexAxis: data.horizontal ? "y" : "x", locale: document.documentElement.lang || "vi",
      interaction: { mode: "index", intersect: false, axis: data.horizontal ? "y" : "x" },
      plugins: { legend: { display: data.series.length > 1, position: "bottom", labels: { usePointStyle: line, boxWidth: line ? 36 : 14, boxHeight: line ? 6 : 14, pointStyle: line ? "line" : undefined } } },
      scales: { [data.horizontal ? "y" : "x"]: { ...named, stacked: !!data.stacked }, [data.horizontal ? "x" : "y"]: { ...counted, stacked: !!data.stacked } },
    },
  });
  drawn.set(canvas, chart);
}

// After light and dark change places, and before printing.
export function redrawAll() {
  for (const [canvas, chart] of drawn) {
    if (canvas.isConnected) draw(canvas);
    else { chart.destroy(); drawn.delete(canvas); }
  }
}
