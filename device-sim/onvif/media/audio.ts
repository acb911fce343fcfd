import { Xml, xml } from '../../../core/soap/xml.ts';
import { tokens } from '../../state/new-state.ts';
import { invalidValue } from '../arguments.ts';
import { type ConfigurationKind, cannotModify, noMulticast, sessionTimeout } from './kind.ts';

/** G.711 A-law at 8 kHz, as seen on VIGI cameras: the one thing these microphones do. */
const bitrateKbps = 64;
const sampleRateKhz = 8;

export const audioSourceKind: ConfigurationKind = {
  type: 'AudioSource',
  slot: 'audioSourceConfiguration',
  tokens: ({ profile }) => (profile.audio ? [tokens.audioSourceConfiguration] : []),
  usualName: () => 'Audio source',
  inside: () => xml`<tt:SourceToken>${tokens.audioSource}</tt:SourceToken>`,
  change(_camera, _token, configuration) {
    const source = configuration.text('SourceToken');
    if (source !== tokens.audioSource) throw invalidValue(`there is no audio source "${source}"`, 'ter:ConfigModify');
  },
  options: (_camera, _tokens, _generation, tag) =>
    xml`${new Xml(`<${tag}>`)}<tt:InputTokensAvailable>${tokens.audioSource}</tt:InputTokensAvailable>${new Xml(`</${tag}>`)}`,
};

/** ver10 names the codec, Media2 the RTP encoding name. */
const encodingNames = { 1: 'G711', 2: 'PCMA' } as const;

export const audioEncoderKind: ConfigurationKind = {
  type: 'AudioEncoder',
  slot: 'audioEncoderConfiguration',
  tokens: ({ profile }) => (profile.audio ? [tokens.audioEncoderConfiguration] : []),
  usualName: () => 'Audio encoder',
  inside: (_camera, _token, generation) =>
    xml`<tt:Encoding>${encodingNames[generation]}</tt:Encoding><tt:Bitrate>${bitrateKbps}</tt:Bitrate><tt:SampleRate>${sampleRateKhz}</tt:SampleRate>${generation === 1 && xml`${noMulticast}${sessionTimeout}`}`,
  change(_camera, _token, configuration, generation) {
    const encoding = configuration.text('Encoding');
    if (encoding !== encodingNames[generation])
      throw cannotModify(`this encoder does ${encodingNames[generation]}, not ${encoding}`);
    if (configuration.int('Bitrate') !== bitrateKbps || configuration.int('SampleRate') !== sampleRateKhz) {
      throw cannotModify(`this encoder does ${bitrateKbps} kbit/s at ${sampleRateKhz} kHz`);
    }
  },
  options(_camera, _tokens, generation, tag) {
    const inside = xml`<tt:Encoding>${encodingNames[generation]}</tt:Encoding><tt:BitrateList><tt:Items>${bitrateKbps}</tt:Items></tt:BitrateList><tt:SampleRateList><tt:Items>${sampleRateKhz}</tt:Items></tt:SampleRateList>`;
    const [open, close] = [new Xml(`<${tag}>`), new Xml(`</${tag}>`)];
    return generation === 1 ? xml`${open}<tt:Options>${inside}</tt:Options>${close}` : xml`${open}${inside}${close}`;
  },
};
