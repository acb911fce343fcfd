/** Answers of an HTTP API: what a script needs of them. */
export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes; each step checks what it uses
  body: any;
  headers: Headers;
  text: string;
}

/** A browser without a screen: keeps cookies by origin and path, sends Origin, follows no redirect by itself. */
export interface WebClient {
  request(method: string, url: string, body?: object, headers?: Record<string, string>): Promise<Answer>;
  get(url: string): Promise<Answer>;
  post(url: string, body?: object): Promise<Answer>;
  /** The Cookie header it would send there. */
  cookies(url: string): string;
}

interface Cookie {
  name: string;
  value: string;
  host: string;
  path: string;
}

export function createWebClient(): WebClient {
  const jar: Cookie[] = [];
  const keep = (url: URL, line: string) => {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const at = pair.indexOf('=');
    const facts = Object.fromEntries(
      attributes.map((one) => {
        const [attribute = '', value = ''] = one.split('=');
        return [attribute.toLowerCase(), value];
      }),
    ) as Record<string, string>;
    const cookie = { name: pair.slice(0, at), value: pair.slice(at + 1), host: url.host, path: facts['path'] ?? '/' };
    const old = jar.findIndex(
      (one) => one.name === cookie.name && one.host === cookie.host && one.path === cookie.path,
    );
    if (old >= 0) jar.splice(old, 1);
    if (facts['max-age'] !== '0' && cookie.value !== '') jar.push(cookie);
  };
  const cookies = (url: string) => {
    const { host, pathname } = new URL(url);
    return jar
      .filter((one) => one.host === host && pathname.startsWith(one.path))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  };
  const request: WebClient['request'] = async (method, url, body, headers = {}) => {
    const cookie = cookies(url);
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      signal: AbortSignal.timeout(30_000),
      headers: {
        accept: 'application/json',
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(cookie ? { cookie } : {}),
        ...(method === 'GET' ? {} : { origin: new URL(url).origin }),
        ...headers,
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    for (const line of response.headers.getSetCookie()) keep(new URL(url), line);
    const text = await response.text();
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      parsed = undefined;
    }
    return { status: response.status, body: parsed, headers: response.headers, text };
  };
  return {
    request,
    cookies,
    get: (url) => request('GET', url),
    post: (url, body = {}) => request('POST', url, body),
  };
}

/** The answer, when its status is the expected one; an error that tells what came instead otherwise. */
export function expectStatus(answer: Answer, status: number, what: string): Answer {
  if (answer.status === status) return answer;
  const detail = answer.body?.detail ?? answer.text.slice(0, 200);
  throw new Error(`${what}: ${answer.status} instead of ${status}${detail ? ` (${detail})` : ''}`);
}
