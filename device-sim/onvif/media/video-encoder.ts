import { Xml, xml } from '../../../core/soap/xml.ts';
import type { Camera, VideoEncoderState } from '../../camera.ts';
import type { StreamFacts } from '../../profiles/profile.ts';
import type { Arguments } from '../arguments.ts';
import { type ConfigurationKind, cannotModify, intRange, noMulticast, sessionTimeout } from './kind.ts';
import { govLengthRange, h264Profiles, qualityRange } from './limits.ts';

type Encoding = StreamFacts['encoding'];

/** What a client may choose for a stream. */
export const encodingsOf = ({ encoding, encodings = [encoding] }: StreamFacts): readonly Encoding[] => encodings;

/** Profiles of an encoding; what we write of H.265 is Main. */
const profilesOf = (encoding: Encoding): readonly VideoEncoderState['profile'][] =>
  encoding === 'H265' ? ['Main'] : h264Profiles;

const encoderOf = ({ state }: Camera, token: string): VideoEncoderState =>
  state.videoEncoders.find((encoder) => encoder.token === token)!;

/** What the model says of the stream behind an encoder. */
export const streamOf = (camera: Camera, token: string): StreamFacts =>
  camera.profile.streams[camera.state.videoEncoders.findIndex((encoder) => encoder.token === token)]!;

const clamp = (value: number, [least, most]: readonly [number, number]) => Math.min(most, Math.max(least, value));

export const videoEncoderKind: ConfigurationKind = {
  type: 'VideoEncoder',
  slot: 'videoEncoderConfiguration',
  tokens: ({ state }) => state.videoEncoders.map(({ token }) => token),
  usualName: (camera, token) => encoderOf(camera, token).name,
  shown: (camera, token, generation) => generation === 2 || encoderOf(camera, token).encoding !== 'H265',

  attributes(camera, token, generation) {
    const { govLength, profile, encoding } = encoderOf(camera, token);
    if (generation === 1 || encoding === 'JPEG') return undefined;
    return xml` GovLength="${govLength}" Profile="${profile}"`;
  },

  inside(camera, token, generation) {
    const { encoding, profile, width, height, fps, bitrateKbps, govLength, quality } = encoderOf(camera, token);
    const size = xml`<tt:Encoding>${encoding}</tt:Encoding><tt:Resolution><tt:Width>${width}</tt:Width><tt:Height>${height}</tt:Height></tt:Resolution>`;
    if (generation === 2) {
      return xml`${size}<tt:RateControl ConstantBitRate="false"><tt:FrameRateLimit>${fps}</tt:FrameRateLimit><tt:BitrateLimit>${bitrateKbps}</tt:BitrateLimit></tt:RateControl><tt:Quality>${quality}</tt:Quality>`;
    }
    return xml`${size}<tt:Quality>${quality}</tt:Quality><tt:RateControl><tt:FrameRateLimit>${Math.round(fps)}</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval><tt:BitrateLimit>${bitrateKbps}</tt:BitrateLimit></tt:RateControl>${encoding === 'H264' && xml`<tt:H264><tt:GovLength>${govLength}</tt:GovLength><tt:H264Profile>${profile}</tt:H264Profile></tt:H264>`}${noMulticast}${sessionTimeout}`;
  },

  change(camera, token, configuration, generation) {
    const encoder = encoderOf(camera, token);
    const stream = streamOf(camera, token);
    const wanted = configuration.text('Encoding');
    const encoding = encodingsOf(stream).find((one) => one === wanted);
    // Media knows no H.265, not even as a wish (its schema ends at H264).
    if (!encoding || (generation === 1 && encoding === 'H265'))
      throw cannotModify(`this encoder does ${encodingsOf(stream).join(' and ')}, not ${wanted}`);
    const resolution = configuration.part('Resolution');
    const width = resolution.int('Width');
    const height = resolution.int('Height');
    if (!stream.resolutions.some(([w, h]) => w === width && h === height)) {
      throw cannotModify(`this encoder has no resolution ${width}x${height}`);
    }
    const quality = configuration.float('Quality');
    if (quality < qualityRange[0] || quality > qualityRange[1])
      throw cannotModify(`a quality of ${quality} will not do`);
    const before = { ...encoder, profile: usualProfile(encoder, encoding, stream) };
    const more = generation === 1 ? legacyValues(configuration, before) : values(configuration, encoding, before);
    if (more.govLength < govLengthRange[0] || more.govLength > govLengthRange[1]) {
      throw cannotModify(`a GOV length of ${more.govLength} will not do`);
    }
    const rate = configuration.optionalPart('RateControl');
    const fps =
      (rate?.float('FrameRateLimit') ?? encoder.fps) / (generation === 1 ? (rate?.int('EncodingInterval') ?? 1) : 1);
    const bitrateKbps = rate?.int('BitrateLimit') ?? encoder.bitrateKbps;
    if (!(fps > 0)) throw cannotModify(`a frame rate of ${fps} will not do`);
    // Rates out of range are adapted, not refused (Media2 §5.3.3). The stream reads the same object.
    Object.assign(encoder, more, {
      encoding,
      width,
      height,
      quality,
      fps: clamp(fps, stream.fpsRange),
      bitrateKbps: clamp(bitrateKbps, stream.bitrateRange),
    });
  },

  options(camera, wanted, generation, tag) {
    if (generation === 2)
      return xml`${wanted.map((token) => {
        const stream = streamOf(camera, token);
        return encodingsOf(stream).map((encoding) => optionsMarkup(stream, encoding, tag));
      })}`;
    return legacyOptionsMarkup(
      wanted.map((token) => streamOf(camera, token)),
      tag,
    );
  },
};

