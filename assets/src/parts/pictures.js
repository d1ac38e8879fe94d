// Shows the chosen pictures and refuses too many or too large ones before they travel. No picture leaves the phone here.
export function pictures(input, say) {
  const list = document.createElement("ul");
  list.className = "photo-list";
  input.after(list);
  const most = Number(input.dataset.maxFiles || 5);
  const largest = Number(input.dataset.maxBytes);

  function look() {
    list.replaceChildren();
    const files = [...input.files];
    const tooLarge = files.find((file) => file.size > largest);
    const wrong = files.length > most ? say("tooMany") : tooLarge ? `${say("tooLarge")} (${tooLarge.name})` : "";
    input.setCustomValidity(wrong);
    if (wrong) { input.reportValidity(); return; }
    for (const file of files) {
      const item = document.createElement("li");
      if (file.type.startsWith("image/")) {
        const picture = document.createElement("img");
        picture.alt = file.name;
        const reader = new FileReader(); // a data: address, because the page's policy allows no blob:
        reader.onload = () => { picture.src = reader.result; };
        reader.readAsDataURL(file);
        item.append(picture);
      } else item.textContent = file.name;
      list.append(item);
    }
  }
  input.addEventListener("change", look);
  if (input.files.length) look();
}
