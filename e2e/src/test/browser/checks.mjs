/** What the playground page must do, one function a check. Each gets {base, open, axe, picture}. */
import assert from 'node:assert/strict';
import { untrusted } from './untrusted.mjs';

const TABS = ['chat', 'text', 'tokens', 'attention', 'embeddings'];
const QUESTION = 'Write three sentences about Paris, the capital of France.';
// Its likeliest answer goes on for more than 1,500 tokens.
const LONG = 'Write a long story about a weaver.';
const ENCODER = 'all-minilm-l6-v2';
const DECODER = 'smollm2-135m-instruct';

export const checks = { chat, stop, untrusted, tokens, attention, embeddings, text_to_text, keyboard, chinese, failures, looks };

/** Tokens arrive one after another; the next turn tells what was said. */
async function chat({ open, picture }) {
  const page = await open();
  const bodies = [];
  page.on('request', (request) => request.url().endsWith('/chat/completions') && bodies.push(request.postDataJSON()));
  await page.fill('#chat-temperature', '0');
  await page.fill('#chat-max_tokens', '60');
  await page.fill('#chat-system', 'You are brief.');
  await watch(page);
  await page.fill('#chat-input', QUESTION);
  await page.press('#chat-input', 'Enter');
  await page.waitForSelector('.turn.assistant .figure');

  const states = await page.evaluate(() => window.states);
  assert.ok(states.length >= 8, `${states.length} states of the answer`);
  states.forEach((state, i) => assert.ok(i === 0 || state.length > states[i - 1].length, 'each state has more text'));
  assert.match(states.at(-1), /Paris/);
  const figures = await page.locator('.turn.assistant .figure').allTextContents();
  assert.match(figures[0], /^First token [\d.,]+ m?s$/);
  assert.match(figures[1], /^[\d.,]+ tokens\/s$/);
  assert.match(figures[2], /^\d+ tokens$/);

  await page.fill('#chat-input', 'Thank you.');
  await page.click('#chat-send');
  await page.waitForFunction(() => document.querySelectorAll('.turn.assistant .figures .figure:first-child').length === 2);
  assert.deepEqual(bodies[1].messages.map((message) => message.role), ['system', 'user', 'assistant', 'user']);
  assert.equal(bodies[1].messages[1].content, QUESTION);
  assert.equal(bodies[1].temperature, 0);
  assert.equal(bodies[1].max_tokens, 60);
  assert.equal('top_p' in bodies[1], false, 'an empty field is left out');
  await picture(page, 'chat-answered');
  await page.done();
}

/** Stop ends the answer, keeps what was written, and the next question works. */
async function stop({ open }) {
  const page = await open();
  await page.fill('#chat-temperature', '0');
  await page.fill('#chat-max_tokens', '1500');
  await watch(page);
  await page.fill('#chat-input', LONG);
  await page.click('#chat-send');
  await page.waitForFunction(() => window.states.length >= 5);
  assert.equal(await page.locator('#chat-send').isVisible(), false);
  await page.click('#chat-halt');
  await page.waitForSelector('.turn.assistant .figure.end');
  assert.equal(await page.textContent('.turn.assistant .figure.end'), 'Stopped');
  const text = await page.textContent('.turn.assistant .content');
  assert.ok(text.length > 0);
  await page.waitForTimeout(500);
  assert.equal(await page.textContent('.turn.assistant .content'), text, 'nothing comes after a stop');
  assert.equal(await page.locator('#chat-send').isVisible(), true);

  await page.fill('#chat-max_tokens', '5');
  await page.click('#chat-again');
  await page.waitForFunction(() => document.querySelector('.turn.assistant .figure.end')?.textContent.includes('limit'));
  assert.equal(await page.locator('.turn.assistant').count(), 1, 'the new answer takes the old one’s place');
  await page.click('#chat-new');
  assert.equal(await page.locator('.turn').count(), 0);
  await page.done();
}