/** The profile an encoder has in another encoding before somebody chooses one. */
const usualProfile = (encoder: VideoEncoderState, encoding: Encoding, { h264Profile }: StreamFacts) => {
  if (encoding === encoder.encoding) return encoder.profile;
  return encoding === 'H265' ? 'Main' : h264Profile;
};

type GovValues = Pick<VideoEncoderState, 'govLength' | 'profile'>;

function legacyValues(configuration: Arguments, { govLength, profile }: VideoEncoderState): GovValues {
  const h264 = configuration.optionalPart('H264');
  return h264
    ? { govLength: h264.int('GovLength'), profile: profileOf('H264', h264.text('H264Profile')) }
    : { govLength, profile };
}

function values(configuration: Arguments, encoding: Encoding, before: VideoEncoderState): GovValues {
  const govLength = configuration.optionalAttribute('GovLength');
  const profile = configuration.optionalAttribute('Profile');
  return {
    govLength: govLength === undefined ? before.govLength : configuration.intAttribute('GovLength'),
    profile: profile === undefined ? before.profile : profileOf(encoding, profile),
  };
}

function profileOf(encoding: Encoding, text: string): VideoEncoderState['profile'] {
  const found = profilesOf(encoding).find((name) => name === text);
  if (!found) throw cannotModify(`this encoder has no ${encoding} profile ${text}`);
  return found;
}

const sizes = (resolutions: StreamFacts['resolutions']) =>
  resolutions.map(
    ([width, height]) =>
      xml`<tt:ResolutionsAvailable><tt:Width>${width}</tt:Width><tt:Height>${height}</tt:Height></tt:ResolutionsAvailable>`,
  );

/** Frame rates of Media2: whole ones, the highest first as clients show them. */
const rates = ([least, most]: StreamFacts['fpsRange']) =>
  Array.from({ length: most - least + 1 }, (_, at) => most - at).join(' ');

function optionsMarkup({ resolutions, fpsRange, bitrateRange }: StreamFacts, encoding: Encoding, tag: string): Xml {
  const gov = encoding === 'JPEG' ? '' : ` GovLengthRange="${govLengthRange.join(' ')}"`;
  const profiles = encoding === 'JPEG' ? '' : ` ProfilesSupported="${profilesOf(encoding).join(' ')}"`;
  return xml`${new Xml(`<${tag}${gov} FrameRatesSupported="${rates(fpsRange)}"${profiles} ConstantBitRateSupported="false">`)}<tt:Encoding>${encoding}</tt:Encoding><tt:QualityRange><tt:Min>${qualityRange[0]}</tt:Min><tt:Max>${qualityRange[1]}</tt:Max></tt:QualityRange>${sizes(resolutions)}${intRange('BitrateRange', ...bitrateRange)}${new Xml(`</${tag}>`)}`;
}

/** ver10 gives one structure: what every wanted encoder can do, or, for several, what one of them can. */
function legacyOptionsMarkup(streams: StreamFacts[], tag: string): Xml {
  const of = (encoding: Encoding) => streams.filter((stream) => encodingsOf(stream).includes(encoding));
  const merged = (list: StreamFacts[]) => {
    const key = ([width, height]: [number, number]) => `${width}x${height}`;
    const all = new Map(list.flatMap(({ resolutions }) => resolutions.map((size) => [key(size), size] as const)));
    const range = (name: 'fpsRange' | 'bitrateRange'): [number, number] => [
      Math.min(...list.map((stream) => stream[name][0])),
      Math.max(...list.map((stream) => stream[name][1])),
    ];
    return { resolutions: [...all.values()], fps: range('fpsRange'), bitrate: range('bitrateRange') };
  };
  const jpeg = of('JPEG').length > 0 ? merged(of('JPEG')) : undefined;
  const h264 = of('H264').length > 0 ? merged(of('H264')) : undefined;
  const jpegInside =
    jpeg &&
    xml`${sizes(jpeg.resolutions)}${intRange('FrameRateRange', ...jpeg.fps)}${intRange('EncodingIntervalRange', 1, 1)}`;
  const h264Inside =
    h264 &&
    xml`${sizes(h264.resolutions)}${intRange('GovLengthRange', ...govLengthRange)}${intRange('FrameRateRange', ...h264.fps)}${intRange('EncodingIntervalRange', 1, 1)}${h264Profiles.map((name) => xml`<tt:H264ProfilesSupported>${name}</tt:H264ProfilesSupported>`)}`;
  return xml`${new Xml(`<${tag}>`)}${intRange('QualityRange', ...qualityRange)}${jpegInside && xml`<tt:JPEG>${jpegInside}</tt:JPEG>`}${h264Inside && xml`<tt:H264>${h264Inside}</tt:H264>`}<tt:Extension>${jpegInside && xml`<tt:JPEG>${jpegInside}${intRange('BitrateRange', ...jpeg!.bitrate)}</tt:JPEG>`}${h264Inside && xml`<tt:H264>${h264Inside}${intRange('BitrateRange', ...h264!.bitrate)}</tt:H264>`}</tt:Extension>${new Xml(`</${tag}>`)}`;
}
