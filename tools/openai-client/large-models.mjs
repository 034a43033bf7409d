// Calls large models with OpenAI's client as it is. Arguments: the task, the model, and a script of the stand-in provider. The base address
// and the key come as OPENAI_BASE_URL and OPENAI_API_KEY, as the client reads them. Prints what it saw as JSON.
import OpenAI, { toFile } from "openai";

const client = new OpenAI({ maxRetries: 0 });
const [, , task, model, script = ""] = process.argv;
const messages = [
  { role: "system", content: "You answer in one sentence." },
  { role: "user", content: `What is a month? script: ${script}` },
];
const schema = {
  type: "object",
  properties: { label: { type: "string", enum: ["ham", "spam"] }, count: { type: "integer" } },
  required: ["label", "count"],
  additionalProperties: false,
};

const refusal = async (call) => {
  try {
    await call();
    return null;
  } catch (error) {
    const { status, code, param, type, message } = error;
    return { name: error.constructor.name, status, code, param, type, message };
  }
};

// What a stream of chunks adds up to.
const gather = async (stream) => {
  const seen = { text: "", arguments: "", chunks: 0, finish: null, usage: null, ids: [] };
  for await (const chunk of stream) {
    seen.chunks++;
    if (chunk.id && !seen.ids.includes(chunk.id)) seen.ids.push(chunk.id);
    seen.text += chunk.choices[0]?.delta?.content ?? "";
    seen.arguments += chunk.choices[0]?.delta?.tool_calls?.[0]?.function?.arguments ?? "";
    seen.finish = chunk.choices[0]?.finish_reason ?? seen.finish;
    seen.usage = chunk.usage ?? seen.usage;
  }
  return seen;
};

const silence = () => {
  const [seconds, rate] = [1, 8000];
  const wav = Buffer.alloc(44 + 2 * rate * seconds);
  wav.write("RIFF", 0);
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.write("WAVEfmt ", 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(rate, 24);
  wav.writeUInt32LE(2 * rate, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write("data", 36);
  wav.writeUInt32LE(wav.length - 44, 40);
  return toFile(wav, "silence.wav");
};

const tool = { type: "function", function: { name: "find", description: "Finds a word.", parameters: schema } };

const tasks = {
  async chat() {
    const answer = await client.chat.completions.create({ model, messages, n: 2 });
    return { model: answer.model, texts: answer.choices.map((c) => c.message.content), usage: answer.usage };
  },
  async stream() {
    return gather(await client.chat.completions.create({ model, messages, stream: true, stream_options: { include_usage: true } }));
  },
  // The caller does not ask for the usage, and must not get a chunk with it.
  async plainStream() {
    return gather(await client.chat.completions.create({ model, messages, stream: true }));
  },
  // Leaves after three tokens.
  async cancel() {
    const stream = await client.chat.completions.create({ model, messages, stream: true });
    let tokens = 0;
    for await (const chunk of stream) {
      if (!chunk.choices[0]?.delta?.content) continue;
      if (++tokens === 3) break;
    }
    return { tokens, aborted: stream.controller.signal.aborted, at: new Date().toISOString() };
  },
  async tools() {
    const options = { model, messages, tools: [tool], tool_choice: "required" };
    const answer = await client.chat.completions.create(options);
    const call = answer.choices[0].message.tool_calls[0];
    const streamed = await gather(await client.chat.completions.create({ ...options, stream: true }));
    return { name: call.function.name, arguments: JSON.parse(call.function.arguments), finish: answer.choices[0].finish_reason, streamed };
  },
  async schema() {
    const answer = await client.chat.completions.parse({
      model,
      messages,
      logprobs: true,
      top_logprobs: 2,
      response_format: { type: "json_schema", json_schema: { name: "answer", strict: true, schema } },
    });
    return { parsed: JSON.parse(answer.choices[0].message.content), logprobs: answer.choices[0].logprobs.content };
  },
  async responses() {
    const answer = await client.responses.create({ model, input: messages[1].content });
    return { text: answer.output_text, status: answer.status, usage: answer.usage };
  },
  async responsesStream() {
    const seen = { text: "", types: [], usage: null };
    for await (const event of await client.responses.create({ model, input: messages[1].content, stream: true })) {
      if (!seen.types.includes(event.type)) seen.types.push(event.type);
      if (event.type === "response.output_text.delta") seen.text += event.delta;
      if (event.type === "response.completed") seen.usage = event.response.usage;
    }
    return seen;
  },
  async embeddings() {
    const answer = await client.embeddings.create({ model, input: ["one", "two"], dimensions: 4 });
    return { vectors: answer.data.map((d) => d.embedding), usage: answer.usage };
  },
  async transcription() {
    const answer = await client.audio.transcriptions.create({ model, file: await silence(), prompt: `script: ${script}` });
    return { text: answer.text, usage: answer.usage };
  },
  async moderation() {
    const answer = await client.moderations.create({ model, input: ["hello", "kill"] });
    return answer.results.map((r) => r.flagged);
  },
  async models() {
    const ids = [];
    for await (const listed of client.models.list()) ids.push(listed.id);
    return { ids, retrieved: await client.models.retrieve(model), unknown: await refusal(() => client.models.retrieve("nothing")) };
  },
  // What a script makes of a call, as the client reports it.
  async refused() {
    return {
      chat: await refusal(() => client.chat.completions.create({ model, messages })),
      stream: await refusal(async () => gather(await client.chat.completions.create({ model, messages, stream: true }))),
    };
  },
  // Calls that are wrong, each as the client reports it.
  async refusals() {
    const stranger = new OpenAI({ maxRetries: 0, apiKey: "pc_live_0" });
    const calls = {
      model: () => client.chat.completions.create({ model: "nothing", messages }),
      key: () => stranger.chat.completions.create({ model, messages }),
      messages: () => client.chat.completions.create({ model, messages: [] }),
      tool: () => {
        const broken = { type: "function", function: { name: "f", parameters: { type: "nonsense" } } };
        return client.chat.completions.create({ model, messages, tools: [broken] });
      },
      bound: () => client.chat.completions.create({ model, messages, max_completion_tokens: 2_000_000_000 }),
      context: () => client.chat.completions.create({ model, messages: [{ role: "user", content: "word ".repeat(200_000) }] }),
      image: () => {
        const url = "data:image/png;base64,!!!";
        return client.chat.completions.create({ model, messages: [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }] });
      },
      previous: () => client.responses.create({ model, input: "x", previous_response_id: "resp_1" }),
      method: () => client.get("/chat/completions"),
      path: () => client.post("/chat/nothing", { body: {} }),
    };
    const seen = {};
    for (const [name, call] of Object.entries(calls)) seen[name] = await refusal(call);
    return seen;
  },
};

process.stdout.write(JSON.stringify(await tasks[task]()));
