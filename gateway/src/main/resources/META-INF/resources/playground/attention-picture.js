/** Draws one head's attention: lines between two columns of words, a table, and a small picture. */
import { make, makeSvg } from './dom.js';
import { message, number, say } from './language.js';

/** Height of a word, in pixels; the style sheet has the same. */
const ROW = 34;
const THICKEST = 7;
/** Weaker lines than this would not be seen. */
const FAINT = 0.01;
const SMALL = 44;
const NAMED = 3;

/**
 * Two columns of words with lines between them. A word on the left that is chosen, or pointed at, shows its own lines only.
 *
 * @param reading where it is told in words
 * @param weights [from][to], rows sum to 1
 */
export function drawPicture(place, reading, labels, weights) {
  const height = labels.length * ROW;
  const groups = weights.map((row, i) => makeSvg('g', { class: 'from' }, ...lines(row, i)));
  const svg = makeSvg('svg', { class: 'lines', viewBox: `0 0 100 ${height}`, height, preserveAspectRatio: 'none', role: 'img' }, ...groups);
  say(svg, 'attention.picture', {}, 'label');
  const targets = labels.map((label) => make('li', {}, make('span', { class: 'word' }, label)));
  const sources = labels.map((label) => make('button', { type: 'button', class: 'word', 'aria-pressed': 'false' }, label));
  let chosen = -1;

  const show = (index) => {
    groups.forEach((group, i) => group.classList.toggle('faint', index >= 0 && i !== index));
    targets.forEach((target, j) => target.style.setProperty('--weight', index < 0 ? 0 : weights[index][j]));
  };
  const tell = () => {
    reading.textContent = chosen < 0 ? '' : sentence(labels, weights[chosen], chosen);
  };
  sources.forEach((source, i) => {
    source.addEventListener('pointerenter', () => show(i));
    source.addEventListener('pointerleave', () => show(chosen));
    source.addEventListener('click', () => {
      chosen = chosen === i ? -1 : i;
      sources.forEach((other, j) => other.setAttribute('aria-pressed', String(j === chosen)));
      show(chosen);
      tell();
    });
  });
  tell();
  place.replaceChildren(
    make(
      'div',
      { class: 'attention' },
      make('ol', { class: 'sources' }, ...sources.map((source) => make('li', {}, source))),
      svg,
      make('ol', { class: 'targets' }, ...targets),
    ),
  );
}

function lines(row, i) {
  return row.flatMap((weight, j) =>
    weight < FAINT
      ? []
      : [
          makeSvg('path', {
            d: `M0 ${(i + 0.5) * ROW}C50 ${(i + 0.5) * ROW} 50 ${(j + 0.5) * ROW} 100 ${(j + 0.5) * ROW}`,
            'stroke-width': (0.6 + weight * THICKEST).toFixed(2),
            'stroke-opacity': Math.min(1, 0.08 + weight).toFixed(3),
          }),
        ],
  );
}

function sentence(labels, row, index) {
  const order = row.map((weight, j) => [weight, j]).sort((a, b) => b[0] - a[0]);
  const words = order.slice(0, NAMED).map(([weight, j]) => `${labels[j]} ${number(weight * 100)} %`);
  return message('attention.reading', { word: labels[index], words: words.join(', ') });
}

/** The values, in percent, as a table that is a heat map too. */
export function drawTable(place, labels, weights, layer, head) {
  const caption = make('caption');
  say(caption, 'attention.caption', { layer, head });
  const top = make('tr', {}, make('th', { scope: 'col', message: 'attention.from' }), ...labels.map((label) => make('th', { scope: 'col' }, label)));
  const rows = weights.map((row, i) =>
    make('tr', {}, make('th', { scope: 'row' }, labels[i]), ...row.map((weight) => heatCell(weight, number(weight * 100)))),
  );
  place.replaceChildren(make('table', { class: 'heat' }, caption, make('thead', {}, top), make('tbody', {}, ...rows)));
}

/** A cell whose colour goes with its value, 0 to 1. */
export function heatCell(value, text) {
  const cell = make('td', { class: value > 0.7 ? 'hot' : '' }, text);
  cell.style.setProperty('--value', Math.min(1, Math.max(0, value)).toFixed(3));
  return cell;
}

/** A small picture of a head: a square a pair, the strongest in full colour. */
export function drawHead(weights) {
  const size = weights.length;
  const most = Math.max(...weights.flat());
  const squares = weights.flatMap((row, i) =>
    row.flatMap((weight, j) =>
      weight < FAINT ? [] : [makeSvg('rect', { x: j, y: i, width: 1, height: 1, 'fill-opacity': (weight / most).toFixed(3) })],
    ),
  );
  return makeSvg('svg', { class: 'small', viewBox: `0 0 ${size} ${size}`, width: SMALL, height: SMALL, 'aria-hidden': 'true' }, ...squares);
}
