/** The gateway's API: requests, streams of server-sent events, and failures with what to do about them. */

const KEY = 'weft.key';

/** The API key of this tab; empty for none. */
export function apiKey() {
  return sessionStorage.getItem(KEY) ?? '';
}

/** Keeps a key until the tab closes; empty forgets it. */
export function setApiKey(key) {
  if (key) sessionStorage.setItem(KEY, key);
  else sessionStorage.removeItem(KEY);
}

/** What a request failed with. */
export class ApiFailure extends Error {
  /**
   * @param kind 'status': the server refused; 'stream': it gave up midway; 'network': it could not be reached or the
   *     connection broke; 'shape': it answered with something else
   * @param message the server's own words; empty when there are none
   * @param status of the answer; 0 when there was none
   * @param retryAfter seconds to wait; 0 when the server did not say
   */
  constructor(kind, message = '', status = 0, retryAfter = 0) {
    super(message);
    this.kind = kind;
    this.status = status;
    this.retryAfter = retryAfter;
  }

  /** The message that says what to do: [key, values]. */
  get advice() {
    if (this.kind === 'network') return ['do.network', {}];
    if (this.status === 401 || this.status === 403) return ['do.key', {}];
    if (this.retryAfter > 0) return ['do.retryAfter', { seconds: this.retryAfter }];
    if (this.status === 404 || this.status === 405) return ['do.missing', {}];
    if (this.status === 503 || this.status === 504) return ['do.backend', {}];
    if (this.status === 429 || this.kind === 'stream') return ['do.retry', {}];
    return this.status >= 400 && this.status < 500 ? ['do.request', {}] : ['do.server', {}];
  }
}

/**
 * Asks for JSON.
 *
 * @param body of a POST; without it the request is a GET
 * @throws ApiFailure; AbortError when the signal stops it
 */
export async function call(path, body, signal) {
  const response = await send(path, body, signal);
  try {
    return await response.json();
  } catch (e) {
    throw failureOf(e, 'shape');
  }
}

/**
 * The chunks of a streamed answer, one by one, until its [DONE].
 *
 * @throws ApiFailure, also when the stream ends without [DONE]; AbortError when the signal stops it
 */
export async function* stream(path, body, signal) {
  const response = await send(path, { ...body, stream: true }, signal);
  try {
    for await (const data of events(response.body)) {
      if (data === '[DONE]') return;
      const chunk = JSON.parse(data);
      if (chunk.error) throw new ApiFailure('stream', String(chunk.error.message ?? ''));
      yield chunk;
    }
  } catch (e) {
    throw failureOf(e, e instanceof SyntaxError ? 'shape' : 'network');
  }
  throw new ApiFailure('stream');
}

async function send(path, body, signal) {
  const headers = {};
  if (body) headers['Content-Type'] = 'application/json';
  if (apiKey()) headers.Authorization = `Bearer ${apiKey()}`;
  let response;
  try {
    response = await fetch(path, {
      method: body ? 'POST' : 'GET',
      headers,
      body: body ? JSON.stringify(body) : undefined,
      credentials: 'same-origin',
      signal,
    });
  } catch (e) {
    throw failureOf(e, 'network');
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

function failureOf(e, kind) {
  return e instanceof ApiFailure || e.name === 'AbortError' ? e : new ApiFailure(kind);
}

/** OpenAI's {"error": {"message"}} and text-embeddings-inference's {"error": "message"}. */
async function refusal(response) {
  let words = '';
  try {
    const { error } = await response.json();
    words = String((typeof error === 'string' ? error : error.message) ?? '');
  } catch {
    // A proxy's page, say: the status has to do.
  }
  return new ApiFailure('status', words, response.status, Number(response.headers.get('Retry-After')) || 0);
}

/** The data of server-sent events (https://html.spec.whatwg.org/#event-stream-interpretation). */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  let data = [];
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop();
    for (const raw of lines) {
      const line = raw.replace(/\r$/, '');
      if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''));
      else if (line === '' && data.length > 0) {
        yield data.join('\n');
        data = [];
      }
    }
  }
}
