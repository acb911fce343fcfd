/** The Transport header (RFC 2326 §12.39): what a client offers, in its order of preference. */
export type TransportOffer =
  | { kind: 'interleaved'; channels?: [rtp: number, rtcp: number] }
  | { kind: 'udp'; ports: [rtp: number, rtcp: number]; destination?: string }
  | { kind: 'multicast' };

const pair = (text: string | undefined, highest: number): [number, number] | undefined => {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text ?? '');
  if (!match) return undefined;
  const [first, second] = [Number(match[1]), Number(match[2] ?? Number(match[1]) + 1)];
  return first <= highest && second <= highest ? [first, second] : undefined;
};

/** Offers that can be understood; others are left out. */
export function parseTransport(header: string): TransportOffer[] {
  return header.split(',').flatMap((spec): TransportOffer[] => {
    const [protocol = '', ...parameters] = spec.split(';').map((part) => part.trim());
    const values = new Map(
      parameters.map((parameter): [string, string] => {
        const [name = '', value = ''] = parameter.split('=', 2);
        return [name.toLowerCase(), value];
      }),
    );
    // Play is the only thing a camera does; a client that wants to record is at the wrong door.
    const mode = values.get('mode')?.replaceAll('"', '').toUpperCase();
    if (mode !== undefined && mode !== 'PLAY') return [];
    if (/^RTP\/AVP\/TCP$/i.test(protocol)) {
      const given = values.get('interleaved');
      if (given === undefined) return [{ kind: 'interleaved' }];
      const channels = pair(given, 255);
      return channels ? [{ kind: 'interleaved', channels }] : [];
    }
    if (!/^RTP\/AVP(\/UDP)?$/i.test(protocol)) return [];
    if (values.has('multicast')) return [{ kind: 'multicast' }];
    const ports = pair(values.get('client_port'), 65_535);
    const destination = values.get('destination');
    return ports && ports[0] > 0 ? [{ kind: 'udp', ports, ...(destination ? { destination } : {}) }] : [];
  });
}
