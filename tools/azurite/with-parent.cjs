// Loaded before Azurite: it ends with the process that started it, however that ends, and closes its files properly.
// Ctrl+C reaches every process of a terminal; here it is left to the parent, which still needs its storage to finish its work.
const { once } = require('node:events').EventEmitter.prototype;
const { Server } = require('node:net');

// What it may take to write its files. A folder that is gone by then keeps it from ending by itself, and nobody is left to end it.
const PATIENCE_MS = 30_000;

let stopping = false;

process.once = function (event, listener) {
  return event === 'SIGINT' ? this : once.call(this, event, listener);
};
process.on('SIGINT', () => {});
process.stdin.on('close', () => {
  stopping = true;
  setTimeout(() => process.exit(1), PATIENCE_MS).unref();
  process.emit('SIGTERM');
});
for (const stream of [process.stdin, process.stdout, process.stderr]) {
  stream.on('error', () => {});
}
process.stdin.resume();

// A client that keeps idle connections does not close its side of them, and the end would wait for it.
const { emit } = Server.prototype;
Server.prototype.emit = function (event, ...values) {
  if (event === 'connection') {
    const [socket] = values;
    socket.once('finish', () => stopping && socket.destroy());
  }
  return emit.call(this, event, ...values);
};
