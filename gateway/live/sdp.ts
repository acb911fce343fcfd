/** The H.264 track of a session description: what a viewer needs before the first packet. */
export interface VideoTrack {
  payloadType: number;
  /** As the description gives it: absolute, or relative to the base. */
  control: string;
  /** Parameter sets, where they are told; others come in the stream. */
  sps?: Buffer;
  pps?: Buffer;
}

/** The first H.264 track (RFC 4566; RFC 6184 §8.2.1), or undefined: another codec, or none. */
export function parseVideoTrack(text: string): VideoTrack | undefined {
  const sections = text.split(/\r?\n(?=m=)/).slice(1, 33);
  for (const section of sections) {
    const lines = section.split(/\r?\n/);
    const payloadType = Number(/^m=video \d+ RTP\/S?AVP (\d{1,3})/.exec(lines[0] ?? '')?.[1] ?? Number.NaN);
    if (Number.isNaN(payloadType)) continue;
    const attribute = (name: string) =>
      lines.find((line) => line.startsWith(`a=${name}:`))?.slice(name.length + 3) ?? '';
    const map = lines.find((line) => line.startsWith(`a=rtpmap:${payloadType} `)) ?? '';
    if (!/ H264\/90000/i.test(map)) continue;
    const sets = /sprop-parameter-sets=([A-Za-z0-9+/=]{1,4096}),([A-Za-z0-9+/=]{1,4096})/.exec(attribute('fmtp'));
    return {
      payloadType,
      control: attribute('control').trim(),
      ...(sets ? { sps: Buffer.from(sets[1]!, 'base64'), pps: Buffer.from(sets[2]!, 'base64') } : {}),
    };
  }
  return undefined;
}
