import type { Clock } from '../../core/runtime/clock.ts';
import { UsageError } from '../../core/runtime/settings.ts';
import { readBytes, send } from '../terminal/request.ts';

/** Tokens of the cloud for this terminal. */
export interface Tokens {
  token: string;
  refreshToken: string | undefined;
  /** Seconds the token lasts from now on. */
  lastsSeconds: number;
}

/** What a person has to do in a browser meanwhile. */
export interface DeviceCode {
  userCode: string;
  url: string;
  urlWithCode: string;
  /** A QR of `urlWithCode` in text, for a terminal. */
  qr: string;
}

const clientId = 'vigil-terminal';
const what = 'the TP-Link ID cloud';

interface OAuthAnswer {
  status: number;
  body: Record<string, unknown>;
}

async function postForm(url: string, fields: Record<string, string>, signal?: AbortSignal): Promise<OAuthAnswer> {
  const payload = new URLSearchParams(fields).toString();
  const answered = await send(url, { what, method: 'POST', form: payload, ...(signal ? { signal } : {}) });
  const text = (await readBytes(answered, 1 << 20, what)).toString('utf8');
  try {
    return { status: answered.status, body: JSON.parse(text) as Record<string, unknown> };
  } catch {
    throw new UsageError(`${url} does not answer like ${what}: check the address`);
  }
}

const tokensOf = (body: Record<string, unknown>): Tokens => ({
  token: String(body['access_token']),
  refreshToken: typeof body['refresh_token'] === 'string' ? body['refresh_token'] : undefined,
  lastsSeconds: Number(body['expires_in']) || 600,
});

/**
 * Sign in by the device authorization grant (RFC 8628): show a code, wait until somebody who is signed in allows it. The
 * password and the 6-digit code are asked for in the browser, never here. Throws UsageError when refused or too late.
 */
export async function signInByDeviceCode(
  cloudUrl: string,
  show: (code: DeviceCode) => void,
  clock: Clock,
): Promise<Tokens> {
  const issuer = `${cloudUrl.replace(/\/+$/, '')}/oidc`;
  const begun = await postForm(`${issuer}/device/auth`, { client_id: clientId, scope: 'openid offline_access email' });
  if (begun.status !== 200)
    throw new UsageError(`${what} gives no code: ${String(begun.body['error'] ?? begun.status)}`);
  const urlWithCode = String(begun.body['verification_uri_complete']);
  show({
    userCode: String(begun.body['user_code']),
    url: String(begun.body['verification_uri']),
    urlWithCode,
    qr: await (await import('qrcode')).default.toString(urlWithCode, { type: 'utf8', errorCorrectionLevel: 'L' }),
  });
  let waitMs = (Number(begun.body['interval']) || 5) * 1000;
  const until = clock.now() + (Number(begun.body['expires_in']) || 600) * 1000;
  for (;;) {
    await clock.sleep(waitMs);
    const { status, body } = await postForm(`${issuer}/token`, {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      client_id: clientId,
      device_code: String(begun.body['device_code']),
    });
    if (status === 200) return tokensOf(body);
    switch (body['error']) {
      case 'authorization_pending':
        break;
      case 'slow_down':
        waitMs += 5_000;
        break;
      case 'access_denied':
        throw new UsageError('the sign-in was refused in the browser');
      default:
        throw new UsageError('the code ran out before anybody allowed it: start again');
    }
    if (clock.now() > until) throw new UsageError('the code ran out before anybody allowed it: start again');
  }
}

/** Buy the next token; undefined when the session is over. The old refresh token is spent either way. */
export async function renewTokens(cloudUrl: string, refreshToken: string): Promise<Tokens | undefined> {
  const { status, body } = await postForm(`${cloudUrl.replace(/\/+$/, '')}/oidc/token`, {
    grant_type: 'refresh_token',
    client_id: clientId,
    refresh_token: refreshToken,
  });
  if (status === 200) return tokensOf(body);
  if (body['error'] === 'invalid_grant') return undefined;
  throw new UsageError(`${what} does not renew the session now (${String(body['error'] ?? status)}): try again`);
}
