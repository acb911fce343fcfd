import { type Xml, xml } from '../../core/soap/xml.ts';
import type { Camera, MediaProfileState } from '../camera.ts';
import { type Arguments, invalidValue } from '../onvif/arguments.ts';
import type { Behavior, Operation } from '../onvif/behavior.ts';
import { outputKinds } from '../onvif/media/audio-output.ts';
import {
  type ConfigurationKind,
  configurationMarkup,
  needConfiguration,
  setConfiguration,
} from '../onvif/media/kind.ts';
import { configurationKinds, kindOfType } from '../onvif/media/kinds.ts';
import {
  addConfiguration,
  createProfile,
  deleteProfile,
  needProfile,
  profileChanged,
  removeConfiguration,
} from '../onvif/media/profiles.ts';
import { encodingsOf } from '../onvif/media/video-encoder.ts';
import { needSource, snapshotUri, streamUri, synchronize } from './media.ts';
import { onlyWith, optionTokens } from './media-configurations.ts';
import { media2Service } from './media2-service.ts';

/** Media2 (Profile T): profiles made of references, one set of operations for all kinds of configuration. */
export const media2: Behavior = {
  name: 'media2',
  service: media2Service,
  operations: {
    GetProfiles(camera, args) {
      const token = args.optionalText('Token');
      const types = args.texts('Type');
      const profiles = token ? [needProfile(camera, token)] : camera.state.mediaProfiles;
      return xml`${profiles.map((profile) => profileMarkup(camera, profile, types))}`;
    },

    CreateProfile(camera, args) {
      const name = args.text('Name');
      const references = referencesOf(camera, args);
      // On a draft first: a conflict must not leave half a profile.
      addAll({ token: '', name, fixed: false }, references);
      const profile = createProfile(camera, name);
      addAll(profile, references);
      profileChanged(camera, profile.token);
      return xml`<tr2:Token>${profile.token}</tr2:Token>`;
    },

    AddConfiguration(camera, args) {
      const profile = needProfile(camera, args.text('ProfileToken'));
      const name = args.optionalText('Name');
      const draft = { ...profile };
      addAll(draft, referencesOf(camera, args));
      Object.assign(profile, draft, name ? { name } : {});
      profileChanged(camera, profile.token);
      return undefined;
    },

    RemoveConfiguration(camera, args) {
      const profile = needProfile(camera, args.text('ProfileToken'));
      const types = args.parts('Configuration').map((part) => part.text('Type'));
      if (types.length === 0) throw invalidValue('Configuration is missing');
      const all = types.includes('All');
      const gone = configurationKinds.filter((kind) => all || types.includes(kind.type));
      const draft = { ...profile };
      // Encoders before the sources they need.
      for (const kind of gone.toReversed()) removeConfiguration(draft, kind);
      for (const kind of gone) delete profile[kind.slot];
      profileChanged(camera, profile.token);
      return undefined;
    },

    DeleteProfile(camera, args) {
      deleteProfile(camera, args.text('Token'));
      return undefined;
    },

    GetVideoEncoderInstances(camera, args) {
      needSource(camera, args.text('ConfigurationToken'));
      const { streams } = camera.profile;
      const encodings = [...new Set(streams.flatMap(encodingsOf))];
      return xml`<tr2:Info>${encodings.map((encoding) => xml`<tr2:Codec><tr2:Encoding>${encoding}</tr2:Encoding><tr2:Number>${streams.filter((stream) => encodingsOf(stream).includes(encoding)).length}</tr2:Number></tr2:Codec>`)}<tr2:Total>${streams.length}</tr2:Total></tr2:Info>`;
    },

    GetStreamUri(camera, args, call) {
      const protocol = args.text('Protocol');
      const token = args.text('ProfileToken');
      if (!['RtspUnicast', 'RTSP', 'RtspOverHttp'].includes(protocol)) {
        throw invalidValue(`${protocol} is not offered`, 'ter:InvalidStreamSetup');
      }
      return xml`<tr2:Uri>${streamUri(camera, token, call, protocol === 'RtspOverHttp')}</tr2:Uri>`;
    },

    GetSnapshotUri: (camera, args, call) =>
      xml`<tr2:Uri>${snapshotUri(camera, args.text('ProfileToken'), call)}</tr2:Uri>`,

    SetSynchronizationPoint(camera, args) {
      synchronize(camera, args.text('ProfileToken'));
      return undefined;
    },

    ...(Object.assign(
      {},
      ...configurationKinds
        .filter(({ type }) => type !== 'PTZ')
        .map((kind) => {
          const operations = configurationOperations(kind);
          return outputKinds.includes(kind) ? onlyWith(kind, operations) : operations;
        }),
    ) as Record<string, Operation>),
  },
};

