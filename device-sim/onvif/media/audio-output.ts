import { Xml, xml } from '../../../core/soap/xml.ts';
import type { Camera } from '../../camera.ts';
import { tokens } from '../../state/new-state.ts';
import { invalidValue } from '../arguments.ts';
import { kept } from '../kept.ts';
import { type ConfigurationKind, cannotModify, intRange } from './kind.ts';

/** A loudspeaker that clients reach by the back channel. VIGI cameras have one and do not offer it over ONVIF (O3). */
export const hasAudioOutput = (camera: Camera): boolean => camera.profile.audio && !camera.quirk('no-back-channel');

/** What the back channel takes: G.711, 64 kbit/s at 8 kHz. */
const bitrateKbps = 64;
const sampleRateKhz = 8;
const levels = [0, 100] as const;
const level = kept<number>('media.output-level', () => 50);

const around = (tag: string, inside: Xml) => xml`${new Xml(`<${tag}>`)}${inside}${new Xml(`</${tag}>`)}`;

export const audioOutputKind: ConfigurationKind = {
  type: 'AudioOutput',
  slot: 'audioOutputConfiguration',
  tokens: (camera) => (hasAudioOutput(camera) ? [tokens.audioOutputConfiguration] : []),
  usualName: () => 'Audio output',
  inside: (camera) =>
    xml`<tt:OutputToken>${tokens.audioOutput}</tt:OutputToken><tt:OutputLevel>${level.read(camera)}</tt:OutputLevel>`,
  change(camera, _token, configuration) {
    const output = configuration.text('OutputToken');
    if (output !== tokens.audioOutput) throw invalidValue(`there is no audio output "${output}"`, 'ter:ConfigModify');
    const wanted = configuration.int('OutputLevel');
    if (wanted < levels[0] || wanted > levels[1]) throw cannotModify(`an output level of ${wanted} will not do`);
    level.write(camera, wanted);
  },
  options: (_camera, _tokens, _generation, tag) =>
    around(
      tag,
      xml`<tt:OutputTokensAvailable>${tokens.audioOutput}</tt:OutputTokensAvailable>${intRange('OutputLevelRange', ...levels)}`,
    ),
};

export const audioDecoderKind: ConfigurationKind = {
  type: 'AudioDecoder',
  slot: 'audioDecoderConfiguration',
  tokens: (camera) => (hasAudioOutput(camera) ? [tokens.audioDecoderConfiguration] : []),
  usualName: () => 'Audio decoder',
  inside: () => xml``,
  change: () => undefined,
  options: (_camera, _tokens, generation, tag) =>
    around(
      tag,
      generation === 1
        ? xml`<tt:G711DecOptions><tt:Bitrate><tt:Items>${bitrateKbps}</tt:Items></tt:Bitrate><tt:SampleRateRange><tt:Items>${sampleRateKhz}</tt:Items></tt:SampleRateRange></tt:G711DecOptions>`
        : xml`<tt:Encoding>PCMA</tt:Encoding><tt:BitrateList><tt:Items>${bitrateKbps}</tt:Items></tt:BitrateList><tt:SampleRateList><tt:Items>${sampleRateKhz}</tt:Items></tt:SampleRateList>`,
    ),
};

/** The kinds of the way out: ver10 shows them in the extension of a profile. */
export const outputKinds: readonly ConfigurationKind[] = [audioOutputKind, audioDecoderKind];
