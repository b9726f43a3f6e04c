/**
 * Markdown of untrusted text as DOM nodes: paragraphs, headings, lists, quotes, tables, rules, code, emphasis and
 * links. Nothing is ever read as HTML: tags show as text. Links lead to http and https only, anything else stays the
 * text that it is, and pictures become links, so that showing an answer asks no other server for anything.
 */
import { copyButton, make } from './dom.js';
import { inline } from './markdown-inline.js';

const MAX_DEPTH = 6;
const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/;
const HEADING = /^ {0,3}(#{1,6}) +(.*)$/;
const ITEM = /^( *)([-*+]|\d{1,9}[.)])( +|$)(.*)$/;
const QUOTE = /^ {0,3}>/;
const TABLE_RULE = /^[ |:-]*-[ |:-]*$/;

/** Sources of the blocks that an element shows: element → [source]. */
const shown = new WeakMap();

/**
 * Shows a text in an element. Blocks that are as they were keep their nodes, so that a text can grow without what stands
 * above being made again.
 */
export function render(place, text) {
  const blocks = split(text.replace(/\r\n?/g, '\n').replace(/\t/g, '    ').split('\n'));
  const sources = blocks.map((block) => `${block.kind}\n${block.source.join('\n')}`);
  const before = shown.get(place) ?? [];
  let same = 0;
  while (same < before.length && sources[same] === before[same]) same++;
  while (place.childNodes.length > same) place.lastChild.remove();
  place.append(...blocks.slice(same).map((block) => build(block, 0)));
  shown.set(place, sources);
}

/** Cuts lines into blocks: {kind, source: their lines}. */
function split(lines) {
  const blocks = [];
  let at = 0;
  while (at < lines.length) {
    if (lines[at].trim() === '') {
      at++;
      continue;
    }
    const kind = kindOf(lines, at);
    const end = ENDS[kind](lines, at);
    blocks.push({ kind, source: lines.slice(at, end) });
    at = end;
  }
  return blocks;
}

function kindOf(lines, at) {
  const line = lines[at];
  if (isFence(line)) return 'code';
  if (HEADING.test(line)) return 'heading';
  if (isRule(line)) return 'rule';
  if (QUOTE.test(line)) return 'quote';
  if (ITEM.test(line)) return 'list';
  if (line.includes('|') && at + 1 < lines.length && lines[at + 1].includes('|') && TABLE_RULE.test(lines[at + 1])) {
    return 'table';
  }
  return 'paragraph';
}

function isFence(line) {
  const fence = FENCE.exec(line);
  return fence !== null && !(fence[1][0] === '`' && fence[2].includes('`'));
}

function isRule(line) {
  const marks = line.replaceAll(' ', '');
  return marks.length >= 3 && '-*_'.includes(marks[0]) && marks === marks[0].repeat(marks.length);
}

/** The line behind the block that begins at a line. */
const ENDS = {
  code(lines, at) {
    const mark = FENCE.exec(lines[at])[1];
    const close = (line) => line.trim().length >= mark.length && line.trim() === mark[0].repeat(line.trim().length);
    let end = at + 1;
    while (end < lines.length && !close(lines[end])) end++;
    return Math.min(end + 1, lines.length);
  },
  heading: (_, at) => at + 1,
  rule: (_, at) => at + 1,
  quote: (lines, at) => runOf(lines, at, (line) => QUOTE.test(line)),
  table: (lines, at) => runOf(lines, at, (line) => line.includes('|')),
  paragraph: (lines, at) => {
    let end = at + 1;
    while (end < lines.length && lines[end].trim() !== '' && kindOf(lines, end) === 'paragraph') end++;
    return end;
  },
  list(lines, at) {
    const first = ITEM.exec(lines[at]);
    let end = at + 1;
    while (end < lines.length) {
      const line = lines[end];
      const isBlank = line.trim() === '';
      const next = isBlank ? lines[end + 1] : line;
      if (next === undefined || next.trim() === '') break;
      const item = ITEM.exec(next);
      const isInside = indentOf(next) > first[1].length;
      const isNextItem = item !== null && !isRule(next) && item[1].length >= first[1].length && isNumber(item) === isNumber(first);
      const isLazy = !isBlank && kindOf(lines, end) === 'paragraph';
      if (!isInside && !isNextItem && !isLazy) break;
      end++;
    }
    return end;
  },
};

function runOf(lines, at, belongs) {
  let end = at + 1;
  while (end < lines.length && belongs(lines[end])) end++;
  return end;
}

function indentOf(line) {
  return line.length - line.trimStart().length;
}

function isNumber(item) {
  return item[2].length > 1;
}

function build(block, depth) {
  return depth > MAX_DEPTH ? make('p', {}, block.source.join('\n')) : BUILDERS[block.kind](block.source, depth);
}

function buildAll(lines, depth) {
  return split(lines).map((block) => build(block, depth));
}

const BUILDERS = {
  paragraph: ([...lines]) => make('p', {}, ...inline(lines.map((line) => line.trim()).join('\n'))),
  rule: () => make('hr'),
  quote: (lines, depth) =>
    make('blockquote', {}, ...buildAll(lines.map((line) => line.replace(/^ {0,3}> ?/, '')), depth + 1)),
  heading([line]) {
    const [, marks, text] = HEADING.exec(line);
    // The page has h1 and h2; what an answer says stands below.
    const level = Math.min(6, marks.length + 2);
    return make(`h${level}`, {}, ...inline(text.replace(/ +#+ *$/, '')));
  },
  code(lines) {
    const [, mark, info] = FENCE.exec(lines[0]);
    const isClosed = lines.length > 1 && lines.at(-1).trim().startsWith(mark);
    const text = lines.slice(1, isClosed ? -1 : undefined).join('\n');
    const head = make('figcaption', {}, make('span', {}, info.trim().split(' ')[0]), copyButton('copy.code', () => text));
    return make('figure', { class: 'code' }, head, make('pre', { tabindex: '0' }, make('code', {}, text)));
  },
  list(lines, depth) {
    const first = ITEM.exec(lines[0]);
    const items = [];
    for (const line of lines) {
      const item = ITEM.exec(line);
      if (item !== null && item[1].length <= first[1].length + 1 && !isRule(line)) {
        items.push({ indent: item[1].length + item[2].length + Math.max(1, item[3].length), lines: [item[4]] });
      } else {
        const { indent, lines: own } = items.at(-1);
        own.push(line.slice(Math.min(indent, indentOf(line))));
      }
    }
    const list = isNumber(first) ? make('ol', { start: Number.parseInt(first[2], 10) }) : make('ul');
    list.append(...items.map((item) => make('li', {}, ...itemNodes(item.lines, depth))));
    return list;
  },
  table(lines) {
    const [head, , ...rows] = lines.map(cells);
    const row = (tag, texts) => make('tr', {}, ...head.map((_, i) => make(tag, {}, ...inline(texts[i] ?? ''))));
    return make(
      'div',
      { class: 'scroll', tabindex: '0' },
      make('table', {}, make('thead', {}, row('th', head)), make('tbody', {}, ...rows.map((texts) => row('td', texts)))),
    );
  },
};

/** An item of one paragraph needs no p around it. */
function itemNodes(lines, depth) {
  const nodes = buildAll(lines, depth + 1);
  return nodes[0]?.tagName === 'P' ? [...nodes[0].childNodes, ...nodes.slice(1)] : nodes;
}

function cells(line) {
  const text = line.trim().replace(/^\|/, '').replace(/\|$/, '');
  return text.split('|').map((cell) => cell.trim());
}
