// Loaded before Azurite, which knows no policies. In the second account, the containers of charges and of the record of management are as Azure has them
// under an immutability policy that allows appends: nothing in them is overwritten, changed or deleted.
const { Server } = require('node:http');

const guarded = /^\/[a-z0-9]+kept\/(usage|audit)\/[^?]/;
const refusal = '<?xml version="1.0" encoding="utf-8"?><Error><Code>BlobImmutableDueToPolicy</Code><Message>The policy allows appends only.</Message></Error>';
const { emit } = Server.prototype;

function isAllowed(request) {
  const operation = new URL(request.url, 'http://localhost').searchParams.get('comp');
  if (request.method !== 'PUT') {
    return request.method !== 'DELETE';
  }
  // A blob is created, unless it exists, or one is added to.
  return operation === 'appendblock' || (operation === null && request.headers['if-none-match'] === '*');
}

Server.prototype.emit = function (event, request, response) {
  if (event !== 'request' || !guarded.test(request.url) || isAllowed(request)) {
    return emit.apply(this, arguments);
  }
  request.resume();
  response.writeHead(409, { 'content-type': 'application/xml', 'x-ms-error-code': 'BlobImmutableDueToPolicy' });
  response.end(request.method === 'HEAD' ? '' : refusal);
  return true;
};
