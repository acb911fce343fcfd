import { connect } from 'node:net';
import { type Clock, startInterval, startTimer } from '../../core/runtime/clock.ts';
import { urlHost } from '../../core/runtime/listen.ts';
import type { Random } from '../../core/runtime/random.ts';
import type { Credentials } from '../onvif/client.ts';
import { chooseChallenge, type DigestChallenge, formatAuthorization } from '../onvif/digest.ts';
import { OnvifError } from '../onvif/errors.ts';
import { type AccessUnit, createAccessUnits } from './access-units.ts';
import { createRtspReader, type RtspAnswer } from './rtsp-reader.ts';
import { parseVideoTrack, type VideoTrack } from './sdp.ts';

export interface RtspPull extends Disposable {
  readonly track: VideoTrack;
}

export interface RtspPullOptions {
  host: string;
  port: number;
  /** Path and query, as the camera gave them. */
  path: string;
  credentials: Credentials;
  onUnit(unit: AccessUnit): void;
  /** The camera, or the way to it, ended the stream. Not called after dispose. */
  onEnd(): void;
}

const answerWithinMs = 8_000;
const silentForMs = 15_000;
const defaultSessionSeconds = 60;

/**
 * Pull the H.264 of one stream over RTSP, interleaved in the one TCP connection (RFC 2326 §10.12): nothing but the
 * camera's own host and port is asked. Credentials go out as a digest only. Throws OnvifError.
 */
export async function openRtspPull(
  options: RtspPullOptions,
  { clock, random }: { clock: Clock; random: Random },
): Promise<RtspPull> {
  const { host, port, path, credentials, onUnit, onEnd } = options;
  const base = `rtsp://${urlHost(host)}:${port}${path}`;
  const waiting: { resolve(answer: RtspAnswer): void; reject(error: Error): void }[] = [];
  const owned: Disposable[] = [];
  let challenge: DigestChallenge | undefined;
  let count = 0;
  let cseq = 0;
  let session = '';
  let playing = false;
  let closed = false;
  let heardAt = clock.now();
  let units: ReturnType<typeof createAccessUnits> | undefined;

  const socket = connect({ host, port });
  const close = () => {
    closed = true;
    for (const one of owned) one[Symbol.dispose]();
    socket.destroy();
  };
  const fail = (error: Error) => {
    if (closed) return;
    close();
    for (const one of waiting.splice(0)) one.reject(error);
    if (playing) onEnd();
  };
  const reader = createRtspReader({
    onAnswer: (answer) => waiting.shift()?.resolve(answer),
    onPacket(channel, packet) {
      heardAt = clock.now();
      if (channel === 0) units?.push(packet);
    },
  });
  socket.on('data', (chunk: Buffer) => {
    try {
      reader.push(chunk);
    } catch (error) {
      fail(new OnvifError('answer_invalid', (error as Error).message));
    }
  });
  socket.on('error', (error) =>
    fail(new OnvifError('unreachable', 'the camera gives no stream at this port', [], { cause: error })),
  );
  socket.on('close', () => fail(new OnvifError('unreachable', 'the camera closed the stream')));

  const send = async (method: string, url: string, headers: Record<string, string>): Promise<RtspAnswer> => {
    count += 1;
    const authorization = challenge && {
      Authorization: formatAuthorization(challenge, {
        ...credentials,
        method,
        path: url,
        cnonce: random.bytes(8).toString('hex'),
        count,
      }),
    };
    cseq += 1;
    const all = { CSeq: String(cseq), 'User-Agent': 'vigil', ...authorization, ...headers };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    const answered = new Promise<RtspAnswer>((resolve, reject) => {
      waiting.push({ resolve, reject });
    });
    socket.write(`${method} ${url} RTSP/1.0\r\n${lines.join('')}\r\n`);
    using _late = startTimer(clock, answerWithinMs, () =>
      fail(new OnvifError('timeout', 'the camera does not answer at its stream port')),
    );
    return await answered;
  };
  const ask = async (method: string, url: string, headers: Record<string, string> = {}): Promise<RtspAnswer> => {
    let answer = await send(method, url, headers);
    if (answer.status === 401) {
      const raw = (answer.headers.get('www-authenticate') ?? []).flatMap((value) => ['www-authenticate', value]);
      const fresh = chooseChallenge(raw);
      if (!fresh) throw new OnvifError('unsupported', 'the camera asks for a sign-in that sends the password in clear');
      if (challenge && !fresh.stale) throw new OnvifError('refused', 'the camera refuses the password for its stream');
      challenge = fresh;
      count = 0;
      answer = await send(method, url, headers);
      if (answer.status === 401) throw new OnvifError('refused', 'the camera refuses the password for its stream');
    }
    if (answer.status !== 200) throw new OnvifError('fault', `the camera refuses ${method}: RTSP ${answer.status}`);
    return answer;
  };

  try {
    const described = await ask('DESCRIBE', base, { Accept: 'application/sdp' });
    const track = parseVideoTrack(described.body);
    if (!track) throw new OnvifError('unsupported', 'the stream has no H.264 video');
    units = createAccessUnits(track.payloadType, onUnit);
    const control = trackUrl(base, described.headers.get('content-base')?.[0], track.control);
    const setUp = await ask('SETUP', control, { Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1' });
    const [id = '', ...parameters] = (setUp.headers.get('session')?.[0] ?? '').split(';');
    session = id.trim();
    const named = parameters.map((one) => /^\s*timeout=(\d{1,6})/.exec(one)?.[1]).find(Boolean);
    const sessionSeconds = Math.max(10, Number(named ?? defaultSessionSeconds));
    playing = true;
    await ask('PLAY', base, { Session: session, Range: 'npt=0.000-' });
    const everyMs = (sessionSeconds * 1000) / 2;
    owned.push(
      startInterval(clock, Math.min(everyMs, silentForMs), () => {
        if (clock.now() - heardAt > silentForMs * 2) return fail(new OnvifError('timeout', 'the stream fell silent'));
        ask('GET_PARAMETER', base, { Session: session }).catch(() => undefined);
      }),
    );
    return {
      track,
      [Symbol.dispose]() {
        if (closed) return;
        // The camera frees the session at once; nobody waits for its answer.
        socket.write(`TEARDOWN ${base} RTSP/1.0\r\nCSeq: ${cseq + 1}\r\nSession: ${session}\r\n\r\n`);
        close();
      },
    };
  } catch (error) {
    playing = false;
    close();
    throw error;
  }
}

/** The track's address on the host we know, whatever host the camera named. */
function trackUrl(base: string, contentBase: string | undefined, control: string): string {
  const own = new URL(base);
  if (control === '' || control === '*') return base;
  if (/^rtsp:/i.test(control)) {
    if (!URL.canParse(control)) return base;
    const named = new URL(control);
    return `rtsp://${own.host}${named.pathname}${named.search}`;
  }
  const from = contentBase && URL.canParse(contentBase) ? new URL(contentBase) : own;
  return `rtsp://${own.host}${`${from.pathname}${from.search}`.replace(/\/$/, '')}/${control}`;
}
