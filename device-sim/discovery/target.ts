import { deviceType, type Target, transmitterType } from '../../core/onvif/discovery.ts';
import { urlHost } from '../../core/runtime/listen.ts';
import type { Camera } from '../camera.ts';
import { allScopes } from '../onvif/scopes.ts';

/** Types in the order in which an InSight S445 was seen to send them. */
const types = [transmitterType, deviceType];

/** What a camera says of itself; `here` is its address where it listens on all of them. */
export function targetOf(camera: Camera, here: () => string): Target {
  const { host, ports } = camera.address;
  const reachable = host === '0.0.0.0' || host === '::' ? here() : host;
  return {
    address: endpointOf(camera),
    types,
    scopes: allScopes(camera),
    xAddrs: [`http://${urlHost(reachable)}:${ports.http}${camera.profile.servicePaths.device}`],
    metadataVersion: camera.state.metadataVersion,
  };
}

export const endpointOf = (camera: Camera) => `urn:uuid:${camera.identity.uuid}`;
