// Loaded before Azurite. It holds requests that a test names until the test lets them go: what happens "in the middle" of a batch is held there, not hoped for.
// PUT /~gate/<id>?method=PUT&pattern=<regular expression>&pass=<count> holds requests whose method and decoded path match, after the first <count>;
// GET /~gate/<id> answers {"passed": n, "held": n, "waiting": n}, where those wait whose sender lives; DELETE /~gate/<id> lets them go.
// GET /~open answers a line for each request that is held or not answered yet: its age in milliseconds, method and path.
const { Server } = require('node:http');

const gates = new Map();
const open = new Set();
const { emit } = Server.prototype;

const decoded = (url) => {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
};

function control(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  const id = pathname.split('/')[2];
  const gate = gates.get(id);
  if (request.method === 'PUT') {
    gates.set(id, { method: searchParams.get('method'), pattern: new RegExp(searchParams.get('pattern')), pass: Number(searchParams.get('pass')), passed: 0, held: [] });
  } else if (request.method === 'DELETE') {
    gates.delete(id);
    gate?.held.forEach(({ go }) => go());
  }
  const held = gate?.held ?? [];
  const waiting = held.filter(({ socket }) => !socket.destroyed).length;
  response.end(JSON.stringify({ passed: gate?.passed ?? 0, held: held.length, waiting }));
}

Server.prototype.emit = function (event, request, response) {
  if (event !== 'request') {
    return emit.apply(this, arguments);
  }
  if (request.url === '/~open') {
    response.end([...open].map((r) => `${Date.now() - r.since} ms ${r.method} ${r.path}\n`).join(''));
    return true;
  }
  if (request.url.startsWith('/~gate/')) {
    control(request, response);
    return true;
  }
  // Without its signature, which is a secret.
  const asked = { since: Date.now(), method: request.method, path: request.url.replace(/&?sig=[^&]*/, '') };
  open.add(asked);
  response.once('close', () => open.delete(asked));
  const path = gates.size > 0 ? decoded(request.url) : '';
  for (const gate of gates.values()) {
    if (gate.method !== request.method || !gate.pattern.test(path)) {
      continue;
    }
    if (gate.passed < gate.pass) {
      gate.passed++;
      continue;
    }
    // A request whose sender has gone meanwhile is dropped, as one that was never sent.
    const { socket } = request;
    gate.held.push({ socket, go: () => socket.destroyed || emit.call(this, event, request, response) });
    return true;
  }
  return emit.apply(this, arguments);
};