/** The tokens of any model, as the API tells them. */
async function tokens({ open, base }) {
  const page = await open('tokens');
  const text = 'Unbelievably, 织布机 weave\n😀 cloth!';
  for (const model of [ENCODER, DECODER]) {
    const [told] = await post(base, '/tokenize', { model, inputs: text });
    await page.selectOption('#tokens-model', model);
    await page.fill('#tokens-input', text);
    const ids = told.map((token) => String(token.id));
    await page.waitForFunction(
      (expected) => [...document.querySelectorAll('.piece .id')].map((id) => id.textContent).join() === expected,
      ids.join(),
    );
    assert.equal(await page.locator('.piece.special').count(), told.filter((token) => token.special).length);
    assert.equal(await page.textContent('#tokens-figures .figure'), `${told.length} tokens`);
  }
  await page.done();
}

/** "The cat sat on the mat" first; the picture and the table show what the API tells. */
async function attention({ open, base, picture }) {
  const page = await open('attention');
  await page.waitForSelector('#attention-table td');
  assert.equal(await page.inputValue('#attention-input'), 'The cat sat on the mat');
  const sources = await page.locator('.sources .word').allTextContents();
  assert.deepEqual(sources, ['[CLS]', 'The', 'cat', 'sat', 'on', 'the', 'mat', '[SEP]']);
  assert.equal(await page.locator('#attention-layer option').count(), 6);
  assert.equal(await page.locator('#attention-heads input').count(), 12);

  await page.selectOption('#attention-layer', { value: '2' });
  await page.waitForFunction(() => document.querySelector('#attention-table caption').textContent.startsWith('Layer 3, head 1'));
  await page.focus('#attention-heads input:checked');
  await page.keyboard.press('ArrowRight');
  assert.match(await page.textContent('#attention-table caption'), /^Layer 3, head 2/);
  const told = await post(base, '/v1/attentions', { model: ENCODER, input: 'The cat sat on the mat', layers: [2], heads: [1] });
  const { weights } = told.data[0].attentions[0];
  const cells = await page.locator('#attention-table td').allTextContents();
  assert.deepEqual(cells.map(Number), weights.flat().map((weight) => Math.round(weight * 100)));
  const drawn = await page.locator('.lines path').count();
  assert.equal(drawn, weights.flat().filter((weight) => weight >= 0.01).length, 'a line a weight that can be seen');

  await page.click('.sources .word >> nth=2');
  const best = weights[2].indexOf(Math.max(...weights[2]));
  assert.match(await page.textContent('#attention-reading'), new RegExp(`^“cat” looks at: ${escaped(sources[best])} \\d+ %`));
  assert.equal(await page.locator('.lines .faint').count(), 7);
  await picture(page, 'attention-chosen');

  // Pieces of words are joined, and taken apart again.
  await page.fill('#attention-input', 'unbelievably');
  await page.click('#attention-form button');
  await page.waitForFunction(() => document.querySelectorAll('.sources li').length === 3);
  await page.uncheck('#attention-words');
  assert.ok((await page.locator('.sources li').count()) > 3);
  await page.done();
}

/** Cosines as the API's vectors have them; cat and kitten are nearest. */
async function embeddings({ open, base }) {
  const page = await open('embeddings');
  await page.waitForSelector('#embeddings-table td.hot');
  const sentences = (await page.inputValue('#embeddings-input')).split('\n');
  const told = await post(base, '/v1/embeddings', { model: ENCODER, input: sentences, encoding_format: 'float' });
  const vectors = told.data.map((item) => item.embedding);
  const cosines = vectors.flatMap((a) => vectors.map((b) => a.reduce((sum, value, i) => sum + value * b[i], 0)));
  const cells = await page.locator('#embeddings-table tbody td').allTextContents();
  assert.equal(cells.length, sentences.length ** 2);
  cells.forEach((cell, i) => assert.ok(Math.abs(Number(cell) - cosines[i]) < 0.006, `${cell} is ${cosines[i]}`));
  assert.match(await page.textContent('#embeddings-reading'), /^Nearest: 1 and 2, 0\.\d\d$/);

  await page.fill('#embeddings-input', 'only one');
  await page.click('#embeddings-form button');
  assert.match(await page.textContent('#embeddings-failure'), /at least two sentences/);
  await page.done();
}

