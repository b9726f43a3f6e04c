/** Attention between whole words, of that between their pieces. */

const WORD = /^[\p{L}\p{N}\p{M}]+$/u;

/**
 * Joins the pieces of words: a word's attention to another is the mean over its own pieces of the sum over the other's,
 * so that each row still sums to 1 (https://arxiv.org/abs/1906.04341, section 4.1).
 *
 * @param text what the tokens' start and end count code points of
 * @param tokens {text, special, start, end}
 * @param weights [from][to]
 * @returns {labels, weights} of the words
 */
export function joined(text, tokens, weights) {
  const points = [...text];
  const groups = [];
  tokens.forEach((token, i) => {
    if (i > 0 && continues(points, tokens[i - 1], token)) groups.at(-1).push(i);
    else groups.push([i]);
  });
  return {
    labels: groups.map((group) => labelOf(points, tokens, group)),
    weights: groups.map((from) => groups.map((to) => mean(from.map((i) => sum(to.map((j) => weights[i][j])))))),
  };
}

/** Whether a token goes on with the word of the token before it. */
function continues(points, before, token) {
  if (before.special || token.special || before.end !== token.start) return false;
  const slice = (t) => points.slice(t.start, t.end).join('');
  return WORD.test(slice(before)) && WORD.test(slice(token)) && !isHan(points[token.start]) && !isHan(points[token.start - 1]);
}

/** Chinese is read by characters. */
function isHan(character) {
  return /\p{Script=Han}/u.test(character);
}

function labelOf(points, tokens, group) {
  const first = tokens[group[0]];
  return first.special ? first.text : points.slice(first.start, tokens[group.at(-1)].end).join('').trim() || first.text;
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

function mean(numbers) {
  return sum(numbers) / numbers.length;
}
