// Communes of a territory: what is found appears as one types; without scripts, « Chercher » shows it.
const form = document.querySelector("form[data-communes]");
if (form) {
  const box = form.querySelector("input[type='search']");
  const place = document.getElementById("resultats");
  const kept = document.querySelector("input[data-mots]");
  let asked = 0;
  const look = async () => {
    const turn = ++asked;
    const address = new URL(form.action);
    address.searchParams.set("q", box.value);
    try {
      const answer = await fetch(address, { headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected || turn !== asked) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.getElementById("resultats");
      if (!found || turn !== asked) return;
      place.replaceChildren(...found.childNodes);
      kept.value = box.value;
    } catch {
      // The button « Chercher » stays.
    }
  };
  let wait;
  box.addEventListener("input", () => {
    clearTimeout(wait);
    wait = setTimeout(look, 250);
  });
}
