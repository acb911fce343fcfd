import type { SetTrack } from './session.ts';

/** A transport that was agreed on: the way of the packets, and what the answer says of it. */
export interface TakenOffer {
  way: Pick<SetTrack, 'viewer' | 'channels' | 'reportsFrom' | 'packetsFrom'>;
  header: string;
}

export const formatSsrc = (ssrc: number) => ssrc.toString(16).padStart(8, '0').toUpperCase();
