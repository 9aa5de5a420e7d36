// A take-over under way: the page follows it by itself, and says when it is over.
const place = document.querySelector("[data-reprise]");
if (place) {
  const look = async () => {
    try {
      const answer = await fetch(place.dataset.reprise, { headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const now = page.querySelector("[data-reprise]");
      if (!now) {
        location.reload();
        return;
      }
      for (const name of ["progress", "[role=status]"]) {
        const [old, fresh] = [place.querySelector(name), now.querySelector(name)];
        if (old && fresh && name === "progress") old.value = fresh.value;
        else if (old && fresh && old.textContent !== fresh.textContent) old.textContent = fresh.textContent;
      }
    } catch {
      // The next look tries again: the work goes on without the page.
    }
    setTimeout(look, 3000);
  };
  setTimeout(look, 2000);
}
