import { Xml, xml } from '../../../core/soap/xml.ts';
import type { Camera } from '../../camera.ts';
import { invalidValue } from '../arguments.ts';
import { type ConfigurationKind, intRange } from './kind.ts';
import { maxMediaProfiles } from './limits.ts';
import { videoInputs } from './video-inputs.ts';

/** The sensor: its size is the largest the main stream can have. */
export function sensorOf({ profile }: Camera): { width: number; height: number; fps: number } {
  const [main] = profile.streams;
  let largest = main.resolutions[0]!;
  for (const size of main.resolutions) if (size[0] * size[1] > largest[0] * largest[1]) largest = size;
  return { width: largest[0], height: largest[1], fps: main.fpsRange[1] };
}

const sourceOf = (camera: Camera, configuration: string) =>
  videoInputs(camera).find((one) => one.configuration === configuration)?.source ?? '';

export const videoSourceKind: ConfigurationKind = {
  type: 'VideoSource',
  slot: 'videoSourceConfiguration',
  tokens: (camera) => videoInputs(camera).map(({ configuration }) => configuration),
  usualName: () => 'Video source',
  inside(camera, token) {
    const { width, height } = sensorOf(camera);
    return xml`<tt:SourceToken>${sourceOf(camera, token)}</tt:SourceToken><tt:Bounds x="0" y="0" width="${width}" height="${height}"/>`;
  },
  change(camera, token, configuration) {
    const source = configuration.text('SourceToken');
    if (source !== sourceOf(camera, token))
      throw invalidValue(`there is no video source "${source}"`, 'ter:ConfigModify');
    // The whole sensor is always shown: other bounds are adapted to it, as Media2 §5.3.3 allows; nonsense is refused.
    const bounds = configuration.part('Bounds');
    for (const side of ['x', 'y', 'width', 'height']) {
      if (bounds.floatAttribute(side) < 0) throw invalidValue(`the bounds have no ${side}`, 'ter:ConfigModify');
    }
  },
  options(camera, _tokens, _generation, tag) {
    const { width, height } = sensorOf(camera);
    return xml`${new Xml(`<${tag} MaximumNumberOfProfiles="${maxMediaProfiles(camera)}">`)}<tt:BoundsRange>${intRange('XRange', 0, 0)}${intRange('YRange', 0, 0)}${intRange('WidthRange', width, width)}${intRange('HeightRange', height, height)}</tt:BoundsRange>${videoInputs(camera).map(({ source }) => xml`<tt:VideoSourceTokensAvailable>${source}</tt:VideoSourceTokensAvailable>`)}${new Xml(`</${tag}>`)}`;
  },
};

/** tt:VideoSource of Media. */
export const videoSourceMarkup = (camera: Camera, tag: string): Xml => {
  const { width, height, fps } = sensorOf(camera);
  return xml`${videoInputs(camera).map(({ source }) => xml`${new Xml(`<${tag} token="${source}">`)}<tt:Framerate>${fps}</tt:Framerate><tt:Resolution><tt:Width>${width}</tt:Width><tt:Height>${height}</tt:Height></tt:Resolution>${new Xml(`</${tag}>`)}`)}`;
};
