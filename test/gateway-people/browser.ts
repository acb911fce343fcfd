import { WebSocket } from 'ws';

interface Cookie {
  name: string;
  value: string;
  path: string;
}

interface Page {
  status: number;
  url: string;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API answers
  json: any;
}

/**
 * As much of a browser as a sign-in needs. Cookies go by host and path and not by port, as in a real one: cloud, relay
 * and gateway on one machine see each other's names.
 */
export class Browser {
  #jar: Cookie[] = [];

  cookiesFor(url: string): string {
    const { pathname } = new URL(url);
    return this.#jar
      .filter(({ path }) => pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`))
      .sort((a, b) => b.path.length - a.path.length)
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }

  #keep(response: Response, url: string): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
      const [name = '', ...rest] = pair.split('=');
      const of = (key: string) =>
        attributes.find((one) => one.toLowerCase().startsWith(`${key}=`))?.slice(key.length + 1);
      const path = of('path') ?? new URL('.', url).pathname;
      this.#jar = this.#jar.filter((one) => one.name !== name || one.path !== path);
      const value = rest.join('=');
      if (value !== '' && of('max-age') !== '0') this.#jar.push({ name, value, path });
    }
  }

  async #once(method: string, url: string, body?: unknown, form?: Record<string, string>): Promise<Page> {
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: {
        cookie: this.cookiesFor(url),
        ...(method === 'GET' ? {} : { origin: new URL(url).origin }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(form ? { accept: 'text/html' } : {}),
      },
      body: form ? new URLSearchParams(form) : body === undefined ? undefined : JSON.stringify(body),
    });
    this.#keep(response, url);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return {
      status: response.status,
      url,
      headers: response.headers,
      text,
      json: isJson ? JSON.parse(text) : undefined,
    };
  }

  /** Go somewhere and follow where it leads. */
  async open(url: string, form?: Record<string, string>): Promise<Page> {
    let page = await this.#once(form ? 'POST' : 'GET', url, undefined, form);
    for (let hops = 0; page.status >= 300 && page.status < 400 && hops < 10; hops++)
      page = await this.#once('GET', new URL(page.headers.get('location')!, page.url).href);
    return page;
  }

  get = (url: string) => this.#once('GET', url);
  post = (url: string, body: unknown = {}) => this.#once('POST', url, body);
  delete = (url: string) => this.#once('DELETE', url);

  /** A WebSocket from a page of this browser. */
  socket(url: string, protocols: string[]) {
    const { origin } = new URL(url);
    const ws = new WebSocket(url.replace(/^http/, 'ws'), protocols, {
      headers: { cookie: this.cookiesFor(url), origin },
    });
    const heard: string[] = [];
    ws.on('message', (data) => heard.push((JSON.parse(String(data)) as { type: string }).type));
    ws.on('error', () => undefined);
    return { ws, heard, closed: new Promise<number>((resolve) => ws.on('close', resolve)) };
  }
}
