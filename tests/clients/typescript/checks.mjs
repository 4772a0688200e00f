// Counts checks and says what went wrong, as checks.py does.

import assert from 'node:assert/strict';

// A check that hangs is a failure, not a stalled build; nothing here asserts a duration.
const PATIENCE = 60_000;

export class Checks {
  constructor(title) {
    this.title = title;
    this.section = '';
    this.passed = this.failed = 0;
  }

  /** One check: whatever is thrown inside fails it, and the next one still runs. */
  async check(name, run, patience = PATIENCE) {
    const full = this.section ? `${this.section}: ${name}` : name;
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done after ${patience} ms`)), patience);
    });
    try {
      await Promise.race([run(), late]);
      this.passed += 1;
      console.log(`  ok    ${full}`);
    } catch (error) {
      this.failed += 1;
      console.log(`  FAIL  ${full}\n        ${reason(error)}`);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Prints the closing line and ends the program. */
  finish() {
    console.log(`${this.title}\n${this.passed} passed, ${this.failed} failed`);
    process.exit(this.failed === 0 && this.passed > 0 ? 0 : 1);
  }
}

function reason(error) {
  const where = (error.stack ?? '').split('\n').find((line) => line.includes('.mjs:') && !line.includes('checks.mjs'));
  return shorten(`${error.name}: ${error.message}`.replaceAll('\n', ' '), 1200) + (where ? ` (${where.trim()})` : '');
}

export function shorten(value, limit = 400) {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= limit ? text : `${text.slice(0, limit)}… (${text.length} characters)`;
}

export function equal(got, expected, what = 'value') {
  try {
    assert.deepStrictEqual(got, expected);
  } catch {
    throw new Error(`${what}: expected ${shorten(expected)}, got ${shorten(got ?? 'nothing')}`);
  }
}

export function holds(part, whole, what = 'text') {
  if (!whole.includes(part)) throw new Error(`${what}: expected ${shorten(part)} in ${shorten(whole)}`);
}

export function yes(condition, message) {
  if (!condition) throw new Error(message);
}

/** Waits for things that are noted one by one. */
export class Notes extends Array {
  #waiting = [];

  // What is filtered out of them is a plain array.
  static get [Symbol.species]() {
    return Array;
  }

  add(note) {
    this.push(note);
    this.#waiting.splice(0).forEach((wake) => wake());
  }

  /** The parameters of all notifications of a method. */
  of(method) {
    return this.filter((note) => note.method === method).map((note) => note.params);
  }

  async until(condition) {
    while (!condition(this)) await new Promise((wake) => this.#waiting.push(wake));
  }
}
