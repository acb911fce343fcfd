import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** One viewer that counts and throws away: bytes and whole pictures of an interleaved stream. */
export interface RtspViewer extends Disposable {
  readonly frames: number;
  readonly bytes: number;
  readonly closed: boolean;
  /** A sign of life: a session without one ends after its timeout (RFC 2326 §12.37). */
  stayAlive(): void;
}

/** What all viewers read into: nothing is kept. */
const shared = Buffer.allocUnsafe(1 << 18);

/** Tells answers from packets (RFC 2326 §10.12) and counts the latter; a picture ends with the marker bit (RFC 6184 §5.1). */
class Counter implements RtspViewer {
  frames = 0;
  bytes = 0;
  closed = false;
  /** Called with each whole answer, and with '' when the connection is gone. */
  onAnswer: (text: string) => void = () => undefined;
  private text = '';
  private readonly head = Buffer.alloc(6);
  private headBytes = 0;
  private skip = 0;
  socket!: Socket;

  take(chunk: Buffer): void {
    const { length } = chunk;
    this.bytes += length;
    for (let at = 0; at < length; ) {
      if (this.skip > 0) {
        const step = Math.min(this.skip, length - at);
        this.skip -= step;
        at += step;
        continue;
      }
      const byte = chunk[at++]!;
      if (this.headBytes === 0 && (byte !== 0x24 || this.text !== '')) {
        this.text += String.fromCharCode(byte);
        if (byte !== 0x0a || !this.text.endsWith('\r\n\r\n')) continue;
        const answer = this.text;
        this.text = '';
        this.onAnswer(answer);
        continue;
      }
      this.head[this.headBytes++] = byte;
      if (this.headBytes < 6) continue;
      this.headBytes = 0;
      this.skip = this.head.readUInt16BE(2) - 2;
      if (this.head[1] === 0 && this.head[5]! & 0x80) this.frames += 1;
    }
  }

  stayAlive: () => void = () => undefined;

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

async function open(port: number): Promise<Counter> {
  const counter = new Counter();
  counter.socket = connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: {
      buffer: shared,
      callback(bytes) {
        counter.take(shared.subarray(0, bytes));
        return true;
      },
    },
  });
  await once(counter.socket, 'connect');
  counter.socket.on('error', () => undefined);
  counter.socket.on('close', () => {
    counter.closed = true;
    counter.onAnswer('');
  });
  return counter;
}

/** Sign in by Basic, set up the picture over TCP and play it; settles with the answer to PLAY, right before the first packets. */
export async function watchRtsp(url: string, user: { username: string; password: string }): Promise<RtspViewer> {
  const counter = await open(Number(new URL(url).port));
  const authorization = `Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}`;
  let cseq = 0;
  const ask = async (method: string, target: string, header: string) => {
    const answered = new Promise<string>((resolve) => {
      counter.onAnswer = resolve;
    });
    counter.socket.write(
      `${method} ${target} RTSP/1.0\r\nCSeq: ${++cseq}\r\nAuthorization: ${authorization}\r\n${header}\r\n\r\n`,
    );
    const answer = await answered;
    if (!answer.startsWith('RTSP/1.0 200')) throw new Error(`${method} was answered "${answer.split('\r\n')[0]}"`);
    return answer;
  };
  const set = await ask('SETUP', `${url}/trackID=1`, 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1');
  const session = `Session: ${/\r\nSession: ([^;\r]+)/i.exec(set)?.[1]}`;
  await ask('PLAY', url, session);
  counter.stayAlive = () => {
    counter.socket.write(`GET_PARAMETER ${url} RTSP/1.0\r\nCSeq: ${++cseq}\r\n${session}\r\n\r\n`);
  };
  return counter;
}

/** Just connect and say a word: what a bare server sends to everybody. */
export async function watchBare(port: number): Promise<RtspViewer> {
  const counter = await open(port);
  counter.socket.write('PLAY');
  return counter;
}
