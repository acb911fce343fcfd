import { isIPv6 } from 'node:net';
import type { VideoEncoderState } from '../camera.ts';
import { BitReader } from '../video/clip/bit-reader.ts';
import { parameterSetsOf } from '../video/drawn-stream.ts';
import { h264 } from '../video/h264/codec.ts';
import { h265 } from '../video/h265/codec.ts';
import { jpegPayloadType } from './rtp-jpeg.ts';

/** One `m=` section. */
export interface SdpMedia {
  /** `video 0 RTP/AVP 96` */
  media: string;
  /** Attributes and bandwidth, whole lines. */
  lines: string[];
  /** Relative control URL. */
  control: string;
}

export interface SdpSession {
  host: string;
  name: string;
  sessionId: number;
  media: SdpMedia[];
  /** `npt=now-` when absent. */
  range?: string;
}

/** Session description of a stream, live unless a range says otherwise (RFC 4566; RFC 2326 appendix C). */
export function formatSdp({ host, name, sessionId, media, range = 'npt=now-' }: SdpSession): string {
  const family = isIPv6(host) ? 'IP6' : 'IP4';
  const lines = [
    'v=0',
    `o=- ${sessionId} 1 IN ${family} ${host}`,
    `s=${name.replace(/[\r\n]/g, ' ')}`,
    `c=IN ${family} ${family === 'IP6' ? '::' : '0.0.0.0'}`,
    't=0 0',
    'a=control:*',
    `a=range:${range}`,
    ...media.flatMap((one) => [`m=${one.media}`, ...one.lines, `a=control:${one.control}`]),
  ];
  return `${lines.join('\r\n')}\r\n`;
}

/** RFC 6184 §8.2.1: the parameter sets, so that a player knows the picture before it comes. */
export function describeH264(
  encoder: VideoEncoderState,
  payloadType: number,
  control: string,
  parameterSets = parameterSetsOf(h264, encoder),
): SdpMedia {
  const sps = parameterSets[0]!;
  const sets = parameterSets.map((one) => one.toString('base64')).join();
  return {
    media: `video 0 RTP/AVP ${payloadType}`,
    control,
    lines: [
      `b=AS:${encoder.bitrateKbps}`,
      `a=rtpmap:${payloadType} H264/90000`,
      `a=fmtp:${payloadType} packetization-mode=1;profile-level-id=${sps.toString('hex', 1, 4).toUpperCase()};` +
        `sprop-parameter-sets=${sets}`,
      `a=framerate:${encoder.fps}`,
      `a=framesize:${payloadType} ${encoder.width}-${encoder.height}`,
    ],
  };
}

/** RFC 7798 §7.1: profile, level and parameter sets. */
export function describeH265(
  encoder: VideoEncoderState,
  payloadType: number,
  control: string,
  parameterSets = parameterSetsOf(h265, encoder),
): SdpMedia {
  const setOf = (type: number) => parameterSets.find((one) => one[0]! >> 1 === type)!;
  const [vps, sps, pps] = [32, 33, 34].map((type) => setOf(type).toString('base64'));
  const [profile, level] = levelIn(setOf(33));
  return {
    media: `video 0 RTP/AVP ${payloadType}`,
    control,
    lines: [
      `b=AS:${encoder.bitrateKbps}`,
      `a=rtpmap:${payloadType} H265/90000`,
      `a=fmtp:${payloadType} profile-id=${profile};level-id=${level};sprop-vps=${vps};sprop-sps=${sps};sprop-pps=${pps}`,
      `a=framerate:${encoder.fps}`,
      `a=framesize:${payloadType} ${encoder.width}-${encoder.height}`,
    ],
  };
}

/** general_profile_idc and general_level_idc of an H.265 sequence parameter set (§7.3.3). */
function levelIn(sps: Buffer): [profile: number, level: number] {
  const bits = new BitReader(sps, 2);
  bits.skip(8 + 3);
  const profile = bits.u(5);
  bits.skip(32 + 48);
  return [profile, bits.u(8)];
}

/** RFC 2435: the payload says all; rate and size are told for those who like to know before. */
export const describeJpeg = (encoder: VideoEncoderState, control: string): SdpMedia => ({
  media: `video 0 RTP/AVP ${jpegPayloadType}`,
  control,
  lines: [
    `a=rtpmap:${jpegPayloadType} JPEG/90000`,
    `a=framerate:${encoder.fps}`,
    `a=framesize:${jpegPayloadType} ${encoder.width}-${encoder.height}`,
  ],
});
