// Puts the WASM module under load: settle requests, one a call, in this one thread.
//
// node --input-type=module --eval THIS MODULE SECONDS RATE < LINES
//
// The first line is a canonical pack, each further one a request. RATE 0 is the closed loop; else
// a call begins every 1/RATE seconds, and its latency counts from when it should have begun; a
// module that cannot keep up is measured for twice the time. The answer is one JSON object; every
// time in it was measured, none is corrected afterwards.

import { readFileSync } from "node:fs";

const [modulePath, seconds, rate] = process.argv.slice(1);
const [pack, ...requests] = readFileSync(0, "utf8").split("\n").filter((line) => line !== "");
const encoder = new TextEncoder();
const texts = requests.map((request) => encoder.encode(request));

const module = new WebAssembly.Module(readFileSync(modulePath));
if (WebAssembly.Module.imports(module).length !== 0) throw new Error("the module has imports");
const wasm = new WebAssembly.Instance(module).exports;
if (wasm.tongchou_abi_version() !== 1) throw new Error("the module has another ABI version");
const handle = wasm.tongchou_new() >>> 0;
const OUT = 1 << 20;
const alloc = (length) => {
  const at = wasm.tongchou_alloc(length) >>> 0;
  if (at === 0) throw new Error(`the module has no ${length} bytes left`);
  return at;
};
const out = alloc(OUT);
const needed = alloc(4);

/** One message in, its answer left in the module; throws unless it was answered. */
function exchange(work, bytes) {
  const from = alloc(bytes.length);
  new Uint8Array(wasm.memory.buffer, from, bytes.length).set(bytes);
  const status = work(handle, from, bytes.length, out, OUT, needed);
  wasm.tongchou_free(from, bytes.length);
  if (status === 0) return;
  const length = new DataView(wasm.memory.buffer).getUint32(needed, true);
  const said = new TextDecoder().decode(new Uint8Array(wasm.memory.buffer, out, Math.min(length, OUT)));
  throw new Error(`not answered (${status}): ${said}`);
}

exchange(wasm.tongchou_load_pack, encoder.encode(pack));
const now = () => process.hrtime.bigint();
const service = [];
const latency = [];
const begun = now();
const end = begun + BigInt(seconds) * 1_000_000_000n;
let calls = 0;
let last = begun;
for (;;) {
  let due = last;
  if (rate !== "0") {
    due = begun + (BigInt(calls) * 1_000_000_000n) / BigInt(rate);
    while (now() < due);
  }
  if (due >= end) break;
  const start = now();
  // Saturated: what is still due would only be later and later.
  if (rate !== "0" && start >= end + (end - begun)) break;
  exchange(wasm.tongchou_call, texts[calls % texts.length]);
  last = now();
  service.push(Number(last - start));
  if (rate !== "0") latency.push(Number(last - due));
  calls += 1;
}

/** Quantiles of all times, exact. */
function quantiles(times) {
  const sorted = Float64Array.from(times).sort();
  const at = (share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), "p99.9": at(0.999), max: at(1) };
}

// So many calls should have begun before the time was over.
const due = rate === "0" ? calls : Math.ceil(Number(seconds) * Number(rate));

console.log(JSON.stringify({
  calls,
  calls_not_made: Math.max(0, due - calls),
  nanoseconds: Number(last - begun),
  node: process.version,
  service_ns: quantiles(service),
  latency_ns: rate === "0" ? null : quantiles(latency),
}));
