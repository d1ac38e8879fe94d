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
  }
  // An open dialog makes the rest of the page inert: the words must stand inside it to be heard.
  (document.querySelector("dialog[open]") ?? document.body).append(box);
  const line = document.createElement("div");
  line.className = "toast-line";
  line.textContent = text;
  box.append(line);
  setTimeout(() => line.remove(), 5000);
}

// Puts the text on the clipboard and says whether that worked; returns the same.
export async function copyText(text, button) {
  let copied = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch { // older phones, or a page without TLS
    const area = document.createElement("textarea");
    area.value = text;
    (button?.closest("dialog") ?? document.body).append(area);
    area.select();
    copied = document.execCommand("copy");
    area.remove();
    button?.focus();
  }
  toast(copied ? button?.dataset.copied || say("copied") : say("failed"));
  return copied;
}
