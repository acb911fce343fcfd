import { parseUsernameToken } from '../../core/soap/ws-security.ts';
import type { XmlElement } from '../../core/soap/xml.ts';
import type { DigestAuth } from '../auth/digest.ts';
import type { TokenAuth } from '../auth/username-token.ts';
import type { Camera, CameraUser } from '../camera.ts';

/** Who asks; or why not: with a challenge (401), or as a fault only (400), when a token was wrong (Core §5.9.1). */
export type SignIn = { user: CameraUser } | { refused: 'challenge' | 'fault'; stale?: boolean; reason: string };

export interface SignInRequest {
  authorization: string | undefined;
  method: string;
  target: string;
  body: Buffer;
  header: readonly XmlElement[];
  peer: string;
}

/** Sign-in at one camera: HTTP digest, WS-UsernameToken, or both, in that order, by one list of users. */
export function createSignIn(camera: Camera, digest: DigestAuth, tokens: TokenAuth, failed: (peer: string) => void) {
  const userNamed = (name: string) => camera.state.users.find(({ username }) => username === name);
  const passwordOf = (name: string) => userNamed(name)?.password;

  return (request: SignInRequest): SignIn => {
    const token = parseUsernameToken(request.header);
    if (!camera.state.initialized) {
      return { refused: 'challenge', reason: 'the camera is not activated yet: its admin password must be set first' };
    }
    if (request.authorization === undefined && token === undefined) {
      return { refused: 'challenge', reason: 'the action requested requires authorization' };
    }
    let username: string | undefined;
    if (request.authorization !== undefined) {
      const verdict = digest.verify(
        { header: request.authorization, method: request.method, uri: request.target, body: request.body },
        passwordOf,
      );
      if (verdict === undefined) {
        failed(request.peer);
        return { refused: 'challenge', reason: 'sender not authorized' };
      }
      if ('stale' in verdict) return { refused: 'challenge', stale: true, reason: 'the nonce is stale' };
      username = verdict.username;
    }
    if (token !== undefined) {
      const taken = token !== 'malformed' && camera.takes(token.type === 'text' ? 'password-text' : 'password-digest');
      const verified = taken ? tokens.verify(token, passwordOf) : undefined;
      if (!verified) {
        failed(request.peer);
        return { refused: 'fault', reason: 'sender not authorized' };
      }
      username ??= verified.username;
    }
    return { user: userNamed(username!)! };
  };
}
