import type { Profile, StreamFacts } from './profile.ts';
import { vigi } from './vigi.ts';

const channels = Array.from({ length: 8 }, (_, at) => at + 1);
type FirstAndMore = [StreamFacts, ...StreamFacts[]];

const stream = (channel: number, which: 1 | 2, more: Partial<StreamFacts>): StreamFacts => ({
  path: `live/${channel}/${which}/avm`,
  profileToken: `profile_${channel}_${which}`,
  profileName: `ch${channel} ${which === 1 ? 'mainStream' : 'minorStream'}`,
  encoding: 'H264',
  h264Profile: 'High',
  width: 1920,
  height: 1080,
  fps: 25,
  bitrateKbps: 3072,
  resolutions: [
    [1920, 1080],
    [1280, 720],
  ],
  fpsRange: [1, 25],
  bitrateRange: [256, 6144],
  channel,
  ...more,
});

/** VIGI NVR1008H: eight channels, one drive. Its cameras are its own, each with a scene and a past. */
export const nvr1008h: Profile = {
  ...vigi,
  name: 'nvr1008h',
  model: 'NVR1008H',
  marketName: 'VIGI NVR1008H',
  firmware: '1.1.3 Build 260727',
  realm: 'TP-LINK NVR',
  channels: channels.length,
  streams: channels.flatMap((channel) => [
    stream(channel, 1, {}),
    stream(channel, 2, {
      width: 640,
      height: 360,
      bitrateKbps: 512,
      resolutions: [
        [640, 360],
        [320, 180],
      ],
      bitrateRange: [64, 1024],
    }),
  ]) as FirstAndMore,
  scene: 'yard',
  ptz: false,
  audio: false,
  storage: {
    sizeGb: 2000,
    recordingToken: 'OnvifRecordingToken_{channel}',
    maxRecordings: 1,
    paths: { recording: '/onvif/Recording', search: '/onvif/SearchRecording', replay: '/onvif/Replay' },
    replayPath: 'replay/{channel}/1/avm',
  },
  topics: channels.map((channel) => ({
    kind: `motion-${channel}`,
    topic: 'tns1:VideoSource/MotionAlarm',
    property: true,
    source: { Source: `vs_${channel}` },
    item: 'State',
  })),
  quirks: ['openapi-off', 'no-onvif-snapshot', 'no-fractional-durations', 'no-token-refresh'],
  sources: [
    'channels, drives: catalogue; RTSP addresses: VIGI FAQ 4677, 3718, 4201; realm of the OpenAPI: FAQ 4797',
    'firmware: seen on an NVR1016H; ONVIF of the recorder, sizes and rates of its channels: chosen',
  ],
};
