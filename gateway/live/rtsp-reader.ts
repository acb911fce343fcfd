/** A response of the camera. */
export interface RtspAnswer {
  status: number;
  /** Names in lower case; a header that stands twice has both values, in order. */
  headers: Map<string, string[]>;
  body: string;
}

const longestHeadBytes = 16 * 1024;
const longestBodyBytes = 64 * 1024;

/**
 * What comes on an RTSP connection, taken apart: responses, and packets interleaved with them (RFC 2326 §10.12).
 * `push` throws when it is neither.
 */
export function createRtspReader(handlers: {
  onAnswer(answer: RtspAnswer): void;
  onPacket(channel: number, packet: Buffer): void;
}) {
  let pending: Buffer = Buffer.alloc(0);
  return {
    push(chunk: Buffer) {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      for (;;) {
        if (pending[0] === 0x24) {
          if (pending.length < 4) return;
          const end = 4 + pending.readUInt16BE(2);
          if (pending.length < end) return;
          handlers.onPacket(pending[1]!, pending.subarray(4, end));
          pending = pending.subarray(end);
          continue;
        }
        if (pending.length === 0) return;
        const headEnd = pending.indexOf('\r\n\r\n');
        if (headEnd < 0) {
          if (pending.length > longestHeadBytes) throw new Error('the camera answers without end');
          return;
        }
        const [first = '', ...lines] = pending.toString('latin1', 0, headEnd).split('\r\n');
        const headers = new Map<string, string[]>();
        for (const line of lines) {
          const colon = line.indexOf(':');
          const name = line.slice(0, colon).trim().toLowerCase();
          headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()]);
        }
        const length = Number(headers.get('content-length')?.[0] ?? 0);
        if (!(length >= 0 && length <= longestBodyBytes)) throw new Error('the camera answers without end');
        const end = headEnd + 4 + length;
        if (pending.length < end) return;
        const body = pending.toString('utf8', headEnd + 4, end);
        pending = pending.subarray(end);
        // A request of the camera to us needs no answer to go on.
        const status = /^RTSP\/1\.\d (\d{3})/.exec(first)?.[1];
        if (status) handlers.onAnswer({ status: Number(status), headers, body });
        else if (!/^[A-Z_]+ \S+ RTSP\/1\.\d$/.test(first)) throw new Error('this is not RTSP');
      }
    },
  };
}
