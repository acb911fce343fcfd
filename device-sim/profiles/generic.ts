import type { EventTopicFacts, Profile } from './profile.ts';

const source = { VideoSource: 'vsconf', AnalyticsConfiguration: 'VideoAnalyticsToken' };
const topics: EventTopicFacts[] = [
  {
    kind: 'motion',
    topic: 'tns1:RuleEngine/CellMotionDetector/Motion',
    property: true,
    source: {
      VideoSourceConfigurationToken: 'vsconf',
      VideoAnalyticsConfigurationToken: 'VideoAnalyticsToken',
      Rule: 'MotionRule',
    },
    item: 'IsMotion',
  },
  { kind: 'motion', topic: 'tns1:VideoSource/MotionAlarm', property: true, source: { Source: 'vs' }, item: 'State' },
  {
    kind: 'tamper',
    topic: 'tns1:VideoSource/GlobalSceneChange/ImagingService',
    property: true,
    source: { Source: 'vs' },
    item: 'State',
  },
  {
    kind: 'intrusion',
    topic: 'tns1:RuleEngine/FieldDetector/ObjectsInside',
    property: true,
    source: { ...source, Rule: 'FieldRule' },
    item: 'IsInside',
  },
  {
    kind: 'line-cross',
    topic: 'tns1:RuleEngine/LineDetector/Crossed',
    property: false,
    source: { ...source, Rule: 'LineRule' },
    item: 'ObjectId',
    itemType: 'integer',
  },
  {
    kind: 'digital-input',
    topic: 'tns1:Device/Trigger/DigitalInput',
    property: true,
    source: { InputToken: 'input_1' },
    item: 'LogicalState',
  },
];

/** A neutral ONVIF camera without oddities: what a careful maker would build. */
export const generic: Profile = {
  name: 'generic',
  model: 'Generic',
  marketName: 'Vigil Generic',
  manufacturer: 'Vigil',
  firmware: '1.0.0',
  hardware: '1.0',
  servicePaths: {
    device: '/onvif/device_service',
    media: '/onvif/media_service',
    events: '/onvif/event_service',
  },
  realm: 'Vigil Camera',
  streams: [
    {
      path: 'main',
      profileToken: 'main',
      profileName: 'main',
      encoding: 'H264',
      encodings: ['H264', 'H265', 'JPEG'],
      h264Profile: 'Main',
      width: 1920,
      height: 1080,
      fps: 25,
      bitrateKbps: 4096,
      resolutions: [
        [1920, 1080],
        [1280, 720],
      ],
      fpsRange: [1, 30],
      bitrateRange: [128, 8192],
    },
    {
      path: 'sub',
      profileToken: 'sub',
      profileName: 'sub',
      encoding: 'H264',
      encodings: ['H264', 'H265', 'JPEG'],
      h264Profile: 'Main',
      width: 640,
      height: 360,
      fps: 15,
      bitrateKbps: 512,
      resolutions: [
        [640, 360],
        [320, 180],
      ],
      fpsRange: [1, 30],
      bitrateRange: [64, 2048],
    },
  ],
  ptz: false,
  audio: true,
  storage: {
    sizeGb: 256,
    recordingToken: 'recording_1',
    maxRecordings: 4,
    paths: { recording: '/onvif/recording_service', search: '/onvif/search_service', replay: '/onvif/replay_service' },
    replayPath: 'replay',
  },
  topics,
  maxPullPoints: 8,
  quirks: [],
  sources: ['all of it: chosen, by the ONVIF specifications'],
};
