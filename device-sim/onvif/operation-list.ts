import type { Camera } from '../camera.ts';
import type { OperationTable } from './behavior.ts';
import { type OnvifProfile, onvifProfiles, profileOperations } from './profile-operations.ts';
import { conformance } from './scopes.ts';

/** What a camera does over ONVIF, made from the table that its requests are answered by. */
export interface OperationList {
  type: 'operations';
  /** Name of the simulator's profile. */
  model: string;
  total: number;
  services: { name: string; prefix: string; version: string; operations: { name: string; access: string }[] }[];
  profiles: {
    profile: OnvifProfile;
    /** Does the model name it in its scopes? */
    claimed: boolean;
    mandatory: number;
    conditional: number;
    /** What the profile asks of every device and this one lacks; only a claim makes that a fault. */
    missing: string[];
    /** Functions this one has not. */
    without: string[];
  }[];
}

/** `prefix:Name` of all that a camera's table holds for the services it offers. */
export function operationsOf(camera: Camera, table: OperationTable): OperationList {
  const services = table.services
    .filter((service) => service.offered(camera))
    .map((service) => ({
      name: service.name,
      prefix: service.prefix,
      version: service.version.join('.'),
      operations: Object.entries(service.access)
        .filter(([key]) => table.has(service, key))
        .map(([name, access]) => ({ name, access })),
    }));
  const done = new Set(
    services.flatMap(({ prefix, operations }) =>
      operations.map(({ name }) => (name.includes(':') ? name : `${prefix}:${name}`)),
    ),
  );
  const claimed = conformance(camera);
  return {
    type: 'operations',
    model: camera.profile.name,
    total: done.size,
    services,
    profiles: onvifProfiles.map((profile) => {
      const { mandatory, conditional } = profileOperations[profile];
      return {
        profile,
        claimed: claimed.includes(profile === 'S' ? 'Streaming' : profile),
        mandatory: mandatory.filter((name) => done.has(name)).length,
        conditional: conditional.filter((name) => done.has(name)).length,
        missing: mandatory.filter((name) => !done.has(name)),
        without: conditional.filter((name) => !done.has(name)),
      };
    }),
  };
}

/** The list for a person: every operation, then the counts. */
export function formatOperations({ model, total, services, profiles }: OperationList): string {
  const count = (n: number, all: number) => `${n} of ${all}`;
  return [
    ...services.flatMap(({ name, prefix, version, operations }) => [
      `${name} (${prefix}, ${version}): ${operations.length}`,
      ...operations.map((operation) => `  ${operation.name.padEnd(44)}${operation.access}`),
      '',
    ]),
    `${model}: ${total} operations: ${services.map(({ name, operations }) => `${name} ${operations.length}`).join(', ')}`,
    ...profiles.map(({ profile, claimed, mandatory, conditional, missing, without }) =>
      [
        `Profile ${profile}${claimed ? '' : ' (not claimed)'}: mandatory ${count(mandatory, mandatory + missing.length)}`,
        `conditional ${count(conditional, conditional + without.length)}`,
        ...(missing.length > 0 ? [`missing ${missing.join(' ')}`] : []),
        ...(without.length > 0 ? [`without ${without.join(' ')}`] : []),
      ].join('; '),
    ),
  ].join('\n');
}
