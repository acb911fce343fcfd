import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Answer {
  status: number;
  headers: Record<string, string>;
  /** Header lines as they came, in order. */
  lines: string[];
  body: string;
}

export interface Packet {
  channel: number;
  payload: Buffer;
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex');

/** A bare RTSP client over one socket: sends what a test says and gives back what came. */
export class RtspClient implements AsyncDisposable {
  readonly packets: Packet[] = [];
  closed = false;
  /** Message and packet kinds in the order they came: `200`, `$0`. */
  readonly order: string[] = [];
  private pending: Buffer = Buffer.alloc(0);
  private readonly answers: Answer[] = [];
  private wake: () => void = () => undefined;
  private cseq = 0;
  private readonly socket: Socket;
  user?: { username: string; password: string };
  private challenge = '';

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.pending = Buffer.concat([this.pending, chunk]);
      this.read();
      this.wake();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
      this.wake();
    });
  }

  static async open(port: number): Promise<RtspClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RtspClient(socket);
  }

  write(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  /** Stop reading: the server's packets pile up. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  get localPort(): number {
    return this.socket.localPort!;
  }

  async next(): Promise<Answer> {
    await this.until(() => this.answers.length > 0);
    return this.answers.shift()!;
  }

  async packet(channel: number, count = 1): Promise<Packet[]> {
    const of = () => this.packets.filter((one) => one.channel === channel);
    await this.until(() => of().length >= count);
    return of();
  }

  async until(met: () => boolean): Promise<void> {
    while (!met()) {
      if (this.closed) throw new Error('the connection was closed');
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  async end(): Promise<void> {
    if (!this.closed) await once(this.socket, 'close');
  }

  /** One request; with a user set, a challenge is answered once. */
  async ask(method: string, url: string, headers: Record<string, string> = {}, body = ''): Promise<Answer> {
    const send = () => {
      const signed = this.user && this.challenge ? { Authorization: this.sign(method, url) } : {};
      const all = { CSeq: String(++this.cseq), ...signed, ...headers };
      const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
      const length = body ? `Content-Length: ${Buffer.byteLength(body)}\r\n` : '';
      this.write(`${method} ${url} RTSP/1.0\r\n${lines.join('')}${length}\r\n${body}`);
      return this.next();
    };
    const answer = await send();
    if (answer.status !== 401 || !this.user) return answer;
    this.challenge = answer.lines.find((line) => /^www-authenticate:\s*digest/i.test(line)) ?? '';
    return send();
  }

  /** An Authorization header by the last challenge. */
  sign(method: string, url: string): string {
    const { username, password } = this.user!;
    const value = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(this.challenge)?.[1] ?? '';
    const [realm, nonce] = [value('realm'), value('nonce')];
    const response = md5(`${md5(`${username}:${realm}:${password}`)}:${nonce}:${md5(`${method}:${url}`)}`);
    return `Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="${url}", response="${response}"`;
  }

  private read(): void {
    for (;;) {
      if (this.pending[0] === 0x24) {
        if (this.pending.length < 4 || this.pending.length < 4 + this.pending.readUInt16BE(2)) return;
        const end = 4 + this.pending.readUInt16BE(2);
        this.packets.push({ channel: this.pending[1]!, payload: this.pending.subarray(4, end) });
        this.order.push(`$${this.pending[1]}`);
        this.pending = this.pending.subarray(end);
        continue;
      }
      const end = this.pending.indexOf('\r\n\r\n');
      if (end < 0) return;
      const [first = '', ...lines] = this.pending.toString('latin1', 0, end).split('\r\n');
      const headers = Object.fromEntries(
        lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
      );
      const bodyEnd = end + 4 + Number(headers['content-length'] ?? 0);
      if (this.pending.length < bodyEnd) return;
      const status = Number(/^RTSP\/1\.0 (\d{3}) /.exec(first)?.[1]);
      this.answers.push({ status, headers, lines, body: this.pending.toString('utf8', end + 4, bodyEnd) });
      this.order.push(String(status));
      this.pending = this.pending.subarray(bodyEnd);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.end();
  }
}

/** What the header of an RTP packet says. */
export const rtpHeader = (packet: Buffer) => ({
  marker: (packet[1]! & 0x80) !== 0,
  payloadType: packet[1]! & 0x7f,
  sequence: packet.readUInt16BE(2),
  timestamp: packet.readUInt32BE(4),
  ssrc: packet.readUInt32BE(8),
  payload: packet.subarray(12),
});

/** NAL units of one H.264 payload stream in order (RFC 6184: single, STAP-A, FU-A). */
export function nalsOf(payloads: Buffer[]): Buffer[] {
  const nals: Buffer[] = [];
  let open: Buffer[] = [];
  for (const payload of payloads) {
    const type = payload[0]! & 0x1f;
    if (type === 24) {
      for (let at = 1; at < payload.length; ) {
        const size = payload.readUInt16BE(at);
        nals.push(payload.subarray(at + 2, at + 2 + size));
        at += 2 + size;
      }
    } else if (type === 28) {
      if (payload[1]! & 0x80) open = [Buffer.from([(payload[0]! & 0xe0) | (payload[1]! & 0x1f)])];
      open.push(payload.subarray(2));
      if (payload[1]! & 0x40) nals.push(Buffer.concat(open));
    } else nals.push(payload);
  }
  return nals;
}