/** Get<kind>Configurations, Set<kind>Configuration and their options (Media2 §5.3). */
function configurationOperations(kind: ConfigurationKind): Record<string, Operation> {
  const { type } = kind;
  return {
    [`Get${type}Configurations`](camera, args) {
      const token = args.optionalText('ConfigurationToken');
      const profile = args.optionalText('ProfileToken');
      if (profile) needProfile(camera, profile);
      const tokens = token ? [needConfiguration(kind, camera, token)] : kind.tokens(camera);
      return xml`${tokens.map((one) => configurationMarkup(kind, camera, one, 2, 'tr2:Configurations'))}`;
    },
    // Rules and modules of analytics are set by their own service.
    ...(type === 'Analytics'
      ? {}
      : {
          [`Set${type}Configuration`]: ((camera, args) => {
            setConfiguration(kind, camera, args.part('Configuration'), 2);
            return undefined;
          }) satisfies Operation,
        }),
    ...(kind.options
      ? {
          [`Get${type}ConfigurationOptions`]: ((camera, args) => {
            const tokens = optionTokens(kind, camera, args, [...kind.tokens(camera)]);
            if (tokens.length === 0) throw invalidValue(`this model has no ${type} configuration`, 'ter:NoConfig');
            return kind.options!(camera, tokens, 2, 'tr2:Options');
          }) satisfies Operation,
        }
      : {}),
  };
}

interface Reference {
  kind: ConfigurationKind;
  token: string;
}

/** The wanted configurations; without a token any that fits will do. */
function referencesOf(camera: Camera, args: Arguments): Reference[] {
  return args.parts('Configuration').flatMap((part): Reference[] => {
    const type = part.text('Type');
    const wanted = part.optionalText('Token');
    if (type === 'All') return [];
    const kind = kindOfType(type);
    if (!kind) throw invalidValue(`there are no ${type} configurations`, 'ter:NoConfig');
    const token = wanted ? needConfiguration(kind, camera, wanted) : kind.tokens(camera)[0];
    if (token === undefined) throw invalidValue(`this model has no ${type} configuration`, 'ter:NoConfig');
    return [{ kind, token }];
  });
}

/** Add in the order of the kinds, whatever order the request has: sources come before their encoders. */
function addAll(profile: MediaProfileState, references: Reference[]) {
  for (const kind of configurationKinds) {
    const reference = references.findLast((one) => one.kind === kind);
    if (reference) addConfiguration(profile, kind, reference.token);
  }
}

/** Order of the kinds in tr2:ConfigurationSet. */
const setOrder = [
  'VideoSource',
  'AudioSource',
  'VideoEncoder',
  'AudioEncoder',
  'Analytics',
  'PTZ',
  'Metadata',
  'AudioOutput',
  'AudioDecoder',
];

function profileMarkup(camera: Camera, profile: MediaProfileState, types: string[]): Xml {
  const all = types.includes('All');
  const configurations = setOrder.map((type) => {
    const kind = kindOfType(type)!;
    const token = profile[kind.slot];
    if (token === undefined || !(all || types.includes(type))) return undefined;
    return configurationMarkup(kind, camera, token, 2, `tr2:${type}`);
  });
  return xml`<tr2:Profiles token="${profile.token}" fixed="${String(profile.fixed)}"><tr2:Name>${profile.name}</tr2:Name>${types.length > 0 && xml`<tr2:Configurations>${configurations}</tr2:Configurations>`}</tr2:Profiles>`;
}
