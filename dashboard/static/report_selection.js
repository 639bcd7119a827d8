// Says what is selected, in the words of the board.
const { trial, score } = source.data;
const rows = source.selected.indices;
const n_all = source.get_length();
const scored = rows.filter((row) => Number.isFinite(score[row]));
const better = (a, b) => (is_minimized ? score[a] < score[b] : score[a] > score[b]);
let text = `${rows.length} of ${n_all} trials selected`;
if (rows.length === 0) {
  text = "Drag over any plot, or click rows of the table, to select the same trials everywhere.";
} else if (scored.length === 0) {
  text += ", none with a score";
} else {
  const best = scored.reduce((a, b) => (better(b, a) ? b : a));
  text += `, best ${label} ${Number(score[best].toPrecision(4))} in trial ${trial[best]}`;
}
document.getElementById("selection").textContent = text;
