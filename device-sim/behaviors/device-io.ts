import { xml } from '../../core/soap/xml.ts';
import { invalidValue } from '../onvif/arguments.ts';
import { type Behavior, classified, type Service } from '../onvif/behavior.ts';
import { hasAudioOutput } from '../onvif/media/audio-output.ts';
import { videoInputs } from '../onvif/media/video-inputs.ts';
import { tokens } from '../state/new-state.ts';
import {
  createRelays,
  inputIdleStates,
  inputTokens,
  ioCounts,
  needRelay,
  obeyAuxiliary,
  relayDelaysMs,
  relayMarkup,
  relayTokens,
  setRelay,
} from './device-io-state.ts';
import { deviceService } from './device-service.ts';

/** Device IO. What media configurations it once had, the specification has moved to Media. */
export const deviceIoService: Service = {
  name: 'device-io',
  prefix: 'tmd',
  version: [22, 12],
  path: (camera) => camera.profile.servicePaths.media,
  offered: () => true,
  uses: ['tmd', 'tt'],
  access: classified({
    PRE_AUTH: 'GetServiceCapabilities GetRelayOutputOptions',
    READ_MEDIA: `GetVideoSources GetAudioSources GetAudioOutputs GetVideoOutputs GetVideoOutputConfiguration
      GetVideoOutputConfigurationOptions GetVideoSourceConfiguration GetAudioSourceConfiguration
      GetAudioOutputConfiguration GetVideoSourceConfigurationOptions GetAudioSourceConfigurationOptions
      GetAudioOutputConfigurationOptions`,
    READ_SYSTEM: `GetDigitalInputs GetDigitalInputConfigurationOptions GetSerialPorts GetSerialPortConfiguration
      GetSerialPortConfigurationOptions`,
    ACTUATE: `SetRelayOutputSettings SetDigitalInputConfigurations SetVideoOutputConfiguration
      SetVideoSourceConfiguration SetAudioSourceConfiguration SetAudioOutputConfiguration SetSerialPortConfiguration
      SendReceiveSerialCommand`,
  }),
  capabilities(camera, has) {
    const { inputs, relays, audioSources, audioOutputs } = ioCounts(camera);
    return xml`<tmd:Capabilities VideoSources="${videoInputs(camera).length}" VideoOutputs="0" AudioSources="${audioSources}" AudioOutputs="${audioOutputs}" RelayOutputs="${relays}" SerialPorts="0" DigitalInputs="${inputs}" DigitalInputOptions="${String(inputs > 0 && has('SetDigitalInputConfigurations'))}"/>`;
  },
};

export const deviceIo: Behavior = {
  name: 'device-io',
  service: deviceIoService,
  operations: {
    GetVideoSources: (camera) => xml`${videoInputs(camera).map(({ source }) => xml`<tmd:Token>${source}</tmd:Token>`)}`,
    GetAudioSources: ({ profile }) => (profile.audio ? xml`<tmd:Token>${tokens.audioSource}</tmd:Token>` : undefined),
    GetAudioOutputs: (camera) =>
      hasAudioOutput(camera) ? xml`<tmd:Token>${tokens.audioOutput}</tmd:Token>` : undefined,
    GetVideoOutputs: () => undefined,

    GetRelayOutputOptions(camera, args) {
      const token = args.optionalText('RelayOutputToken');
      const wanted = token ? [needRelay(camera, token)] : relayTokens(camera);
      const delays = relayDelaysMs.map((ms) => ms / 1000).join(' ');
      return xml`${wanted.map((one) => xml`<tmd:RelayOutputOptions token="${one}"><tmd:Mode>Bistable</tmd:Mode><tmd:Mode>Monostable</tmd:Mode><tmd:DelayTimes>${delays}</tmd:DelayTimes><tmd:Discrete>false</tmd:Discrete></tmd:RelayOutputOptions>`)}`;
    },

    SetRelayOutputSettings(camera, args) {
      const relay = args.part('RelayOutput');
      setRelay(camera, needRelay(camera, relay.attribute('token')), relay.part('Properties'));
      return undefined;
    },

    GetDigitalInputs(camera) {
      const idle = inputIdleStates.read(camera);
      return xml`${inputTokens(camera).map((token) => xml`<tmd:DigitalInputs token="${token}" IdleState="${idle[token] ?? 'open'}"/>`)}`;
    },

    GetDigitalInputConfigurationOptions(camera, args) {
      const token = args.optionalText('Token');
      if (token && !inputTokens(camera).includes(token))
        throw invalidValue(`there is no input "${token}"`, 'ter:NoConfig');
      return xml`<tmd:DigitalInputOptions><tmd:IdleState>closed</tmd:IdleState><tmd:IdleState>open</tmd:IdleState></tmd:DigitalInputOptions>`;
    },

    SetDigitalInputConfigurations(camera, args) {
      const changes = args.parts('DigitalInputs').map((input): [string, 'open' | 'closed'] => {
        const token = input.attribute('token');
        if (!inputTokens(camera).includes(token)) throw invalidValue(`there is no input "${token}"`, 'ter:NoConfig');
        const idle = input.optionalAttribute('IdleState');
        if (idle !== 'open' && idle !== 'closed')
          throw invalidValue(`${token} cannot idle ${idle}`, 'ter:SettingsInvalid');
        return [token, idle];
      });
      if (changes.length === 0) throw invalidValue('DigitalInputs is missing');
      inputIdleStates.write(camera, { ...inputIdleStates.read(camera), ...Object.fromEntries(changes) });
      return undefined;
    },
  },
};

/** Relays and auxiliary commands as the device service has them (Core §8.6, §8.7). */
export const deviceRelays: Behavior = {
  name: 'device-relays',
  service: deviceService,
  start(context) {
    if (relayTokens(context.camera).length > 0) context.get(createRelays);
  },
  operations: {
    GetRelayOutputs: (camera) =>
      xml`${relayTokens(camera).map((token) => relayMarkup(camera, token, 'tds:RelayOutputs'))}`,

    SetRelayOutputSettings(camera, args) {
      setRelay(camera, needRelay(camera, args.text('RelayOutputToken')), args.part('Properties'));
      return undefined;
    },

    SetRelayOutputState(camera, args, call) {
      const token = needRelay(camera, args.text('RelayOutputToken'));
      call.onvif.get(createRelays).set(token, args.oneOf('LogicalState', ['active', 'inactive']) === 'active');
      return undefined;
    },

    SendAuxiliaryCommand(camera, args) {
      const command = obeyAuxiliary(camera, args.text('AuxiliaryCommand'));
      return xml`<tds:AuxiliaryCommandResponse>${command}</tds:AuxiliaryCommandResponse>`;
    },
  },
};
