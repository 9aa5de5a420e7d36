// Essais: a simulation's progress without reloading; the page works without it, by refresh.
import "./trials.css";

const place = document.querySelector("[data-avancement]");
if (place) {
  const bar = place.querySelector("progress");
  const told = place.querySelector("[data-dit]");
  let failures = 0;
  const look = async () => {
    try {
      const answer = await fetch(place.dataset.avancement, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.status);
      const { over, percent, told: words } = await answer.json();
      failures = 0;
      if (over) return location.reload();
      bar.value = percent;
      if (told.textContent !== words) told.textContent = words;
    } catch {
      failures += 1;
      if (failures === 5) told.textContent = "Le serveur ne répond pas pour l'instant ; la simulation continue peut-être. Actualisez dans un moment.";
    }
    setTimeout(look, failures ? 3000 : 500);
  };
  setTimeout(look, 300);
}

// Pas à pas: a diagram wider than its frame shows where the case stands.
for (const frame of document.querySelectorAll(".walk-here")) {
  const here = [...frame.querySelectorAll("title")].find((title) => title.textContent === "Vous êtes ici")?.parentElement;
  if (here) {
    const [inside, outside] = [here.getBoundingClientRect(), frame.getBoundingClientRect()];
    frame.scrollLeft += inside.left + inside.width / 2 - outside.left - outside.width / 2;
  }
}