/** An encoder-decoder writes; for a stack that has one. */
async function text_to_text({ open, base }) {
  const page = await open('text');
  await page.waitForSelector('#text-run:enabled');
  await page.fill('#text-input', 'A small text');
  await page.fill('#text-max_tokens', '12');
  const model = await page.inputValue('#text-model');
  const told = await post(base, '/v1/completions', { model, prompt: 'A small text', max_tokens: 12, temperature: 0 });
  await page.click('#text-run');
  await page.waitForSelector('#text-figures .figure');
  assert.equal(await page.textContent('#text-output'), told.choices[0].text);
  await page.done();
}

/** Tabs by arrows, one stop of the Tab key; the address names the tab; colours can be chosen. */
async function keyboard({ open }) {
  const page = await open();
  await page.focus('#tab-chat');
  const seen = [];
  for (let i = 0; i < TABS.length; i++) {
    await page.keyboard.press('ArrowRight');
    seen.push(await page.evaluate(() => document.activeElement.getAttribute('aria-controls')));
    assert.equal(await page.locator(`#${seen.at(-1)}`).isVisible(), true);
    assert.equal(await page.locator('[role=tabpanel]:visible').count(), 1);
    assert.equal(new URL(page.url()).hash, `#${seen.at(-1)}`);
  }
  assert.deepEqual(seen, [...TABS.slice(1), TABS[0]]);
  assert.equal(await page.locator('[role=tab][tabindex="0"]').count(), 1);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.closest('[role=tablist]')), null);
  await page.click('#theme');
  assert.equal(await page.getAttribute('html', 'data-theme'), 'dark');
  await page.reload();
  assert.equal(await page.getAttribute('html', 'data-theme'), 'dark');
  await page.done();
}

/** A Chinese browser gets Chinese, also what is added later; the switch goes both ways and is kept. */
async function chinese({ open, picture }) {
  const page = await open('chat', { locale: 'zh-CN' });
  assert.equal(await page.getAttribute('html', 'lang'), 'zh-CN');
  assert.equal(await page.textContent('#tab-chat'), '对话');
  assert.equal(await page.textContent('#chat-send'), '发送');
  await page.fill('#chat-max_tokens', '8');
  // Enter that chooses a word of an input method sends nothing.
  await page.fill('#chat-input', '你好');
  await page.evaluate(() =>
    document.getElementById('chat-input').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true })),
  );
  assert.equal(await page.locator('.turn').count(), 0);
  await page.press('#chat-input', 'Enter');
  await page.waitForSelector('.turn.assistant .figure');
  assert.match(await page.textContent('.turn.assistant .figure'), /^首词元/);
  await picture(page, 'chat-chinese');
  await page.click('#tab-attention');
  await page.click('.sources .word >> nth=2');
  assert.match(await page.textContent('#attention-reading'), /^“cat”在看：/);
  await picture(page, 'attention-chinese');
  await page.click('#tab-chat');
  await page.click('#language');
  assert.match(await page.textContent('.turn.assistant .figure'), /^First token/);
  assert.equal(await page.getAttribute('#chat-input', 'placeholder'), 'Ask something. Enter sends, Shift+Enter begins a new line.');
  await page.reload();
  assert.equal(await page.textContent('#tab-chat'), 'Chat');
  await page.done();
}

