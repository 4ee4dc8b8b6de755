// Wrong calls of the WASM module: each must end with a status, write nothing and do no harm.

import { MISUSE, TOO_SMALL } from "./tongchou.mjs";

/** Names of the checks that failed, and how many there were. */
export function misuse(module) {
  const wasm = new WebAssembly.Instance(module).exports;
  const failed = [];
  let checks = 0;
  const check = (name, found, expected) => {
    checks += 1;
    if (found !== expected) failed.push(`${name}: ${found} instead of ${expected}`);
  };

  const handle = wasm.tongchou_new();
  const input = wasm.tongchou_alloc(2);
  const out = wasm.tongchou_alloc(64);
  const needed = wasm.tongchou_alloc(4);
  new Uint8Array(wasm.memory.buffer, input, 2).set([0x7b, 0x7d]);
  const call = (engine, from, length, to, cap, count) =>
    wasm.tongchou_call(engine, from, length, to, cap, count);

  const end = wasm.memory.buffer.byteLength;
  const wrong = [
    ["a handle that never was", [handle + 1, input, 2, out, 64, needed]],
    ["handle 0", [0, input, 2, out, 64, needed]],
    ["null input", [handle, 0, 2, out, 64, needed]],
    ["null output", [handle, input, 2, 0, 64, needed]],
    ["null length", [handle, input, 2, out, 64, 0]],
    ["input longer than its buffer", [handle, input, 3, out, 64, needed]],
    ["input longer than the memory", [handle, input, end, out, 64, needed]],
    ["input of 4 GiB", [handle, input, 0xffffffff, out, 64, needed]],
    ["input beyond the memory", [handle, end, 2, out, 64, needed]],
    ["input that is not a buffer of ours", [handle, 1024, 2, out, 64, needed]],
    ["output longer than its buffer", [handle, input, 2, out, 65, needed]],
    ["output that is not a buffer of ours", [handle, input, 2, 1024, 64, needed]],
    ["length beyond its buffer", [handle, input, 2, out, 64, needed + 1]],
    ["length inside the output", [handle, input, 2, out, 64, out + 60]],
    ["input inside the output", [handle, out + 8, 2, out, 64, needed]],
  ];
  for (const [name, args] of wrong) check(name, call(...args), MISUSE);
  const untouched = new Uint8Array(wasm.memory.buffer, out, 64).every((byte) => byte === 0);
  check("a wrong call writes nothing", untouched, true);

  check("nothing to fetch", wasm.tongchou_fetch(handle, out, 64, needed), MISUSE);
  check("no room at all", call(handle, input, 2, 0, 0, needed), TOO_SMALL);
  check("wrong length of a free", wasm.tongchou_free(out, 63), MISUSE);
  check("free", wasm.tongchou_free(out, 64), 0);
  check("second free", wasm.tongchou_free(out, 64), MISUSE);
  check("output after its free", call(handle, input, 2, out, 64, needed), MISUSE);
  check("no memory of such a length", wasm.tongchou_alloc(0x7fffffff), 0);
  check("drop", wasm.tongchou_drop(handle), 0);
  check("second drop", wasm.tongchou_drop(handle), MISUSE);
  check("a dropped handle", call(handle, input, 2, 0, 0, needed), MISUSE);
  check("a dropped handle is not given out again", wasm.tongchou_new() !== handle, true);
  return { checks, failed };
}
