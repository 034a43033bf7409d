// Loaded before Azurite: the first that asks a queue "…-work" for messages never gets an answer, as after a connection that was lost without a word.
const { ServerResponse } = require('node:http');

const { end } = ServerResponse.prototype;
let swallowed = false;
ServerResponse.prototype.end = function (...values) {
  if (!swallowed && this.req.method === 'GET' && this.req.url.includes('-work/messages')) {
    swallowed = true;
    return this;
  }
  return end.apply(this, values);
};
