// Calls models with Hugging Face's client as it is. Argument: a file with calls as JSON, each with the client's method, the path of the
// endpoint, and the method's arguments. A call may name a file with a picture, which is sent as a Blob, as bytes, or as the older "data".
// The service's address and the key come as PERCALL_ADDRESS and PERCALL_KEY. Prints what the client returned or threw as JSON.
import { readFileSync } from "node:fs";
import { InferenceClient } from "@huggingface/inference";

const { PERCALL_ADDRESS: address, PERCALL_KEY: key } = process.env;

const argumentsOf = ({ args = {}, picture }) => {
  if (!picture) return args;
  const bytes = readFileSync(picture.path);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  if (picture.as === "bytes") return { ...args, inputs: buffer };
  const blob = new Blob([bytes], { type: picture.type });
  return picture.as === "data" ? { ...args, data: blob } : { ...args, inputs: blob };
};

// A stream of chunks as the text that it adds up to.
const gather = async (stream) => {
  let text = "";
  for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? "";
  return text;
};

const run = async (call) => {
  const client = new InferenceClient(call.key ?? key, { retry_on_error: false }).endpoint(new URL(call.path, address).toString());
  try {
    const answer = client[call.method](argumentsOf(call));
    return { answer: Symbol.asyncIterator in answer ? await gather(answer) : await answer };
  } catch (error) {
    const { name, message, httpResponse } = error;
    return { error: { name, message, status: httpResponse?.status, body: httpResponse?.body, requestId: httpResponse?.requestId } };
  }
};

const seen = [];
for (const call of JSON.parse(readFileSync(process.argv[2], "utf8"))) seen.push(await run(call));
process.stdout.write(JSON.stringify(seen));
