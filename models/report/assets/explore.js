// The page for one pasted article: sends it to this machine's process and shows the answer in the reader.

let answer = null;

async function ask(path, values) {
  const response = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(values) });
  const found = await response.json();
  if (!response.ok) throw new Error(found.error);
  return found;
}

const say = text => (byId("said").textContent = text);

async function readPasted() {
  if (!byId("text").value.trim()) return say("Expected the text of an article: paste it first.");
  say("Reading …");
  try {
    const { number, packed, seconds } = await ask("/score", { text: byId("text").value, published: byId("published").value || null });
    answer = { number, data: unpack(packed, chunk => packed.texts[chunk], packed.texts[0].length), seconds };
    showAnswer();
    byId("view").focus({ preventScroll: true });
  } catch (error) {
    say(error instanceof TypeError ? "No answer: is models/explore.py still running?" : error.message);
  }
}

/** Shows the stances from the chosen confidence on; `chosen` is the one to keep open. */
function showAnswer(chosen = null) {
  if (!answer) return;
  const { data, number, seconds } = answer;
  const least = Number(byId("least").value);
  const stances = Array.from({ length: data.count }, (_, i) => stanceAt(data, i)).filter(stance => stance.confidence >= least);
  const article = { id: "pasted", title: data.articles.title[0], date: data.articles.date[0], url: null, text: data.textOf(0) };
  const left = data.count - stances.length;
  const shown = renderArticle(byId("view"), article, stances, {
    note: left ? element("p", { class: "hint", text: `${left} of less confidence not shown.` }) : null,
    onPin: async k => {
      const i = stances[k].index;
      if (data.words[i] !== undefined) return;
      data.words[i] = null; // asked for
      try {
        const { words, deletion } = await ask("/explain", { number, stance: i });
        [data.words[i], data.deletions[i]] = [words, deletion];
        if (answer.data === data) showAnswer(i);
      } catch (error) {
        say(error.message);
      }
    },
  });
  say(`${plural(stances.length, "stance")} in ${seconds.toFixed(2)} s`);
  const at = stances.findIndex(stance => stance.index === chosen);
  if (at >= 0) shown.pin(at, false);
}

byId("paste").addEventListener("submit", event => {
  event.preventDefault();
  readPasted();
});
byId("text").addEventListener("keydown", event => event.key === "Enter" && (event.ctrlKey || event.metaKey) && readPasted());
byId("try").addEventListener("click", () => {
  const sample = JSON.parse(byId("sample").textContent);
  [byId("text").value, byId("published").value] = [sample.text, sample.published ?? ""];
  readPasted();
});
byId("least").addEventListener("input", () => {
  byId("least-value").textContent = share(Number(byId("least").value));
  showAnswer();
});
byId("least-value").textContent = share(Number(byId("least").value));
themeButton();
