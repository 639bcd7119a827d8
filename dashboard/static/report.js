// A button beside a finding selects the trials that show it.
for (const button of document.querySelectorAll("button[data-trials]")) {
  button.addEventListener("click", () => {
    const source = Bokeh.documents[0].get_model_by_name("trials");
    const wanted = new Set(button.dataset.trials.split(" ").filter(Boolean).map(Number));
    const numbers = Array.from(source.data.trial);
    source.selected.indices = numbers.flatMap((number, row) => (wanted.has(number) ? [row] : []));
  });
}
