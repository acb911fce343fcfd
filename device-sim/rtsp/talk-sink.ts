import { sampleRate } from './audio.ts';

/** Seconds of talk that are kept. */
const keptSeconds = 30;
const rtpHeaderBytes = 12;

/** What was said to a camera by the audio back channel: what a test or a person can listen to afterwards. */
export class TalkSink {
  /** Packets and bytes of sound so far. */
  packets = 0;
  bytes = 0;
  private readonly kept: Buffer[] = [];
  private keptBytes = 0;

  constructor(private readonly payloadType: number) {}

  /** One RTP packet. Anything but A-law is left out. */
  packet(rtp: Buffer) {
    if (rtp.length <= rtpHeaderBytes || rtp[0]! >> 6 !== 2 || (rtp[1]! & 0x7f) !== this.payloadType) return;
    const skip = rtpHeaderBytes + 4 * (rtp[0]! & 0x0f);
    const padding = rtp[0]! & 0x20 ? rtp.at(-1)! : 0;
    // A header extension is nobody's sound.
    const extension = rtp[0]! & 0x10 && rtp.length >= skip + 4 ? 4 + 4 * rtp.readUInt16BE(skip + 2) : 0;
    const sound = Buffer.from(rtp.subarray(skip + extension, Math.max(0, rtp.length - padding)));
    if (sound.length === 0) return;
    this.packets++;
    this.bytes += sound.length;
    this.kept.push(sound);
    this.keptBytes += sound.length;
    while (this.keptBytes > keptSeconds * sampleRate) this.keptBytes -= this.kept.shift()!.length;
  }

  /** The latest thirty seconds, A-law. */
  heard(): Buffer {
    return Buffer.concat(this.kept);
  }
}
