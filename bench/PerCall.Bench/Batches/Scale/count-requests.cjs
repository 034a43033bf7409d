// Loaded before Azurite: counts requests by service (its port), method, and what they are on. GET /counts answers the counts.
const { Server } = require('node:http');

const counts = {};
const { emit } = Server.prototype;
Server.prototype.emit = function (event, ...values) {
  if (event === 'request') {
    const [request, response] = values;
    if (request.url === '/counts') {
      response.end(JSON.stringify(counts));
      return true;
    }
    const url = new URL(request.url, 'http://storage');
    const [, , name = '', rest = ''] = decodeURIComponent(url.pathname).split('/');
    const on = name.replace(/\(.*$/, '');
    const part = url.searchParams.get('comp') ?? (rest === 'messages' ? rest : '');
    const key = `${request.socket.localPort} ${request.method} ${on} ${part}`.trimEnd();
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return emit.call(this, event, ...values);
};
