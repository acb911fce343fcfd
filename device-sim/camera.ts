import type { OnvifEvent } from '../core/onvif/event.ts';
import type { Clock } from '../core/runtime/clock.ts';
import type { Log } from '../core/runtime/log.ts';
import type { Random } from '../core/runtime/random.ts';
import type { SignInWay } from './auth/ways.ts';
import type { Figure } from './motion/figure.ts';
import type { Profile, QuirkName } from './profiles/profile.ts';
import type { Recorder } from './recording/recorder.ts';
import type { Clip } from './video/clip/clip.ts';
import type { WireText } from './wire/wire-text.ts';

/** Everything that names a camera; all of it derives from one seed, so it agrees wherever it appears. */
export interface Identity {
  serial: string;
  /** Upper case with colons; locally administered. */
  mac: string;
  /** Without `urn:uuid:`. */
  uuid: string;
  /** 128 bits (core/pairing/label-secret.ts). */
  labelSecret: Buffer;
  /** 0..359, the tint by which a person tells pictures apart. */
  hue: number;
}

export interface CameraAddress {
  host: string;
  ports: { http: number; https: number; rtsp: number; openApi: number };
}

export type UserLevel = 'Administrator' | 'Operator' | 'User';
export interface CameraUser {
  username: string;
  password: string;
  level: UserLevel;
}

/** ONVIF VideoEncoderConfiguration as it is in force: the stream always equals it. */
export interface VideoEncoderState {
  token: string;
  name: string;
  encoding: 'H264' | 'H265' | 'JPEG';
  /** Baseline, Main or High: what GetProfiles says and the SPS carries. */
  profile: 'Baseline' | 'Main' | 'High';
  width: number;
  height: number;
  fps: number;
  bitrateKbps: number;
  govLength: number;
  /** 0..quality maximum, ONVIF's unitless scale. */
  quality: number;
}

export interface MediaProfileState {
  token: string;
  name: string;
  fixed: boolean;
  videoSourceConfiguration?: string;
  videoEncoderConfiguration?: string;
  audioSourceConfiguration?: string;
  audioEncoderConfiguration?: string;
  ptzConfiguration?: string;
  metadataConfiguration?: string;
  analyticsConfiguration?: string;
  audioOutputConfiguration?: string;
  audioDecoderConfiguration?: string;
}

/** Configuration of one ONVIF event broker (Core §9.12.2). */
export interface EventBrokerState {
  address: string;
  topicPrefix: string;
  username?: string;
  password?: string;
  qos: 0 | 1 | 2;
  /** Topic expression of the PublishFilter, absent for all events. */
  filter?: string;
}

/** tev:EventBrokerConfig/Status. */
export type EventBrokerStatus = 'Offline' | 'Connecting' | 'Connected';

export interface PairingState {
  gatewayId: string;
  gatewayHost: string;
  pairingPort: number;
  mqttPort: number;
  clientId: string;
  topicPrefix: string;
  /** PEM. */
  privateKey: string;
  certificate: string;
  caCertificate: string;
  /** When the certificate came, by the camera's clock. */
  issuedAt: number;
  /** Its end, by the gateway's. */
  expiresAt: number;
  /** The account made for this gateway. */
  username: string;
}

/** What survives a restart. Plain JSON; `camera.save()` after a change. */
export interface CameraState {
  initialized: boolean;
  users: CameraUser[];
  bootCount: number;
  /** WS-Discovery MetadataVersion: rises when scopes or addresses change. */
  metadataVersion: number;
  hostname: string;
  deviceName: string;
  /** POSIX TZ text (Core §8.4.1), e.g. `UTC0`. */
  timeZone: string;
  dateTimeType: 'Manual' | 'NTP';
  /** Difference of the camera's clock to the fleet's, milliseconds; SetSystemDateAndTime changes it. */
  clockOffsetMs: number;
  discoverable: boolean;
  /** Configurable scopes only; the fixed ones follow from profile and identity. */
  scopes: string[];
  videoEncoders: VideoEncoderState[];
  mediaProfiles: MediaProfileState[];
  eventBrokers: EventBrokerState[];
  pairing?: PairingState;
  /** Room for behaviours: one key a behaviour, plain JSON. */
  extra: Record<string, unknown>;
}