/** Failures say what failed and what to do; a key stays in the tab. */
async function failures({ open, picture }) {
  const answers = [
    { status: 429, headers: { 'Retry-After': '7' }, json: failure('8 requests wait, the limit is 8') },
    { status: 401, json: failure('no such API key') },
    { body: 'data: {"choices":[{"delta":{"content":"Half an ans"}}]}\n\ndata: {"error":{"message":"the generator went away"}}\n\n' },
  ];
  const keys = [];
  const turns = [];
  const page = await open('chat', {}, async (page) => {
    await page.route('**/v1/chat/completions', async (route) => {
      keys.push(await route.request().headerValue('Authorization'));
      turns.push(route.request().postDataJSON().messages.map((message) => message.role).join());
      const answer = answers.shift();
      await (answer ? route.fulfill({ contentType: 'text/event-stream', ...answer }) : route.abort());
    });
  });
  const ask = async () => {
    const before = await page.locator('.notice.bad').count();
    await page.fill('#chat-input', 'Hello');
    await page.click('#chat-send');
    await page.waitForFunction((count) => document.querySelectorAll('.notice.bad').length > count, before);
    return page.locator('.notice.bad').last().textContent();
  };

  assert.match(await ask(), /failed \(status 429\).*8 requests wait.*Try again in 7 s/);
  assert.match(await ask(), /status 401.*no such API key.*Give an API key/);
  await page.locator('.notice.bad button').click();
  await page.fill('#key-value', 'sk-test');
  await picture(page, 'api-key');
  await page.click('#key-form .primary');
  assert.match(await ask(), /broke off.*the generator went away/);
  assert.equal(await page.locator('.turn.assistant .content').last().textContent(), 'Half an ans');
  assert.match(await ask(), /cannot be reached.*weft status/);
  assert.deepEqual(turns, ['user', 'user', 'user', 'user,assistant,user'], 'what got no answer is not said again');
  assert.deepEqual(keys, [null, null, 'Bearer sk-test', 'Bearer sk-test']);
  assert.equal(await page.evaluate(() => JSON.stringify(localStorage).includes('sk-test')), false);
  await picture(page, 'failures');

  await page.route('**/v1/attentions', (route) => route.fulfill({ status: 503, json: failure('the encoder is not reachable') }));
  await page.click('#tab-attention');
  await page.waitForSelector('#attention-failure .notice.bad');
  assert.match(await page.textContent('#attention-failure'), /status 503.*encoder is not reachable.*weft status/);
  // The browser logs each failed request by itself.
  await page.done(['Failed to load resource']);
}

/** On each tab, light and dark, at desktop and phone width: axe finds nothing serious, nothing sticks out. */
async function looks({ open, axe, picture }) {
  const problems = [];
  for (const [size, viewport] of Object.entries({ desktop: { width: 1280, height: 860 }, phone: { width: 360, height: 740 } })) {
    for (const colorScheme of ['light', 'dark']) {
      const page = await open('chat', { viewport, colorScheme, reducedMotion: 'reduce' });
      await page.evaluate(axe);
      for (const tab of TABS) {
        await page.click(`#tab-${tab}`);
        await settled(page, tab);
        await picture(page, `${tab}-${size}-${colorScheme}`);
        const where = `${tab}, ${size}, ${colorScheme}`;
        if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) problems.push(`${where}: too wide`);
        problems.push(...(await page.evaluate(idsTwice)).map((id) => `${where}: #${id} twice`));
        const { violations } = await page.evaluate(() => window.axe.run());
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        problems.push(...serious.map(({ id, nodes }) => `${where}: ${id}: ${nodes.map((node) => node.html).join(' ')}`));
      }
      await page.done();
    }
  }
  assert.deepEqual(problems, []);
}

/** In the page: ids that several elements have. */
function idsTwice() {
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  return ids.filter((id, i) => ids.indexOf(id) < i);
}

/** Waits until a tab shows what it shows by itself; in the chat asks something first. */
async function settled(page, tab) {
  if (tab === 'chat') {
    if (!(await page.locator('#chat-settings').getAttribute('open'))) {
      await page.evaluate(() => (document.getElementById('chat-settings').open = true));
    }
    await page.fill('#chat-max_tokens', '24');
    await page.fill('#chat-input', QUESTION);
    await page.press('#chat-input', 'Enter');
    await page.waitForSelector('.turn.assistant .figure');
  }
  const shown = { tokens: '.piece', attention: '#attention-table td', embeddings: '#embeddings-table td.hot', text: '#text .notice' };
  if (tab in shown) await page.waitForSelector(shown[tab]);
}

/** Notes each text that an answer shows on its way. */
async function watch(page) {
  await page.evaluate(() => {
    window.states = [];
    new MutationObserver(() => {
      const place = document.querySelector('.turn.assistant .content:not(:has(.waiting))');
      const text = place?.textContent ?? '';
      if (text !== '' && text !== window.states.at(-1)) window.states.push(text);
    }).observe(document.getElementById('chat-log'), { subtree: true, childList: true, characterData: true });
  });
}

async function post(base, path, body) {
  const response = await fetch(base + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.equal(response.status, 200, await response.clone().text());
  return response.json();
}

function failure(message) {
  return { error: { message, type: 'error', param: null, code: null } };
}

function escaped(text) {
  return text.replace(/[[\]]/g, '\\$&');
}
