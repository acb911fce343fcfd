/** One message as it crossed the wire, as far as it was text. */
export interface WireMessage {
  /** Request line or status line; empty for protocols that have none. */
  start: string;
  /** Names and values in turn, as `rawHeaders` of an HTTP request. */
  headers?: readonly string[];
  body?: string;
}

/** What a camera was sent, and what it answered. */
export interface WireText {
  request?: WireMessage;
  answer?: WireMessage;
}

/** The texts behind the entries of all timelines of a fleet, within one budget: the oldest go first. */
export interface WireTexts {
  keep(entry: object, text: WireText): void;
  /** Undefined when there was none, or it had to make room. */
  of(entry: object): WireText | undefined;
}

/** Enough for the last some thousand exchanges of a fleet, and nothing against what a process takes. */
export const wireTextBytes = 8 * 1024 * 1024;
/** A longer body is not kept: one of them would push out everything else. */
const longestBody = 256 * 1024;
/** What an entry costs beside its bodies: headers, objects. */
const entryBytes = 700;

export function createWireTexts(mostBytes = wireTextBytes): WireTexts {
  // `kept` holds the entries anyway; a WeakMap of thousands would only make each garbage collection dearer.
  const texts = new Map<object, WireText>();
  let kept: { entry: object; bytes: number }[] = [];
  let first = 0;
  let bytes = 0;
  return {
    keep(entry, text) {
      const size = entryBytes + sizeOf(text.request) + sizeOf(text.answer);
      texts.set(entry, text);
      kept.push({ entry, bytes: size });
      bytes += size;
      while (bytes > mostBytes) {
        const oldest = kept[first++]!;
        bytes -= oldest.bytes;
        texts.delete(oldest.entry);
      }
      if (first > 1024 && first > kept.length / 2) {
        kept = kept.slice(first);
        first = 0;
      }
    },
    of: (entry) => texts.get(entry),
  };
}

function sizeOf(message: WireMessage | undefined): number {
  if (message?.body === undefined) return 0;
  if (message.body.length > longestBody) message.body = `(${message.body.length} characters, not kept)`;
  return message.body.length;
}

/** A message as a person reads it; secrets are left in, see `redactWire`. */
export function formatWireMessage({ start, headers = [], body }: WireMessage): string {
  const lines = start === '' ? [] : [start];
  for (let at = 0; at + 1 < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`);
  const head = lines.join('\n');
  if (body === undefined || body === '') return head;
  return head === '' ? body : `${head}\n\n${body}`;
}
