import { sampleRate } from './audio.ts';

/** Seconds of talk that are kept. */
const keptSeconds = 30;
const rtpHeaderBytes = 12;

/** What was said to a camera by the audio back channel: what a test or a person can listen to afterwards. */
export interface TalkSink {
  /** One RTP packet. Anything but A-law is left out. */
  packet(rtp: Buffer): void;
  /** Packets and bytes of sound so far. */
  readonly packets: number;
  readonly bytes: number;
  /** The latest thirty seconds, A-law. */
  heard(): Buffer;
}

export function createTalkSink(payloadType: number): TalkSink {
  const kept: Buffer[] = [];
  let keptBytes = 0;
  let packets = 0;
  let bytes = 0;
  return {
    packet(rtp) {
      if (rtp.length <= rtpHeaderBytes || rtp[0]! >> 6 !== 2 || (rtp[1]! & 0x7f) !== payloadType) return;
      const skip = rtpHeaderBytes + 4 * (rtp[0]! & 0x0f);
      const padding = rtp[0]! & 0x20 ? rtp.at(-1)! : 0;
      // A header extension is nobody's sound.
      const extension = rtp[0]! & 0x10 && rtp.length >= skip + 4 ? 4 + 4 * rtp.readUInt16BE(skip + 2) : 0;
      const sound = Buffer.from(rtp.subarray(skip + extension, Math.max(0, rtp.length - padding)));
      if (sound.length === 0) return;
      packets++;
      bytes += sound.length;
      kept.push(sound);
      keptBytes += sound.length;
      while (keptBytes > keptSeconds * sampleRate) keptBytes -= kept.shift()!.length;
    },
    get packets() {
      return packets;
    },
    get bytes() {
      return bytes;
    },
    heard: () => Buffer.concat(kept),
  };
}
