// Times the benchmark program in WASM and holds it against the native times of the same rows.
//
// node bench.mjs MODULE.wasm NATIVE.json
//
// NATIVE.json is written by the example `ratios` with `--json`; benches/README.md has the commands.
// How the program is stepped through is said in benches/examples/bench_wasm.rs.

import { readFileSync } from "node:fs";

const ROUNDS = 15;

const [modulePath, nativePath] = process.argv.slice(2);
if (nativePath === undefined) {
  console.error("usage: node bench.mjs MODULE.wasm NATIVE.json");
  process.exit(2);
}
const native = JSON.parse(readFileSync(nativePath, "utf8"));
const module = new WebAssembly.Module(readFileSync(modulePath));
const imports = WebAssembly.Module.imports(module);
if (imports.length !== 0) throw new Error(`the module has ${imports.length} imports`);
const { main } = new WebAssembly.Instance(module).exports;
const step = () => main(0, 0);

/** One row of the schedule: nanoseconds an item, and the checksum of its results. */
function measure({ count }) {
  step();
  const start = process.hrtime.bigint();
  step();
  const spent = process.hrtime.bigint() - start;
  let checksum = 0n;
  for (let byte = 0n; byte < 8n; byte += 1n) checksum |= BigInt(step()) << (8n * byte);
  return { spent: Number(spent) / count, checksum: checksum.toString(16).padStart(16, "0") };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const wide = (text, width) => text.toString().padStart(width);

step();
const rows = native.rows.map((row) => ({ ...row, spent: [], wrong: 0 }));
for (let round = 0; round <= ROUNDS; round += 1) {
  for (const row of rows) {
    const { spent, checksum } = measure(row);
    if (round !== 0) row.spent.push(spent);
    if (checksum !== row.checksum) row.wrong += 1;
  }
}

console.log(
  "row".padEnd(28) + wide("ns", 9) + wide("least", 9) + wide("native", 9)
    + wide("ratio", 8) + wide("least", 8) + wide("at most", 9),
);
let wrong = 0;
for (const row of rows) {
  const [middle, least] = [median(row.spent), Math.min(...row.spent)];
  const ratio = middle / row.median;
  const limit = row.at_most === null ? "" : row.at_most.toFixed(2);
  const verdict = row.at_most !== null && row.at_most < ratio ? "  missed" : "";
  console.log(
    row.name.padEnd(28) + wide(middle.toFixed(2), 9) + wide(least.toFixed(2), 9)
      + wide(row.median.toFixed(2), 9) + wide(ratio.toFixed(3), 8)
      + wide((least / row.least).toFixed(3), 8) + wide(limit, 9) + verdict,
  );
  if (row.wrong !== 0) console.error(`${row.name}: other results than natively`);
  wrong += row.wrong;
}

const row = (name) => rows.find((it) => it.name === name);
for (const [name, control] of [
  ["kernel, once", "published loop"],
  ["kernel, once", "tuned loop"],
  ["kernel, sorted", "inpatient control, sorted"],
]) {
  const ratios = row(name).spent.map((spent, round) => spent / row(control).spent[round]);
  console.log(`in WASM, ${name} against ${control}: ${median(ratios).toFixed(3)}`);
}
if (wrong !== 0) process.exit(1);
console.log(`medians of ${ROUNDS} rounds; the results are those of the native run`);
