// The processes that only the bench has: `node worker.js NAME '{"option":1}'`. Each prints a JSON line when it is ready.
const workers: Record<string, () => Promise<{ run(options: never): Promise<void> }>> = {
  'bare-http': () => import('./bare/http.ts'),
  'bare-listeners': () => import('./bare/listeners.ts'),
  'bare-rtp': () => import('./bare/rtp.ts'),
  'bare-proxy': () => import('./bare/proxy.ts'),
  'bare-broker': () => import('./bare/broker.ts'),
  camera: () => import('./camera-worker.ts'),
  'fuzz-camera': () => import('./fuzz/camera-worker.ts'),
  picture: () => import('./picture-worker.ts'),
};

// A signal ends it in the ordinary way, so that a profile asked for (--cpu-prof) is written.
process.once('SIGINT', () => process.exit(0));

const [name = '', options = '{}'] = process.argv.slice(2);
const load = workers[name];
if (!load) throw new Error(`there is no bench worker "${name}"`);
await (await load()).run(JSON.parse(options) as never);
