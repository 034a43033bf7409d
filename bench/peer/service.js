import Fastify from 'fastify';
import { Classifier } from './classifier.js';

const BODY_LIMIT = 16 * 1024 * 1024;

export async function listen(settings) {
  const classifier = await Classifier.load(settings);
  const service = Fastify({ logger: false, bodyLimit: BODY_LIMIT });
  service.addContentTypeParser(/^image\//, { parseAs: 'buffer' }, (request, body, done) => done(null, body));
  service.post('/v1/images/classify', { schema: schema(classifier.labelCount) }, async (request) => ({
    id: request.id,
    predictions: await classifier.classify(request.body, request.query.top_k),
  }));
  await service.listen({ host: settings.host, port: settings.port });
  if (settings.processes === 1) {
    console.log(`listening on http://${settings.host}:${service.server.address().port} with 1 process`);
  }
  return service;
}

function schema(labelCount) {
  const prediction = { type: 'object', properties: { label: { type: 'string' }, score: { type: 'number' } } };
  return {
    querystring: {
      type: 'object',
      properties: { top_k: { type: 'integer', minimum: 1, maximum: Math.min(100, labelCount), default: 5 } },
    },
    response: {
      200: {
        type: 'object',
        properties: { id: { type: 'string' }, predictions: { type: 'array', items: prediction } },
      },
    },
  };
}
