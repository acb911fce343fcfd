import type { Clock } from '../../core/runtime/clock.ts';
import { GatewayError } from '../errors.ts';
import type { Credentials } from '../onvif/client.ts';
import { isOnvifError, OnvifError } from '../onvif/errors.ts';
import type { CameraSession } from './session.ts';

const limits = { maxBytes: 4 * 1024 * 1024, timeoutMs: 6_000 };
/** A picture is given to whoever asks within this time: a grid of many pages asks the camera once. */
const freshForMs = 900;

/** Where a camera's still picture is, on its own host. */
type Place = { port: number; path: string };

/** Still pictures of one camera. */
export interface Snapshots {
  take(): Promise<Buffer>;
}

export interface SnapshotsOptions {
  credentials: Credentials;
  /** The session that stands; undefined while the camera cannot be reached. */
  session(): CameraSession | undefined;
  /** Told at pairing, for cameras that give no picture by ONVIF. */
  snapshotPath: string | null;
  httpPort: number;
  clock: Pick<Clock, 'now'>;
}

export function createSnapshots(options: SnapshotsOptions): Snapshots {
  const { credentials, session, snapshotPath, httpPort, clock } = options;
  let taken: { at: number; picture: Promise<Buffer> } | undefined;
  /** By session: what the camera said may change with a new firmware. */
  const places = new WeakMap<CameraSession, Promise<Place>>();

  async function findPlace({ client }: CameraSession): Promise<Place> {
    try {
      const [profile] = await client.profiles();
      if (!profile) throw new OnvifError('unsupported', 'the camera has no profile');
      return await client.snapshotPlace(profile.token);
    } catch (error) {
      // VIGI cameras answer GetSnapshotUri with ActionNotSupported; others with any fault they like.
      if (!isOnvifError(error, 'unsupported', 'fault', 'answer_invalid')) throw error;
      if (snapshotPath) return { port: httpPort, path: snapshotPath };
      throw new GatewayError('snapshot_unsupported', 'this camera gives no still pictures', {}, { cause: error });
    }
  }

  async function fetchPicture(): Promise<Buffer> {
    const open = session();
    if (!open) throw new GatewayError('camera_unreachable', 'the camera cannot be reached now');
    try {
      let place = places.get(open);
      if (!place) {
        place = findPlace(open);
        places.set(open, place);
        // Only an answer is kept.
        place.catch((error: unknown) => {
          if (!(error instanceof GatewayError)) places.delete(open);
        });
      }
      const answer = await open.client.http.askWithDigest({ method: 'GET', ...(await place), ...limits }, credentials);
      if (answer.status !== 200) throw new OnvifError('answer_invalid', `HTTP ${answer.status} instead of a picture`);
      if (answer.body[0] !== 0xff || answer.body[1] !== 0xd8) throw new OnvifError('answer_invalid', 'this is no JPEG');
      return answer.body;
    } catch (error) {
      if (!isOnvifError(error)) throw error;
      throw new GatewayError('snapshot_unavailable', `no picture: ${error.message}`, {}, { cause: error });
    }
  }

  return {
    take() {
      if (taken && clock.now() - taken.at < freshForMs) return taken.picture;
      const mine = { at: clock.now(), picture: fetchPicture() };
      taken = mine;
      mine.picture.then(
        () => {
          mine.at = clock.now();
        },
        () => {
          if (taken === mine) taken = undefined;
        },
      );
      return mine.picture;
    },
  };
}
