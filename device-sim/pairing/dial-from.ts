import type { Camera } from '../camera.ts';

/**
 * The local address a camera's own connections leave from: its own where it has one, so that its peers see it. The
 * usual loopback address and "every address" leave the choice to the system, which knows the way to the peer.
 */
export const dialFrom = ({ address: { host } }: Camera): string | undefined =>
  ['127.0.0.1', '::1', 'localhost', '0.0.0.0', '::'].includes(host) ? undefined : host;
