// Short words come from the page (translated there): <meta name="words" data-copied="…" …>.
const words = document.querySelector('meta[name="words"]');
export const say = (key) => words?.dataset[key] ?? "";

export function toast(text) {
  if (!text) return;
  let box = document.querySelector(".toasts");
  if (!box) {
    box = document.createElement("div");
    box.className = "toasts";
    box.setAttribute("role", "status");
    document.body.append(box);
  }
  const line = document.createElement("div");
  line.className = "toast-line";
  line.textContent = text;
  box.append(line);
  setTimeout(() => line.remove(), 5000);
}

export async function copyText(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  toast(button?.dataset.copied || say("copied"));
}
