// Orders batches with OpenAI's client as it is. Arguments: what to do, a file of rows, and the endpoint of the batch. The base address and the key come as OPENAI_BASE_URL and OPENAI_API_KEY, as the client reads them. Prints what it saw as JSON.
import fs from "node:fs";
import OpenAI from "openai";

const client = new OpenAI();
const [, , what, path, endpoint = "/v1/text/classify"] = process.argv;

const create = async () => {
  const file = await client.files.create({ file: fs.createReadStream(path), purpose: "batch" });
  const batch = await client.batches.create({ input_file_id: file.id, endpoint, completion_window: "24h", metadata: { made: "by a test" } });
  return { file, batch };
};

const ended = async (batch) => {
  while (!["completed", "failed", "expired", "cancelled"].includes(batch.status)) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    batch = await client.batches.retrieve(batch.id);
  }
  return batch;
};

const content = async (id) => (id ? await (await client.files.content(id)).text() : null);

const all = async (list) => {
  const ids = [];
  for await (const item of list) ids.push(item.id);
  return ids;
};

const refusal = async (call) => {
  try {
    await call();
    return null;
  } catch (error) {
    return { name: error.constructor.name, status: error.status, code: error.code, param: error.param, type: error.type };
  }
};

const tasks = {
  async run() {
    const { file, batch } = await create();
    const last = await ended(batch);
    return { file, batch: last, output: await content(last.output_file_id), errors: await content(last.error_file_id) };
  },
  async cancel() {
    const { batch } = await create();
    const cancelled = await client.batches.cancel(batch.id);
    const last = await ended(cancelled);
    return { cancelled: cancelled.status, batch: last, again: await refusal(() => client.batches.cancel(batch.id)) };
  },
  async lists() {
    const files = [];
    const batches = [];
    for (let i = 0; i < 3; i++) {
      const { file, batch } = await create();
      files.push(file.id);
      batches.push((await ended(batch)).id);
    }
    const retrieved = await client.files.retrieve(files[0]);
    const listed = { files: await all(client.files.list({ limit: 2 })), batches: await all(client.batches.list({ limit: 2 })) };
    const deleted = await client.files.delete(files[0]);
    return { files, batches, retrieved, listed, deleted, gone: await refusal(() => client.files.retrieve(files[0])), left: await all(client.files.list()) };
  },
  // Whatever cannot be had here: each refusal as the client reads it. One call each, since it tries 429 and 5xx again.
  async refusals() {
    const once = { maxRetries: 0 };
    const stranger = new OpenAI({ ...once, apiKey: "pc_live_0" });
    const plain = new OpenAI(once);
    const calls = {
      model: () => plain.models.retrieve("gpt-nothing"),
      key: () => stranger.models.list(),
      chat: () => plain.chat.completions.create({ model: "spam", messages: [] }),
      embeddings: () => plain.embeddings.create({ model: "spam", input: "x" }),
      method: () => plain.delete("/models"),
      type: () => plain.post("/batches", { body: "x", headers: { "content-type": "text/plain" } }),
      upload: () => plain.uploads.create({ bytes: 1, filename: "rows.jsonl", mime_type: "application/jsonl", purpose: "batch" }),
      part: () => plain.uploads.parts.create("upload_1", { data: fs.createReadStream(path) }),
      file: () => plain.files.retrieve("file-none"),
      content: () => plain.files.content("file-none"),
      batch: () => plain.batches.retrieve("batch_none"),
      body: () => plain.batches.create({ input_file_id: "x".repeat(70_000), endpoint, completion_window: "24h" }),
    };
    const seen = {};
    for (const [name, call] of Object.entries(calls)) seen[name] = await refusal(call);
    return seen;
  },
  async expiry() {
    const once = { maxRetries: 0 };
    const hour = { anchor: "created_at", seconds: 3600 };
    const file = await client.files.create({ file: fs.createReadStream(path), purpose: "batch", expires_after: hour });
    const order = { input_file_id: file.id, endpoint, completion_window: "24h", output_expires_after: hour };
    const batch = await client.batches.create(order, once);
    const listed = await all(client.files.list({ order: "desc", purpose: "batch" }));
    return { file, batch, listed };
  },
};

process.stdout.write(JSON.stringify(await tasks[what]()));
