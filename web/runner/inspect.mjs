// Looks at a WASM module: no imports, a bounded memory, and a size within its budget.
//
// node inspect.mjs MODULE.wasm BROTLI_BYTES_MAX MEMORY_PAGES_MAX

import { readFileSync } from "node:fs";
import { brotliCompressSync, constants } from "node:zlib";

const [path, budgetText, pagesText] = process.argv.slice(2);
const budget = Number(budgetText);
const pagesMax = Number(pagesText);
const bytes = readFileSync(path);
const module = await WebAssembly.compile(bytes);

const faults = [];
const imports = WebAssembly.Module.imports(module);
if (imports.length !== 0) {
  faults.push(`imports: ${imports.map((it) => `${it.module}.${it.name}`).join(", ")}`);
}

const expected = [
  "tongchou_abi_version", "tongchou_new", "tongchou_drop", "tongchou_alloc", "tongchou_free",
  "tongchou_load_pack", "tongchou_call", "tongchou_fetch",
];
const exports = WebAssembly.Module.exports(module).map((it) => it.name);
const missing = expected.filter((name) => !exports.includes(name));
if (missing.length !== 0) faults.push(`not exported: ${missing.join(", ")}`);

const pages = memoryMaximum(bytes);
if (pages === undefined) faults.push("its memory has no maximum");
else if (pagesMax < pages) faults.push(`its memory may grow to ${pages} pages, over ${pagesMax}`);

const brotli = brotliCompressSync(bytes, {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  },
}).length;
if (budget < brotli) faults.push(`${brotli} bytes of brotli, ${brotli - budget} over the budget`);

const machine = /\/(?:root|home|Users)\/[\w.-]+\//.exec(bytes.toString("latin1"));
if (machine !== null) faults.push(`a path of the building machine is inside: ${machine[0]}`);

const count = (number) => number.toLocaleString("en");
console.log(
  `wasm: ${count(bytes.length)} bytes, ${count(brotli)} brotli of ${count(budget)} allowed, ` +
    `${imports.length} imports, at most ${pages} pages of memory`,
);
for (const fault of faults) console.log(`FAULT ${fault}`);
if (faults.length !== 0) process.exit(1);

/** The maximum of the first memory that the module defines, in pages. */
function memoryMaximum(wasm) {
  const MEMORY_SECTION = 5;
  let at = 8;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at];
      at += 1;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < wasm.length) {
    const section = number();
    const length = number();
    if (section !== MEMORY_SECTION) {
      at += length;
      continue;
    }
    number();
    const hasMaximum = (number() & 1) === 1;
    number();
    return hasMaximum ? number() : undefined;
  }
  return undefined;
}
