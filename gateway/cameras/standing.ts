import type { CameraView } from '../bus.ts';

export type CameraState = CameraView['state'];

/** What is known of the ways to a camera. */
export interface Ways {
  paired: boolean;
  /** Its MQTT connection, where it is paired: it said it is there. */
  mqtt: boolean;
  onvif: 'unknown' | 'up' | 'down' | 'refused' | 'locked' | 'uninitialized';
  /** Why ONVIF is not up. */
  reason?: string;
  /** The pull point. `off`: not wanted, or not yet there. */
  pull: 'off' | 'up' | 'failed';
  pullReason?: string;
}

export interface Standing {
  state: CameraState;
  stateDetail: string | null;
  eventRoute: CameraView['eventRoute'];
}

const stopped = { refused: 'wrong_password', locked: 'locked', uninitialized: 'uninitialized' } as const;
const stoppedDetail = {
  refused: 'the camera does not accept this user name and password; it is not asked again until they are changed',
  locked: 'the camera has locked this account for a while',
  uninitialized: 'the camera has no password yet: activate it first',
};

/** One state out of all the ways. */
export function standingOf(ways: Ways): Standing {
  const { onvif } = ways;
  if (ways.paired && ways.mqtt) {
    if (onvif === 'up' || onvif === 'unknown') return { state: 'online', stateDetail: null, eventRoute: 'mqtt' };
    const why = onvif === 'down' ? (ways.reason ?? 'no answer') : stoppedDetail[onvif];
    return { state: 'degraded', stateDetail: `events come by MQTT, but ONVIF fails: ${why}`, eventRoute: 'mqtt' };
  }
  switch (onvif) {
    case 'unknown':
      return { state: 'connecting', stateDetail: null, eventRoute: null };
    case 'down':
      return { state: 'offline', stateDetail: ways.reason ?? null, eventRoute: null };
    case 'up':
      if (ways.pull === 'failed')
        return {
          state: 'degraded',
          stateDetail: `no events: ${ways.pullReason ?? 'no subscription'}`,
          eventRoute: null,
        };
      if (ways.paired)
        return {
          state: 'degraded',
          stateDetail: 'its MQTT connection is missing',
          eventRoute: ways.pull === 'up' ? 'pull-point' : null,
        };
      return { state: 'online', stateDetail: null, eventRoute: ways.pull === 'up' ? 'pull-point' : null };
    default:
      return { state: stopped[onvif], stateDetail: stoppedDetail[onvif], eventRoute: null };
  }
}
