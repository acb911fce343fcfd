import type { Clock } from '../../core/runtime/clock.ts';
import type { LiveOutput } from './live-track.ts';

/** G.711 A-law (ITU-T G.711): 8000 samples a second, a byte each. RTP payload type 8 (RFC 3551). */
export const sampleRate = 8000;
export const pcmaPayloadType = 8;
const packetMs = 40;
const packetSamples = (sampleRate * packetMs) / 1000;
/** Packets that a stalled process may send at once; what is older is lost, as with a real microphone. */
const latestPackets = 10;

/** One 16-bit sample as A-law. */
export function encodeAlaw(sample: number): number {
  const sign = sample >= 0 ? 0x80 : 0;
  const size = Math.min(4095, (sample >= 0 ? sample : -sample - 1) >> 3);
  const exponent = size < 32 ? 0 : 27 - Math.clz32(size);
  const mantissa = exponent === 0 ? size >> 1 : size >> exponent;
  return (sign | (exponent << 4) | (mantissa & 0x0f)) ^ 0x55;
}

/** One A-law byte as a 16-bit sample. */
export function decodeAlaw(byte: number): number {
  const code = byte ^ 0x55;
  const exponent = (code >> 4) & 7;
  const mantissa = code & 0x0f;
  const size = exponent === 0 ? (mantissa << 4) + 8 : ((mantissa << 4) + 0x108) << (exponent - 1);
  return code & 0x80 ? size : -size;
}

/** What the microphone hears in a second: a soft pip at its start, like a time signal, over a quiet hum. */
export function pipSecond(): Buffer {
  const pipSamples = sampleRate / 8;
  return Buffer.from(
    Array.from({ length: sampleRate }, (_, i) => {
      const hum = 60 * Math.sin((2 * Math.PI * 100 * i) / sampleRate);
      const fade = i < pipSamples ? Math.sin((Math.PI * i) / pipSamples) ** 2 : 0;
      return encodeAlaw(Math.round(hum + 5000 * fade * Math.sin((2 * Math.PI * 880 * i) / sampleRate)));
    }),
  );
}

/** Send sound in packets as they fall due; the pip comes with the camera's full seconds. */
export function startSound(output: LiveOutput, clock: Clock, cameraNow: () => number): Disposable {
  const stop = new AbortController();
  const second = pipSecond();
  const loop = Buffer.concat([second, second.subarray(0, packetSamples)]);
  (async () => {
    for (let dueAt = clock.now(); ; dueAt += packetMs) {
      const lateMs = clock.now() - dueAt;
      if (Math.abs(lateMs) > latestPackets * packetMs) dueAt = clock.now();
      const from = Math.floor((((cameraNow() % 1000) + 1000) % 1000) * (sampleRate / 1000));
      output.send(loop.subarray(from, from + packetSamples), dueAt, false);
      await clock.sleep(Math.max(0, dueAt + packetMs - clock.now()), stop.signal);
    }
  })().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  return { [Symbol.dispose]: () => stop.abort() };
}
