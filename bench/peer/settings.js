import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

/** Command line and environment; the defaults are the settings that measured quickest (README.md). */
export function readSettings() {
  const { values } = parseArgs({
    options: {
      model: { type: 'string' },
      labels: { type: 'string' },
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '7080' },
    },
  });
  if (!values.model || !values.labels) {
    throw new Error('usage: node server.js --model <file.onnx> --labels <labels.txt> [--host 127.0.0.1] [--port 7080]');
  }
  return {
    model: values.model,
    labels: values.labels,
    host: values.host,
    port: integer('--port', values.port, 0, 65535),
    processes: fromEnvironment('PEER_PROCESSES', availableParallelism(), 1, 64),
    ortThreads: fromEnvironment('PEER_ORT_THREADS', 1, 1, 64),
    poolThreads: fromEnvironment('UV_THREADPOOL_SIZE', 2, 1, 1024),
    sharpThreads: fromEnvironment('PEER_SHARP_THREADS', 1, 1, 64),
    kernel: process.env.PEER_RESIZE_KERNEL ?? 'linear',
  };
}

function fromEnvironment(name, fallback, least, most) {
  const text = process.env[name];
  return text === undefined ? fallback : integer(name, text, least, most);
}

function integer(name, text, least, most) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`${name} is ${text}; allowed is a whole number from ${least} to ${most}`);
  }
  return value;
}
