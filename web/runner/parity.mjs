// Answers what the native build has answered, and compares every byte.
//
// node parity.mjs MODULE.wasm WORKLIST.json [settle-only]
//
// A settle-only module must refuse replays, refunds and questions about a member by their field,
// and answer everything else alike.
//
// The work list is written by crates/abi/examples/answers.rs. The last line is
// `N passed, M failed`; the exit code is 1 if anything failed or nothing was compared.

import { readFileSync } from "node:fs";

import { compile, REFUSED, Tongchou } from "./tongchou.mjs";
import { misuse } from "./misuse.mjs";

const SHOWN_MAX = 10;
const CONTEXT = 60;
const NEW_LINE = 10;
/// What makes a message one that a settle-only module does not answer.
const MEMBER_FIELDS = ["replay", "refund", "entitle"];

const [modulePath, workPath, kind] = process.argv.slice(2);
const settleOnly = kind === "settle-only";
if (workPath === undefined) {
  console.error("usage: node parity.mjs MODULE.wasm WORKLIST.json [settle-only]");
  process.exit(2);
}

let passed = 0;
let failed = 0;

function fail(name, why) {
  failed += 1;
  if (failed <= SHOWN_MAX) console.log(`DIFFERS ${name}\n${why}`);
  if (failed === SHOWN_MAX + 1) console.log("… further differences are only counted");
}

/** The line that the native build writes for an answer. */
function line({ status, bytes }) {
  return Buffer.concat([Buffer.from(`${status}\t`), bytes, Buffer.from("\n")]);
}

function compare(name, native, wasm) {
  if (native.equals(wasm)) {
    passed += 1;
    return;
  }
  let at = 0;
  while (at < native.length && at < wasm.length && native[at] === wasm[at]) at += 1;
  const around = (bytes) => {
    const text = bytes.subarray(Math.max(0, at - CONTEXT), at + CONTEXT).toString("utf8");
    return JSON.stringify(text);
  };
  const lengths = `native ${native.length} bytes, wasm ${wasm.length}`;
  fail(name, `  first at byte ${at} (${lengths})\n  native ${around(native)}\n  wasm   ${around(wasm)}`);
}

/** The parts of a file of lines, without the line ends; empty lines are passed over. */
function* linesOf(bytes) {
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(NEW_LINE, start);
    const end = found === -1 ? bytes.length : found;
    if (start < end) yield bytes.subarray(start, end);
    start = end + 1;
  }
}

const module = await compile(modulePath);
const work = JSON.parse(readFileSync(workPath, "utf8"));

function engineWithPacks(report) {
  const engine = new Tongchou(module);
  for (const { name, text, answer } of work.packs) {
    const loaded = line(engine.loadPack(readFileSync(text)));
    if (report) compare(`pack ${name}`, readFileSync(answer), loaded);
  }
  return engine;
}

let engine = engineWithPacks(true);

/** The field that makes a message one about a member; none if it is no such message. */
function memberField(message) {
  try {
    const fields = JSON.parse(message.toString("utf8"));
    return "cancel" in fields ? undefined : MEMBER_FIELDS.find((name) => name in fields);
  } catch {
    return undefined;
  }
}

/** Whether a message about a member was refused by its field, or for a fault met before that. */
function isRefusedBy(field, { status, text }, native) {
  if (status !== REFUSED) return false;
  const [{ code, path }] = JSON.parse(text).errors;
  return (code === "I004" && path === `$.${field}`) || native.includes(text);
}

let refusals = 0;

function answer(name, message, native) {
  let found;
  try {
    const answered = engine.call(message);
    const field = settleOnly ? memberField(message) : undefined;
    if (field !== undefined) {
      refusals += 1;
      if (isRefusedBy(field, answered, native)) passed += 1;
      else fail(name, `  not refused by its field: ${answered.text.slice(0, CONTEXT)}`);
      return;
    }
    found = line(answered);
  } catch (error) {
    fail(name, `  the module trapped: ${error.message}`);
    engine = engineWithPacks(false);
    return;
  }
  compare(name, native, found);
}

for (const input of work.inputs) {
  const message = readFileSync(input.request);
  const native = readFileSync(input.answer);
  if (!input.lines) {
    answer(input.name, message, native);
    continue;
  }
  const answers = linesOf(native);
  let number = 0;
  for (const one of linesOf(message)) {
    number += 1;
    const expected = Buffer.concat([answers.next().value ?? Buffer.alloc(0), Buffer.from("\n")]);
    answer(`${input.name}:${number}`, one, expected);
  }
  if (!answers.next().done) fail(input.name, "  the native build answered more lines");
}

const wrong = misuse(module);
passed += wrong.checks - wrong.failed.length;
for (const why of wrong.failed) fail("wrong call", `  ${why}`);

if (settleOnly) {
  console.log(`settle-only: ${refusals} messages about members refused`);
  if (refusals === 0) fail("settle-only", "  no message about a member was asked");
}
console.log(`${passed} passed, ${failed} failed`);
if (failed !== 0 || passed === 0 || work.inputs.length === 0) process.exit(1);
