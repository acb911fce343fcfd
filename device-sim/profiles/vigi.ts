import type { EventTopicFacts, Profile, StorageFacts, StreamFacts } from './profile.ts';

/** What all VIGI and InSight cameras share as far as is known; a model's file says what differs. */
export const vigi = {
  manufacturer: 'TP-Link',
  hardware: '1.0',
  servicePaths: { device: '/onvif/device_service', media: '/onvif/service', events: '/onvif/service' },
  realm: 'TP-LINK IP-Camera',
  maxPullPoints: 4,
  onvifProfiles: ['Streaming'],
  discoveryScopes: ['onvif://www.onvif.org/VigiInfoStream/{mac}/{https}--0--0--0'],
  openApi: true,
  quirks: [
    'no-back-channel',
    'openapi-off',
    'no-onvif-snapshot',
    'no-fractional-durations',
    'subscription-ports',
    'slots-push-out',
    'undeclared-items',
    'single-replay',
  ],
} satisfies Partial<Profile>;

export const vigiSources = [
  'realm, RTSP paths, events, quirks: public integrations (VIGICam, SKYE, onvifsim)',
  'H.265 beside H.264: data sheets of the series; H.264 from the start: what clients are told to use',
  'manufacturer, profile tokens, number of pull points within 4 to 8: chosen',
];

/** Paths, token and the single replay session: seen on an S445 (SKYE). The size of the card: chosen. */
export const vigiCard: StorageFacts = {
  sizeGb: 128,
  recordingToken: 'OnvifRecordingToken_1',
  maxRecordings: 1,
  paths: { recording: '/onvif/Recording', search: '/onvif/SearchRecording', replay: '/onvif/Replay' },
  replayPath: 'onvifreplay',
};

const rule = (name: string) => ({
  VideoSourceConfigurationToken: 'vsconf',
  VideoAnalyticsConfigurationToken: 'VideoAnalyticsToken',
  Rule: `My${name}Rule`,
});

const detector = (kind: string, path: string, more: Partial<EventTopicFacts> = {}): EventTopicFacts => {
  const [detectorName, name] = path.split('/') as [string, string];
  return {
    kind,
    topic: `tns1:RuleEngine/${path}`,
    property: true,
    source: rule(detectorName),
    item: `Is${name}`,
    ...more,
  };
};

/** The six topics seen on C540V and S245; the last is the catch-all for whatever has no topic of its own. */
export const vigiTopics: EventTopicFacts[] = [
  detector('motion', 'CellMotionDetector/Motion'),
  detector('tamper', 'TamperDetector/Tamper'),
  detector('intrusion', 'IntrusionDetector/Intrusion'),
  detector('line-cross', 'LineCrossDetector/LineCross'),
  detector('people', 'PeopleDetector/People'),
  detector('smart', 'TPSmartEventDetector/TPSmartEvent'),
  ...['area-entry', 'area-leave', 'drop-and-take', 'loiter', 'scene-change', 'audio'].map((kind) =>
    detector(kind, 'TPSmartEventDetector/TPSmartEvent'),
  ),
  detector('vehicle', 'TPSmartEventDetector/TPSmartEvent', { item: 'IsVehicle', undeclared: true }),
  detector('pet', 'TPSmartEventDetector/TPSmartEvent', { item: 'IsPet', undeclared: true }),
];

/** What a C440 says apart: here the items are of its own, the topics by the form of the others. */
export const areaTopics: EventTopicFacts[] = [
  detector('area-entry', 'RegionEntranceDetector/RegionEntrance'),
  detector('drop-and-take', 'UnattendedBaggageDetector/UnattendedBaggage'),
];

type Size = [width: number, height: number];

/** `stream1`, the main stream: H.264 High at 25 frames a second, 3584 kbit/s (seen on S445). */
export const mainStream = (size: Size, smaller: Size[], more: Partial<StreamFacts> = {}): StreamFacts => ({
  path: 'stream1',
  profileToken: 'profile_1',
  profileName: 'mainStream',
  encoding: 'H264',
  encodings: ['H264', 'H265'],
  h264Profile: 'High',
  width: size[0],
  height: size[1],
  fps: 25,
  bitrateKbps: 3584,
  resolutions: [size, ...smaller],
  fpsRange: [1, 25],
  bitrateRange: [256, 6144],
  ...more,
});

/** `stream2`, the sub-stream: 848×480 on S445. */
export const minorStream = (more: Partial<StreamFacts> = {}): StreamFacts => ({
  path: 'stream2',
  profileToken: 'profile_2',
  profileName: 'minorStream',
  encoding: 'H264',
  encodings: ['H264', 'H265'],
  h264Profile: 'High',
  width: 848,
  height: 480,
  fps: 25,
  bitrateKbps: 512,
  resolutions: [
    [848, 480],
    [640, 360],
    [320, 180],
  ],
  fpsRange: [1, 25],
  bitrateRange: [64, 1024],
  ...more,
});

export const fourMegapixels: Size = [2688, 1520];
export const belowFourMegapixels: Size[] = [
  [2560, 1440],
  [2304, 1296],
  [1920, 1080],
  [1280, 720],
];

export const fiveMegapixels: Size = [2880, 1620];
export const belowFiveMegapixels: Size[] = [
  [2560, 1440],
  [1920, 1080],
  [1280, 720],
];
