// Checks by OpenAI's own client for Node: node openai_client.mjs BASE_URL
import assert from "node:assert/strict";
import OpenAI from "openai";

const CHAT = "smollm2-135m-instruct";
const EMBEDDER = "all-minilm-l6-v2";
const messages = [{ role: "user", content: "What is the capital of France?" }];
const client = new OpenAI({ baseURL: process.argv[2], apiKey: "none", maxRetries: 0, timeout: 60_000 });

const weather = {
  name: "get_weather",
  parameters: {
    type: "object",
    properties: { city: { enum: ["Paris", "Rome"] } },
    required: ["city"],
    additionalProperties: false,
  },
};

async function chat() {
  const whole = await client.chat.completions.create({ model: CHAT, messages, temperature: 0 });
  assert.match(whole.choices[0].message.content, /Paris/);
  const stream = client.chat.completions.stream({ model: CHAT, messages, temperature: 0 });
  let text = "";
  for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? "";
  assert.equal(text, whole.choices[0].message.content);
  assert.equal((await stream.finalChatCompletion()).choices[0].finish_reason, "stop");
}

async function tools() {
  const stream = client.chat.completions.stream({
    model: CHAT,
    messages,
    tools: [{ type: "function", function: weather }],
    tool_choice: "required",
    temperature: 0,
  });
  const { choices } = await stream.finalChatCompletion();
  assert.equal(choices[0].finish_reason, "tool_calls");
  const [call] = choices[0].message.tool_calls;
  assert.equal(call.function.name, "get_weather");
  assert.match(JSON.parse(call.function.arguments).city, /Paris|Rome/);
}

async function responses() {
  const whole = await client.responses.create({ model: CHAT, input: messages, temperature: 0 });
  assert.match(whole.output_text, /Paris/);
  const stream = client.responses.stream({ model: CHAT, input: messages, temperature: 0 });
  let text = "";
  for await (const event of stream) {
    if (event.type === "response.output_text.delta") text += event.delta;
  }
  assert.equal(text, whole.output_text);
  assert.equal((await stream.finalResponse()).status, "completed");
  const called = await client.responses.create({
    model: CHAT,
    input: messages,
    tools: [{ type: "function", strict: true, ...weather }],
    tool_choice: { type: "function", name: "get_weather" },
    temperature: 0,
  });
  assert.match(JSON.parse(called.output[0].arguments).city, /Paris|Rome/);
}

async function embeddings() {
  const { data } = await client.embeddings.create({ model: EMBEDDER, input: ["A cat sits on the mat", "A kitten rests on a rug"] });
  const near = data[0].embedding.reduce((sum, x, i) => sum + x * data[1].embedding[i], 0);
  assert.equal(data[0].embedding.length, 384);
  assert.ok(Math.abs(near - 0.66) < 0.005, `${near}`); // sentence-transformers says 0.660
}

async function failures() {
  await assert.rejects(client.chat.completions.create({ model: CHAT, messages, temperature: 3 }), OpenAI.BadRequestError);
  await assert.rejects(client.chat.completions.create({ model: "no-such-model", messages }), OpenAI.NotFoundError);
  const long = { model: CHAT, prompt: "1, 2, 3,", max_tokens: 1500, ignore_eos: true };
  await assert.rejects(client.completions.create(long, { timeout: 200 }), OpenAI.APIConnectionTimeoutError);
  const aborted = await client.completions.create({ ...long, stream: true });
  for await (const _ of aborted) break;
  assert.ok(aborted.controller.signal.aborted);
}

for (const check of [chat, tools, responses, embeddings, failures]) {
  await check();
  console.log(check.name, "passed");
}
