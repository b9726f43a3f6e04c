/**
 * Emphasis, code and links within one block of Markdown, in time linear in its length: a mark whose end was once looked for
 * in vain is not looked for again.
 */
import { make } from './dom.js';

const MAX_DEPTH = 6;
const MAX_LINK = 2048;
const ESCAPABLE = '\\`*_{}[]()<>#+-.!|~"\'';
// No longer than a link may be; punctuation of Chinese ends it.
const ADDRESS = /https?:\/\/[^\s<>"'`\u3000-\u303f\uff00-\uffef]{1,2000}/y;
const WORD = /[\p{L}\p{N}_]/u;
const EMPHASIS = [
  ['***', ['strong', 'em']],
  ['___', ['strong', 'em']],
  ['**', ['strong']],
  ['__', ['strong']],
  ['~~', ['del']],
  ['*', ['em']],
  ['_', ['em']],
];

/** Nodes of a text. */
export function inline(text) {
  return new Scanner(text, 0, true).nodes();
}

/** An address that a link may lead to; null for any other. */
export function safeAddress(address) {
  try {
    const url = new URL(address);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null;
  } catch {
    return null;
  }
}

class Scanner {
  #text;
  #depth;
  /** Whether links may be here: not within another one. */
  #links;
  #at = 0;
  #plain = '';
  #nodes = [];
  /** Marks that have no end from here on. */
  #endless = new Set();

  constructor(text, depth, links) {
    this.#text = text;
    this.#depth = depth;
    this.#links = links;
  }

  nodes() {
    while (this.#at < this.#text.length) {
      if (!this.#special()) this.#plain += this.#text[this.#at++];
    }
    this.#flush();
    return this.#nodes;
  }

  /** Takes what begins here if it is more than a character. */
  #special() {
    const c = this.#text[this.#at];
    if (c === '\\') return this.#escape();
    if (c === '\n') return this.#lineBreak();
    if (c === '`') return this.#code();
    if (c === '*' || c === '_' || c === '~') return this.#emphasis();
    if (!this.#links) return false;
    if (c === '[') return this.#link(this.#at);
    if (c === '!' && this.#text[this.#at + 1] === '[') return this.#link(this.#at + 1);
    if (c === 'h') return this.#address(this.#at);
    return c === '<' && this.#bracketed();
  }

  #take(node, end) {
    this.#flush();
    this.#nodes.push(node);
    this.#at = end;
    return true;
  }

  #flush() {
    if (this.#plain !== '') this.#nodes.push(document.createTextNode(this.#plain));
    this.#plain = '';
  }

  #escape() {
    const next = this.#text[this.#at + 1];
    if (next === undefined || !ESCAPABLE.includes(next)) return false;
    this.#plain += next;
    this.#at += 2;
    return true;
  }

  #lineBreak() {
    return this.#take(make('br'), this.#at + 1);
  }

  /** Code ends with as many backquotes as it began with. */
  #code() {
    const start = this.#at;
    let open = start;
    while (this.#text[open] === '`') open++;
    const mark = '`'.repeat(open - start);
    let end = this.#endless.has(mark) ? -1 : this.#text.indexOf(mark, open);
    while (end >= 0 && this.#text[end + mark.length] === '`') {
      let behind = end;
      while (this.#text[behind] === '`') behind++;
      end = this.#text.indexOf(mark, behind);
    }
    if (end < 0) {
      this.#endless.add(mark);
      this.#plain += mark;
      this.#at = open;
      return true;
    }
    const inside = this.#text.slice(open, end).replaceAll('\n', ' ');
    // One space a side lets code begin or end with a backquote.
    const isPadded = inside.startsWith(' ') && inside.endsWith(' ') && inside.trim() !== '';
    return this.#take(make('code', {}, isPadded ? inside.slice(1, -1) : inside), end + mark.length);
  }

  /** [text](address "title") */
  #link(open) {
    const close = this.#text.slice(open, open + MAX_LINK).indexOf('](') + open;
    const label = this.#text.slice(open + 1, close);
    // Of brackets within brackets the inner ones are the link.
    if (close < open || label.includes('[')) return false;
    const end = this.#endOfAddress(close + 2);
    if (end < 0) return false;
    const address = safeAddress(this.#text.slice(close + 2, end).split(' ')[0].replace(/^<(.*)>$/, '$1'));
    if (address === null) return false;
    const children = label === '' ? [address] : new Scanner(label, MAX_DEPTH, false).nodes();
    return this.#take(anchor(address, children), end + 1);
  }

  /** The closing parenthesis of an address that begins here: addresses may hold pairs of them. */
  #endOfAddress(start) {
    let open = 1;
    for (let i = start; i < this.#text.length && i - start < MAX_LINK; i++) {
      const c = this.#text[i];
      if (c === '\n') return -1;
      if (c === '(') open++;
      if (c === ')' && --open === 0) return i;
    }
    return -1;
  }

  #address(start) {
    if (start > 0 && WORD.test(this.#text[start - 1])) return false;
    ADDRESS.lastIndex = start;
    const found = ADDRESS.exec(this.#text)?.[0].replace(/[.,;:!?*_)\]]+$/, '');
    const address = found ? safeAddress(found) : null;
    return address !== null && this.#take(anchor(address, [found]), start + found.length);
  }

  #bracketed() {
    ADDRESS.lastIndex = this.#at + 1;
    const found = ADDRESS.exec(this.#text)?.[0];
    if (!found || this.#text[ADDRESS.lastIndex] !== '>') return false;
    const address = safeAddress(found);
    return address !== null && this.#take(anchor(address, [found]), ADDRESS.lastIndex + 1);
  }

  #emphasis() {
    const start = this.#at;
    for (const [mark, tags] of EMPHASIS) {
      if (!this.#text.startsWith(mark, start)) continue;
      const end = this.#opens(start, mark) ? this.#endOf(mark, start + mark.length) : -1;
      if (end < 0) continue;
      const text = this.#text.slice(start + mark.length, end);
      const inside = this.#depth < MAX_DEPTH ? new Scanner(text, this.#depth + 1, this.#links).nodes() : [text];
      const node = tags.reduceRight((within, tag) => [make(tag, {}, ...within)], inside)[0];
      return this.#take(node, end + mark.length);
    }
    // A run of marks that opens nothing is text as a whole.
    const c = this.#text[start];
    while (this.#text[this.#at] === c) this.#plain += this.#text[this.#at++];
    return true;
  }

  #opens(at, mark) {
    const next = this.#text[at + mark.length];
    if (next === undefined || /\s/.test(next) || next === mark[0]) return false;
    return mark[0] !== '_' || at === 0 || !WORD.test(this.#text[at - 1]);
  }

  #endOf(mark, from) {
    if (this.#endless.has(mark)) return -1;
    let end = this.#text.indexOf(mark, from);
    while (end >= 0 && !this.#closes(end, mark, from)) end = this.#text.indexOf(mark, end + 1);
    if (end < 0) this.#endless.add(mark);
    return end;
  }

  #closes(end, mark, from) {
    if (end === from || /\s/.test(this.#text[end - 1])) return false;
    const next = this.#text[end + mark.length];
    // One mark does not end within two: in *a **b** c* the middle ones are their own.
    if (mark.length === 1 && (next === mark || this.#text[end - 1] === mark)) return false;
    if (this.#text[end - 1] === '\\') return false;
    return mark[0] !== '_' || next === undefined || !WORD.test(next);
  }
}

function anchor(address, children) {
  return make(
    'a',
    { href: address, title: address, target: '_blank', rel: 'noopener noreferrer nofollow', referrerpolicy: 'no-referrer' },
    ...children,
  );
}
