import cluster from 'node:cluster';
import { readSettings } from './settings.js';

const settings = readSettings();

if (settings.processes > 1 && cluster.isPrimary) {
  startWorkers(settings);
} else {
  const { listen } = await import('./service.js');
  const service = await listen(settings);
  const stop = () => service.close().then(() => process.exit(0));
  process.once('SIGTERM', stop).once('SIGINT', stop);
  // The first process is gone, and its socket with it.
  process.once('disconnect', () => process.exit(1));
}

/**
 * onnxruntime-node runs a model on the thread that calls it, so one process cannot decode its next image on the main thread while it
 * infers, nor infer on two cores: a process for every core does both.
 */
function startWorkers({ processes, poolThreads, host, port }) {
  let ready = 0;
  let stopping = false;
  for (let index = 0; index < processes; index++) {
    cluster.fork({ UV_THREADPOOL_SIZE: String(poolThreads) });
  }
  cluster.on('listening', () => {
    if (++ready === processes) {
      console.log(`listening on http://${host}:${port} with ${processes} processes`);
    }
  });
  cluster.on('exit', (worker, code, signal) => {
    if (!stopping) {
      console.error(`process ${worker.process.pid} ended (${signal ?? code})`);
      process.exit(1);
    }
  });
  const stop = () => {
    stopping = true;
    for (const worker of Object.values(cluster.workers)) {
      worker.process.kill('SIGTERM');
    }
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
}
