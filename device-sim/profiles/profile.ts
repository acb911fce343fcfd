import type { Place } from './place.ts';
import type { RuleType } from './rule-type.ts';

/** Oddities of real cameras, each with its source (facts on the models are in the README of device-sim). */
export const quirks = {
  'no-onvif-snapshot': 'GetSnapshotUri faults with ter:ActionNotSupported (VIGI cameras; O2)',
  'no-fractional-durations': 'PT1.000S is refused with ter:InvalidArgVal, PT1S works (C540V 2.2.0, 2.3.3; O4)',
  'subscription-ports': 'each pull point gets a TCP port of its own, from 1024 up (VIGI; O6)',
  'slots-push-out': 'a new subscription over the limit ends the oldest instead of being refused (O8)',
  'clock-lost-on-power-cut':
    'after a power cut the clock starts in 2024 until NTP (a minute later) or a client sets it (home-assistant/core 121952)',
  'openapi-off': 'the OpenAPI port is closed until it is switched on in the settings (VIGI FAQ 5198)',
  'no-back-channel': 'the SDP has no audio back channel, even when the Require header asks for it (VIGI; O3)',
  'stale-utc-time': 'UtcTime of events stands still at the boot while events go on (O12)',
  'no-token-refresh': 'the OpenAPI of a recorder answers a refresh token with an error (client repositories)',
  'single-replay': 'one client at a time may replay the card, a second is answered 429 (S445; SKYE)',
  'undeclared-items': 'IsVehicle and IsPet are sent though GetEventProperties does not describe them (O13)',
  'unquoted-event-properties': 'attributes in GetEventProperties come without quotes: no XML (a TL-IPC unit; O9)',
  'silent-pull-point':
    'pull points are granted and never deliver anything; notification works (koush/scrypted 1107; O10)',
  'dead-subscription-port':
    'the address of a subscription refuses connections, and notifications do not come either (home-assistant/core 91661; O11)',
  'time-in-range': 'setting the clock before 2000 or after 2037 is refused with -69061 (Tapo code list; O14)',
  'pull-cut-after-10s': 'the connection of a PullMessages is closed after ten seconds, unanswered (agsh/onvif 312)',
  'fault-instead-of-challenge':
    'a request without credentials gets a NotAuthorized fault with 400 and no HTTP challenge (agsh/onvif 312)',
  'pull-point-denied': 'GetCapabilities says WSPullPointSupport false though it works (home-assistant/core 91089)',
  'no-events-capability': 'GetCapabilities leaves Events out though the service is there (home-assistant/core 73861)',
  'undeclared-wsa': 'answers of the event service use the prefix wsa without declaring it (home-assistant/core 35846)',
} as const;
export type QuirkName = keyof typeof quirks;

export interface StreamFacts {
  /** Path of the RTSP URL, without the slash: `stream1`. */
  path: string;
  profileToken: string;
  profileName: string;
  encoding: 'H264' | 'H265' | 'JPEG';
  /** Encodings a client may choose, `encoding` among them; that one alone when absent. */
  encodings?: readonly ('H264' | 'H265' | 'JPEG')[];
  h264Profile: 'Baseline' | 'Main' | 'High';
  width: number;
  height: number;
  fps: number;
  bitrateKbps: number;
  /** Sizes a client may choose, the default among them. */
  resolutions: [width: number, height: number][];
  fpsRange: [least: number, most: number];
  bitrateRange: [least: number, most: number];
  /** A recorder's channel, 1 and up. */
  channel?: number;
}

/** Recording on a card inside, and how a client gets at it. */
export interface StorageFacts {
  /** As it says on the card; with the rate of the main stream it gives how far back the footage goes. */
  sizeGb: number;
  /** Recording it leaves the factory with. */
  recordingToken: string;
  /** Recordings a client may have; with 1 the first is fixed. */
  maxRecordings: number;
  /** Paths of the web services. */
  paths: { recording: string; search: string; replay: string };
  /** RTSP path of the replay, without the slash. */
  replayPath: string;
}

/** What a model is: data only. One file a model, named in lower case. */
export interface Profile {
  /** `c340`: what `--profile` takes. */
  name: string;
  /** `C340`: what GetDeviceInformation and the device list say. */
  model: string;
  /** `VIGI C340`, `InSight S445`: the name of WS-Discovery scopes (spaces as `-`) and of the vendor's local APIs. */
  marketName: string;
  manufacturer: string;
  firmware: string;
  hardware: string;
  /** `/onvif/device_service` or all services on one path. */
  servicePaths: { device: string; media: string; events: string };
  /** The realm of HTTP and RTSP digest. */
  realm: string;
  streams: [main: StreamFacts, ...more: StreamFacts[]];
  /** What it looks at: `yard`, `gate`, `shop` or `car-park`; of a recorder the first channel, the others go on from there. */
  scene: Place;
  /** A recorder: cameras it holds, each a video source of its own. */
  channels?: number;
  ptz: boolean;
  /** A `ptz` model whose lens zooms. */
  zoom?: boolean;
  /** A `ptz` model that walks along its presets by itself. */
  presetTours?: boolean;
  audio: boolean;
  /** Absent: nothing is recorded. */
  storage?: StorageFacts;
  /** The vendor's OpenAPI on a port of its own. */
  openApi?: boolean;
  /** Vendor or standard topics, by the kind of thing seen. */
  topics: EventTopicFacts[];
  /** Rules of the specification beside those behind its topics. */
  ruleTypes?: RuleType[];
  maxPullPoints: number;
  quirks: QuirkName[];
  /** ONVIF profiles the model claims in its scopes; `Streaming` and `T` when absent. */
  onvifProfiles?: string[];
  /** Scopes of the maker beside the standard ones; `{mac}` (dashes) and `{https}` (port) are filled in. */
  discoveryScopes?: string[];
  /** Where each fact is from, for the table in the README. */
  sources: string[];
}

export interface EventTopicFacts {
  /** Kind as `camera.trigger` takes it: motion, tamper, people, line-cross, intrusion, vehicle … */
  kind: string;
  topic: string;
  property: boolean;
  source: Record<string, string>;
  /** Data item carrying true or false, or the number of an object (`itemType`). */
  item: string;
  /** `boolean` when absent. */
  itemType?: 'boolean' | 'integer';
  /** Left out of GetEventProperties while the quirk `undeclared-items` is on. */
  undeclared?: boolean;
  /** Further boolean items described but not always sent. */
  otherItems?: string[];
}
