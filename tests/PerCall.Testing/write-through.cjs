// Loaded before Azurite in trials that kill it: it answers a write only when that is on disk, as the service that it stands for does. By itself it writes its
// data every five seconds, and loses what it had acknowledged since when it is killed.
const Module = require('node:module');
const { ServerResponse } = require('node:http');

const databases = new Set();
const load = Module._load;
Module._load = function (request, ...rest) {
  const loaded = load.call(this, request, ...rest);
  if (request === 'lokijs' && !loaded.prototype.isWatched) {
    loaded.prototype.isWatched = true;
    const { autosaveEnable } = loaded.prototype;
    loaded.prototype.autosaveEnable = function (...values) {
      databases.add(this);
      return autosaveEnable.apply(this, values);
    };
  }
  return loaded;
};

const save = (database) => (database.autosaveDirty() ? new Promise((done) => database.saveDatabase(done)) : Promise.resolve());

// All answers that wait are let go by one round of saving that began after their requests had been carried out.
let waiting = [];
let saving = false;
async function answer() {
  if (saving) {
    return;
  }
  saving = true;
  while (waiting.length > 0) {
    const ready = waiting;
    waiting = [];
    await Promise.all([...databases].map(save));
    ready.forEach((end) => end());
  }
  saving = false;
}

const { end } = ServerResponse.prototype;
ServerResponse.prototype.end = function (...values) {
  if (this.req.method === 'GET' || this.req.method === 'HEAD') {
    return end.apply(this, values);
  }
  waiting.push(() => end.apply(this, values));
  answer();
  return this;
};
