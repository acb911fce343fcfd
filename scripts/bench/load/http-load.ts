import { connect, type Socket } from 'node:net';

export interface HttpLoad {
  port: number;
  path: string;
  /** Another body each time, for tokens that serve once. */
  body(): string;
  requests: number;
  /** Connections, each with one request on its way. */
  connections: number;
}

/** Keep so many connections busy until all requests are answered; any status but 200 is an error. */
export async function postMany({
  port,
  path,
  body,
  requests,
  connections,
}: HttpLoad): Promise<{ answerBytes: number }> {
  let left = requests;
  let answerBytes = 0;
  const head = (length: number) =>
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/soap+xml; charset=utf-8\r\nContent-Length: ${length}\r\n\r\n`;
  await Promise.all(
    Array.from({ length: Math.min(connections, requests) }, () =>
      overOne(port, {
        next() {
          if (left === 0) return undefined;
          left -= 1;
          const text = body();
          return head(Buffer.byteLength(text)) + text;
        },
        answered(bytes) {
          answerBytes = bytes;
        },
      }),
    ),
  );
  return { answerBytes };
}

interface Talk {
  /** The next request, or that there is none. */
  next(): string | undefined;
  answered(bodyBytes: number): void;
}

function overOne(port: number, talk: Talk): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let pending = '';
    const go = () => {
      const request = talk.next();
      if (request === undefined) {
        socket.end();
        resolve();
      } else socket.write(request);
    };
    socket.setEncoding('latin1');
    socket.on('connect', go);
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the server closed the connection')));
    socket.on('data', (chunk: string) => {
      pending = pending === '' ? chunk : pending + chunk;
      const end = pending.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(pending.slice(0, end))?.[1] ?? 0);
      if (pending.length < end + 4 + length) return;
      if (!pending.startsWith('HTTP/1.1 200')) {
        socket.destroy();
        return reject(new Error(`answered ${pending.slice(0, 12)}: ${pending.slice(end + 4, end + 400)}`));
      }
      pending = '';
      talk.answered(length);
      go();
    });
  });
}
