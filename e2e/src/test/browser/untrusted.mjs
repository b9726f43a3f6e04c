/** A model's answer is never more than text, emphasis, code and links to http and https. */
import assert from 'node:assert/strict';

const HOSTILE = [
  'Hello <script>window.hit = 1</script> there',
  '<img src=x onerror="window.hit = 2">',
  '<svg onload=alert(1)><iframe srcdoc="<script>parent.hit = 3</script>"></iframe>',
  '[click me](javascript:window.hit=4)',
  '[click me](JaVaScRiPt:alert(1))',
  '[click me](data:text/html,<script>alert(1)</script>)',
  '[click me](vbscript:x)',
  '[click me]( javascript:alert(1))',
  '[click me](<javascript:alert(1)>)',
  '<javascript:alert(1)>',
  '![picture](javascript:alert(1))',
  '**[b](javascript:alert(1))** and `<script>window.hit = 5</script>`',
];
const FENCED = '```html\n<script>window.hit = 6</script>\n```';
const GOOD = '[good](https://example.com/a_(b)), ![picture](https://example.com/p.png) and https://example.com/c.';

/** What costs a careless parser quadratic time, or a stack. */
const HEAVY = ['*', '_', '`', '[', '](', '![](', '> ', '- ', '**a ', '_a *b ', '~~a ', '|', '<http://', 'http://a', '1. ', '\\', '# ', '***a', '``a`'];

export async function untrusted({ open, picture }) {
  const answer = [...HOSTILE, FENCED, GOOD].join('\n\n');
  const page = await open('chat', {}, (page) =>
    page.route('**/v1/chat/completions', (route) => route.fulfill({ contentType: 'text/event-stream', body: streamed(answer) })),
  );
  await page.fill('#chat-input', 'Hello');
  await page.press('#chat-input', 'Enter');
  await page.waitForSelector('.turn.assistant .figure');

  const content = page.locator('.turn.assistant .content');
  const text = await content.evaluate((element) => element.textContent);
  for (const line of HOSTILE) {
    assert.ok(text.includes(line.replaceAll('**', '').replaceAll('`', '')), `shown as it is: ${line}`);
  }
  assert.ok(text.includes('<script>window.hit = 6</script>'));
  const elements = await content.evaluate((element) => [...new Set([...element.querySelectorAll('*')].map((e) => e.localName))]);
  const allowed = ['p', 'strong', 'code', 'figure', 'figcaption', 'span', 'button', 'pre', 'a'];
  assert.deepEqual(elements.filter((name) => !allowed.includes(name)), []);
  const links = await content.evaluate((element) => [...element.querySelectorAll('a')].map((a) => [a.href, a.rel, a.target]));
  const rel = 'noopener noreferrer nofollow';
  assert.deepEqual(links, [
    ['https://example.com/a_(b)', rel, '_blank'],
    ['https://example.com/p.png', rel, '_blank'],
    ['https://example.com/c', rel, '_blank'],
  ]);
  const handlers = await content.evaluate((element) =>
    [...element.querySelectorAll('*')].flatMap((e) => e.getAttributeNames()).filter((name) => name.startsWith('on')),
  );
  assert.deepEqual(handlers, []);
  assert.equal(await page.evaluate(() => window.hit), undefined);
  await picture(page, 'untrusted');

  const slow = await page.evaluate(async (parts) => {
    const { render } = await import('/playground/markdown.js');
    return parts.flatMap((part) =>
      [part.repeat(20_000 / part.length), `${part}x\n`.repeat(20_000 / part.length)].flatMap((text, i) => {
        const begun = performance.now();
        render(document.createElement('div'), text);
        const ms = performance.now() - begun;
        return ms > 1500 ? [`${part} (${i}): ${ms} ms`] : [];
      }),
    );
  }, HEAVY);
  assert.deepEqual(slow, [], '20,000 characters of marks are read in 1.5 s');
  await page.done();
}

/** A streamed answer, in pieces that cut through tags and marks. */
function streamed(text) {
  const pieces = text.match(/[^]{1,7}/gu);
  const chunks = pieces.map((content) => ({ choices: [{ delta: { content } }] }));
  chunks.push({ choices: [{ delta: {}, finish_reason: 'stop' }] });
  return `${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')}data: [DONE]\n\n`;
}