/** The one source of events: pull points, notifications, MQTT and the picture all hear it. */
export interface EventHub {
  /** Raise an event; the camera's clock stamps it. A property whose data did not change is not raised again. */
  raise(event: Omit<OnvifEvent, 'utcTime'> & { utcTime?: number }): void;
  /** All properties as they stand, in the order they were declared. */
  properties(): OnvifEvent[];
  subscribe(listener: (event: OnvifEvent) => void): Disposable;
}

/** Moving things the picture shows. */
export interface Scene {
  motion: boolean;
  /** When what moves now came before the lens, fleet clock. */
  motionSince: number;
  /** What it is; by chance (`figureByChance`) when nobody said. */
  figure?: Figure | undefined;
  /** Degrees and zoom 0..1; fixed cameras stay at 0. */
  ptz: { pan: number; tilt: number; zoom: number };
}

/** One line of a camera's wire timeline: what it received. */
export interface Received {
  /** Counts from 1 on within a camera, without gaps. */
  id: number;
  /** When it was answered, fleet clock. */
  at: number;
  protocol?: WireProtocol;
  /** `GetProfiles`, `Probe`, `DESCRIBE`, `POST /ds login`, `MQTT reboot` … */
  what: string;
  peer: string;
  /** HTTP or RTSP status, or fault subcode, when there was one. */
  outcome?: string;
  /** From request to answer, milliseconds of the fleet's clock. */
  ms?: number;
}

/** By what a request came: `http` is what is neither ONVIF nor RTSP at that port, still pictures among it. */
export type WireProtocol = 'onvif' | 'http' | 'rtsp' | 'discovery' | 'ds' | 'openapi' | 'mqtt';

/** An entry as a server notes it. */
export type ReceivedEntry = Omit<Received, 'id' | 'at'>;

/** A simulated camera as its behaviours and servers see it. */
export interface Camera {
  /** Name within the fleet: unique, `[a-z0-9-]+`, e.g. `cam-1`. */
  readonly name: string;
  readonly profile: Profile;
  readonly identity: Identity;
  /** Complete once the camera listens. */
  readonly address: CameraAddress;
  /** The camera's own clock: fleet clock plus `state.clockOffsetMs`. */
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly state: CameraState;
  readonly events: EventHub;
  readonly scene: Scene;
  /** A film that is played instead of the drawn picture. */
  readonly clip?: Clip;
  /** Absent where nothing is recorded. */
  readonly recorder?: Recorder;
  /** A recorder's channels, each seen as a camera with a name, a tint and a scene of its own; none of a camera. */
  readonly channels: readonly Camera[];
  /** May clients sign in this way over ONVIF? */
  takes(way: SignInWay): boolean;
  /** Quirks in force: the profile's own, none with `--strict`. */
  quirk(name: QuirkName): boolean;
  /** Boot time by the camera's clock. */
  readonly bootedAt: number;
  /** Rises with each `save`: what was made of an earlier state is out of date. */
  readonly revision: number;
  /** Keep `state` across a restart (written soon, and at the end at the latest); event brokers added or gone are followed. */
  save(): void;
  /** How the connection to the event broker of this address stands. */
  eventBrokerStatus(address: string): EventBrokerStatus;
  /** Note a request in the wire timeline (bounded). `text` says what was said, and is asked where somebody keeps it. */
  received(entry: ReceivedEntry, text?: () => WireText): void;
  /** Ask for a reboot: servers go, Bye, boot count + 1, Hello. */
  reboot(): void;
  /** Say Hello again (scopes or addresses changed). */
  announce(): void;
  /** Ask the streams of a video encoder for a key frame. */
  keyFrame(encoderToken: string): void;
  /** Kinds going on now. */
  readonly active: ReadonlySet<string>;
  /** Hear when something comes before the lens (in place of something else, perhaps), and when nothing moves any more. */
  watchScene(watcher: (moving: boolean) => void): Disposable;
  /** Start, show or end a thing happening before the lens; raises the profile's topics for it. */
  trigger(kind: string, active: boolean): void;
}
