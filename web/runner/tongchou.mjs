// A host of the WASM module: bytes or text in, bytes and text out. It computes nothing.
//
// The functions it calls are described in crates/abi/README.md.

import { readFile } from "node:fs/promises";

export const ANSWERED = 0;
export const TOO_SMALL = 1;
export const REFUSED = -1;
export const MISUSE = -2;

const ABI_VERSION = 1;
const OUT_LENGTH = 64 * 1024;

/** Compiles a module from its file or bytes; a module that imports anything is not ours. */
export async function compile(source) {
  const bytes = typeof source === "string" || source instanceof URL
    ? await readFile(source)
    : source;
  const module = await WebAssembly.compile(bytes);
  const imports = WebAssembly.Module.imports(module);
  if (imports.length !== 0) {
    throw new Error(`the module has ${imports.length} imports; it may have none`);
  }
  return module;
}

/**
 * An engine in an instance of its own.
 *
 * If a call throws, the instance trapped: throw this object away and make another.
 */
export class Tongchou {
  #exports;
  #handle;
  #out;
  #needed;
  #encoder = new TextEncoder();
  #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  /** An engine without packs, of a compiled module. */
  constructor(module) {
    this.#exports = new WebAssembly.Instance(module).exports;
    const version = this.#exports.tongchou_abi_version();
    if (version !== ABI_VERSION) {
      throw new Error(`the module has ABI version ${version}, this runner knows ${ABI_VERSION}`);
    }
    this.#handle = this.#exports.tongchou_new() >>> 0;
    this.#out = this.#alloc(OUT_LENGTH);
    this.#needed = this.#alloc(4);
  }

  /** Loads a canonical pack; `{ status, bytes, text }`. */
  loadPack(canonical) {
    return this.#exchange(this.#exports.tongchou_load_pack, canonical);
  }

  /** Answers one message; `{ status, bytes, text }`, where `text` is decoded when first read. */
  call(message) {
    return this.#exchange(this.#exports.tongchou_call, message);
  }

  /** Drops the engine. */
  drop() {
    this.#exports.tongchou_drop(this.#handle);
    this.#handle = 0;
  }

  #exchange(work, message) {
    const input = typeof message === "string" ? this.#encoder.encode(message) : message;
    const from = input.length === 0 ? 0 : this.#alloc(input.length);
    this.#memory(from, input.length).set(input);
    let status = work(this.#handle, from, input.length, this.#out, OUT_LENGTH, this.#needed);
    if (from !== 0) this.#exports.tongchou_free(from, input.length);
    if (status === MISUSE) throw new Error("the module was not called as it should be");
    const length = this.#length();
    if (status !== TOO_SMALL) return this.#answer(status, this.#out, length);

    const out = this.#alloc(length);
    status = this.#exports.tongchou_fetch(this.#handle, out, length, this.#needed);
    const answer = this.#answer(status, out, length);
    this.#exports.tongchou_free(out, length);
    return answer;
  }

  #answer(status, at, length) {
    const bytes = this.#memory(at, length).slice();
    const decoder = this.#decoder;
    return {
      status,
      bytes,
      get text() {
        return decoder.decode(bytes);
      },
    };
  }

  #alloc(length) {
    const at = this.#exports.tongchou_alloc(length) >>> 0;
    if (at === 0) throw new Error(`the module has no ${length} bytes left`);
    return at;
  }

  #length() {
    return new DataView(this.#exports.memory.buffer).getUint32(this.#needed, true);
  }

  /** A view that is good until the next call: a call may grow the memory. */
  #memory(at, length) {
    return new Uint8Array(this.#exports.memory.buffer, at, length);
  }
}
