import type { Camera } from '../camera.ts';
import { dashedMac } from '../identity.ts';

const onvif = 'onvif://www.onvif.org';
const word = (text: string) => encodeURIComponent(text.trim().replace(/\s+/g, '-'));

/** Profiles the model claims: those of its maker's units where seen, else what the behaviours cover. */
export const conformance = ({ profile }: Camera): readonly string[] => [
  ...(profile.onvifProfiles ?? ['Streaming', 'T']),
  ...(profile.storage ? ['G'] : []),
];

/** Scopes nobody can take away: they follow from model, identity and state (Core §7.3.2.2). */
export function fixedScopes(camera: Camera): string[] {
  const { profile, identity, state, address } = camera;
  const model = word(profile.marketName);
  const phase = state.pairing ? 'paired' : state.initialized ? 'initialized' : 'uninitialized';
  return [
    `${onvif}/type/NetworkVideoTransmitter`,
    ...conformance(camera).map((name) => `${onvif}/Profile/${name}`),
    `${onvif}/name/${model}`,
    `${onvif}/hardware/${model}`,
    `${onvif}/MacAddress/${identity.mac}`,
    `${onvif}/SerialNumber/${identity.serial}`,
    ...(profile.discoveryScopes ?? []).map((scope) =>
      scope.replace('{mac}', dashedMac(identity.mac)).replace('{https}', String(address.ports.https)),
    ),
    // Ours: what a configuration tool needs to know before it can sign in.
    `${onvif}/vigil/state/${phase}`,
    `${onvif}/vigil/https/${address.ports.https}`,
  ];
}

/** All scopes, the fixed ones first. */
export const allScopes = (camera: Camera): string[] => [...fixedScopes(camera), ...camera.state.scopes];

/** How many scopes may be configured. */
export const maxConfigurableScopes = 32;
