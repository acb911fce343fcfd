import { request } from 'node:https';
import { z } from 'zod';
import { signInBody } from '../../core/local-api/ds-sign-in.ts';
import type { Clock } from '../../core/runtime/clock.ts';
import { startTimer } from '../../core/runtime/clock.ts';
import { GatewayError } from '../errors.ts';

const withinMs = 6_000;
const longestAnswerBytes = 256 * 1024;
const notSignedIn = -40401;
const lockedCodes = new Set([-40404, -40408]);

export interface WebApiPlace {
  host: string;
  port: number;
  credentials: { username: string; password: string };
}

/** What VIGI's web API answers: `error_code`, and the modules asked for beside it. */
export type WebApiAnswer = { error_code: number } & Record<string, unknown>;
const answerShape = z.looseObject({ error_code: z.number() });
const encryptShape = z.looseObject({ nonce: z.string().max(64), key: z.string().max(1024) });

/** VIGI's own web API of cameras (`/ds`, facts: public client code), as their admin: what the cloud's passthrough asks for. */
export function createWebApi({ clock }: { clock: Clock }) {
  /** A sign-in per camera, good until the camera forgets it or its password changes. */
  const signedIn = new Map<string, { stok: string; password: string }>();

  const unreachable = (cause: unknown) =>
    new GatewayError('camera_unreachable', 'the camera cannot be reached now', {}, { cause });

  const post = ({ host, port }: WebApiPlace, path: string, body: object) =>
    new Promise<WebApiAnswer>((resolve, reject) => {
      const payload = JSON.stringify(body);
      const call = request({
        host,
        port,
        path,
        method: 'POST',
        agent: false,
        // The camera's certificate is its own; its password travels encrypted to the key it shows, as in the real product.
        rejectUnauthorized: false,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) },
      });
      const late = startTimer(clock, withinMs, () => call.destroy(new Error('no answer in time')));
      call.on('close', () => late[Symbol.dispose]());
      call.on('error', (error) => reject(unreachable(error)));
      call.on('response', (response) => {
        const parts: Buffer[] = [];
        let size = 0;
        response.on('error', (error) => reject(unreachable(error)));
        response.on('data', (part: Buffer) => {
          size += part.length;
          if (size > longestAnswerBytes) call.destroy(new Error('the answer is too long'));
          else parts.push(part);
        });
        response.on('end', () => {
          try {
            resolve(answerShape.parse(JSON.parse(Buffer.concat(parts).toString())));
          } catch (error) {
            reject(unreachable(error));
          }
        });
      });
      call.end(payload);
    });

  const signIn = async (id: string, place: WebApiPlace): Promise<string> => {
    const { username, password } = place.credentials;
    const known = signedIn.get(id);
    if (known?.password === password) return known.stok;
    const offered = await post(place, '/', { method: 'do', user_management: { get_encrypt_info: null } });
    const info = encryptShape.safeParse(offered['data']);
    if (!info.success) throw unreachable(new Error('no key to sign in with'));
    const key = decodeURIComponent(info.data.key);
    const answer = await post(place, '/', signInBody({ nonce: info.data.nonce, key }, username, password));
    // Never asked again with the same password: cameras lock after a few.
    if (answer.error_code === notSignedIn)
      throw new GatewayError('camera_auth_failed', 'the camera refuses the password');
    if (lockedCodes.has(answer.error_code)) {
      throw new GatewayError('camera_locked', 'the camera is locked after wrong passwords');
    }
    const stok = z
      .string()
      .regex(/^[\w-]{1,128}$/)
      .safeParse(answer['stok']);
    if (answer.error_code !== 0 || !stok.success) throw unreachable(new Error(`sign-in answered ${answer.error_code}`));
    signedIn.set(id, { stok: stok.data, password });
    return stok.data;
  };

  return {
    /**
     * One request, as `{"method":"get","<module>":{…}}`; the camera's answer as it is. Throws `camera_unreachable`,
     * `camera_auth_failed` and `camera_locked`.
     */
    async ask(id: string, place: WebApiPlace, body: object): Promise<WebApiAnswer> {
      const remembered = signedIn.has(id);
      const answer = await post(place, `/stok=${await signIn(id, place)}/ds`, body);
      if (answer.error_code !== notSignedIn) return answer;
      signedIn.delete(id);
      // The camera has forgotten us, by a restart or by time: once more with a fresh sign-in.
      return remembered ? post(place, `/stok=${await signIn(id, place)}/ds`, body) : answer;
    },
  };
}
export type WebApi = ReturnType<typeof createWebApi>;
