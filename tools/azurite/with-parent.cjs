// Loaded before Azurite: it ends with the process that started it, however that ends, and closes its files properly.
// Ctrl+C reaches every process of a terminal; here it is left to the parent, which still needs its storage to finish its work.
const { once } = require('node:events').EventEmitter.prototype;

process.once = function (event, listener) {
  return event === 'SIGINT' ? this : once.call(this, event, listener);
};
process.on('SIGINT', () => {});
process.stdin.on('close', () => process.emit('SIGTERM'));
for (const stream of [process.stdin, process.stdout, process.stderr]) {
  stream.on('error', () => {});
}
process.stdin.resume();
