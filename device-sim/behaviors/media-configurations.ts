import { SoapFault } from '../../core/soap/fault.ts';
import { xml } from '../../core/soap/xml.ts';
import type { Camera } from '../camera.ts';
import { type Arguments, invalidValue } from '../onvif/arguments.ts';
import type { Behavior, Operation } from '../onvif/behavior.ts';
import {
  type ConfigurationKind,
  configurationMarkup,
  needConfiguration,
  setConfiguration,
} from '../onvif/media/kind.ts';
import { configurationKinds } from '../onvif/media/kinds.ts';
import { addConfiguration, needProfile, profileChanged, removeConfiguration } from '../onvif/media/profiles.ts';
import { mediaService } from './media-service.ts';

/** Name of a kind in the operations of Media (ver10). */
const legacyName = ({ type }: ConfigurationKind) => (type === 'Analytics' ? 'VideoAnalytics' : type);

const shownTokens = (kind: ConfigurationKind, camera: Camera) =>
  kind.tokens(camera).filter((token) => kind.shown?.(camera, token, 1) !== false);

/** Get, Add, Remove, Set, compatible and options: the same for every kind (Media §5.3 to §5.10). */
function operationsOf(kind: ConfigurationKind): Record<string, Operation> {
  const name = legacyName(kind);
  const all = (camera: Camera) =>
    xml`${shownTokens(kind, camera).map((token) => configurationMarkup(kind, camera, token, 1, 'trt:Configurations'))}`;

  const membership: Record<string, Operation> = {
    [`Add${name}Configuration`](camera, args) {
      const profile = needProfile(camera, args.text('ProfileToken'));
      const token = needConfiguration(kind, camera, args.text('ConfigurationToken'));
      addConfiguration(profile, kind, token);
      profileChanged(camera, profile.token);
      return undefined;
    },
    [`Remove${name}Configuration`](camera, args) {
      const profile = needProfile(camera, args.text('ProfileToken'));
      // What is not there is gone already (Media §5.2.13).
      if (profile[kind.slot] === undefined) return undefined;
      removeConfiguration(profile, kind);
      profileChanged(camera, profile.token);
      return undefined;
    },
  };
  if (kind.type === 'PTZ') return membership;

  return {
    ...membership,
    [`Get${name}Configurations`]: all,
    [`GetCompatible${name}Configurations`](camera, args) {
      needProfile(camera, args.text('ProfileToken'));
      return all(camera);
    },
    [`Get${name}Configuration`](camera, args) {
      const token = needConfiguration(kind, camera, args.text('ConfigurationToken'));
      if (!shownTokens(kind, camera).includes(token))
        throw invalidValue(`"${token}" is beyond this service: see Media2`, 'ter:NoConfig');
      return configurationMarkup(kind, camera, token, 1, 'trt:Configuration');
    },
    [`Set${name}Configuration`](camera, args) {
      setConfiguration(kind, camera, args.part('Configuration'), 1);
      return undefined;
    },
    ...(kind.options ? { [`Get${name}ConfigurationOptions`]: optionsOperation(kind) } : {}),
  };
}

function optionsOperation(kind: ConfigurationKind): Operation {
  return (camera, args) =>
    kind.options!(camera, optionTokens(kind, camera, args, shownTokens(kind, camera)), 1, 'trt:Options');
}

/** Which configurations options are asked of: one, those of a profile, or all. */
export function optionTokens(kind: ConfigurationKind, camera: Camera, args: Arguments, all: string[]): string[] {
  const token = args.optionalText('ConfigurationToken');
  const profileToken = args.optionalText('ProfileToken');
  const profile = profileToken ? needProfile(camera, profileToken) : undefined;
  if (token) return [needConfiguration(kind, camera, token)];
  const own = profile?.[kind.slot];
  return own === undefined ? all : [own];
}

const absent: Partial<Record<ConfigurationKind['type'], string>> = {
  AudioSource: 'ter:AudioNotSupported',
  AudioEncoder: 'ter:AudioNotSupported',
  AudioOutput: 'ter:AudioOutputNotSupported',
  AudioDecoder: 'ter:AudioDecodingNotSupported',
  PTZ: 'ter:PTZNotSupported',
};

/** Operations of a kind that some models have nothing of: those say so. */
export function onlyWith(kind: ConfigurationKind, operations: Record<string, Operation>): Record<string, Operation> {
  const subcode = absent[kind.type];
  if (subcode === undefined) return operations;
  return Object.fromEntries(
    Object.entries(operations).map(([name, operation]): [string, Operation] => [
      name,
      (camera, args, call) => {
        if (kind.tokens(camera).length > 0) return operation(camera, args, call);
        throw new SoapFault(['ter:ActionNotSupported', subcode], `this model has no ${kind.type} configuration`);
      },
    ]),
  );
}

export const mediaConfigurations: Behavior = {
  name: 'media-configurations',
  service: mediaService,
  operations: Object.assign({}, ...configurationKinds.map((kind) => onlyWith(kind, operationsOf(kind)))) as Record<
    string,
    Operation
  >,
};
