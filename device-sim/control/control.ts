import { createServer, type RequestListener } from 'node:http';
import { listen } from '../../core/runtime/listen.ts';
import { controlPath } from './control-api.ts';

/** Where a test suite of any language handles the fleet (DESIGN §3, door 13). */
export interface Control {
  url: string;
  token: string;
}

/** Listens on the loopback interface only, on any free port, for whoever has the token. */
export async function startControl(api: RequestListener, token: string): Promise<Control & AsyncDisposable> {
  const listening = await listen(createServer(api), 0, '127.0.0.1');
  return {
    url: `http://127.0.0.1:${listening.port}${controlPath}`,
    token,
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
}
