import { networkInterfaces } from 'node:os';
import type { z } from 'zod';
import { isLoopbackAddress } from '../addresses.ts';
import { GatewayError } from '../errors.ts';

const timeoutMs = 10_000;
const answerLimitBytes = 1 << 20;

/** The cloud said no: its own code, for whoever knows what to do with it. */
export class CloudRefusal extends GatewayError {
  constructor(
    readonly status: number,
    readonly cloudCode: string,
    detail: string,
  ) {
    super('cloud_refused', `the cloud refused: ${detail}`, { cloudCode });
  }
}

/** Ask the cloud; its answer has passed `schema`. Throws CloudRefusal, or GatewayError `cloud_unreachable`. */
export async function askCloud<T>(
  url: string,
  schema: z.ZodType<T>,
  { method = 'GET', body, bearer, signal }: { method?: string; body?: unknown; bearer?: string; signal?: AbortSignal },
): Promise<T> {
  const timeout = AbortSignal.timeout(timeoutMs);
  let status: number;
  let text: string;
  try {
    const response = await fetch(url, {
      method,
      // What a cloud answers is for its own address; a redirect could lead into the LAN.
      redirect: 'error',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      headers: {
        accept: 'application/json, application/problem+json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    status = response.status;
    text = await limitedText(response);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw new GatewayError('cloud_unreachable', 'the cloud does not answer', {}, { cause: error });
  }
  const json = parseJson(text);
  if (status >= 500) throw new GatewayError('cloud_unreachable', `the cloud has a fault (${status})`);
  if (status >= 400) {
    const { code, detail } = (json ?? {}) as { code?: unknown; detail?: unknown };
    throw new CloudRefusal(
      status,
      typeof code === 'string' ? code : `http_${status}`,
      typeof detail === 'string' ? detail : `status ${status}`,
    );
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new GatewayError('cloud_refused', 'the cloud answered something else than agreed');
  return parsed.data;
}

async function limitedText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += (part as Uint8Array).length;
    if (size > answerLimitBytes) throw new Error('the answer is too large');
    parts.push(part as Uint8Array);
  }
  return Buffer.concat(parts).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Is this host the machine we run on? What goes there never crosses a network. */
function isOwnHost(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '');
  if (isLoopbackAddress(bare)) return true;
  return Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === bare));
}

/** May we speak to it? Encrypted, or on this machine. */
export function isSafeCloudUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return ['https:', 'wss:'].includes(protocol) || (['http:', 'ws:'].includes(protocol) && isOwnHost(hostname));
}

/** An address of a cloud as we keep it: https, or http on this machine; no path, query or password. */
export function readCloudUrl(text: string): string {
  const refuse = (why: string) => new GatewayError('cloud_url_refused', `${text} will not do: ${why}`);
  if (!URL.canParse(text)) throw refuse('it is no address');
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol) || !isSafeCloudUrl(text))
    throw refuse('a cloud beyond this machine is reached by https');
  if (url.username || url.password || url.search || url.hash) throw refuse('write only scheme, host and port');
  return url.href.replace(/\/+$/, '');
}
