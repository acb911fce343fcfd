/** What a recorder calls a thing seen by one of its channels: `motion-3`; channel 0 is a camera's own lens. */
export const kindAt = (kind: string, channel: number): string => (channel === 0 ? kind : `${kind}-${channel}`);

/** The thing and the channel a kind names. */
export function channelOfKind(kind: string): { kind: string; channel: number } {
  const match = /^(.*)-(\d+)$/.exec(kind);
  return match ? { kind: match[1]!, channel: Number(match[2]) } : { kind, channel: 0 };
}
