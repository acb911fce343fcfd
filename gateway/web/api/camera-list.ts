import type { Camera } from '../wire.ts';

/** The list of cameras, and which of them the feed has spoken of when: an answer may be older than what it said. */
export interface CameraList {
  cameras: Camera[];
  /** Rises with every message of the feed about a camera. */
  told: number;
  toldOf: Readonly<Record<string, number>>;
}

const byName = (a: Camera, b: Camera) => a.name.localeCompare(b.name, 'en', { numeric: true });

const withTold = (list: CameraList, id: string, cameras: Camera[]): CameraList => ({
  cameras,
  told: list.told + 1,
  toldOf: { ...list.toldOf, [id]: list.told + 1 },
});

const replaced = (cameras: Camera[], camera: Camera) =>
  [...cameras.filter(({ id }) => id !== camera.id), camera].sort(byName);

/** The feed says how a camera is now. */
export const feedSays = (list: CameraList, camera: Camera) => withTold(list, camera.id, replaced(list.cameras, camera));

/** The feed says that a camera is gone. */
export const feedDrops = (list: CameraList, id: string) =>
  withTold(
    list,
    id,
    list.cameras.filter((camera) => camera.id !== id),
  );

/** The whole list as an answer has it, asked for when `askedAt` messages had come: of cameras told of since, the feed knows better. */
export function answerSays(list: CameraList | undefined, cameras: Camera[], askedAt: number): CameraList {
  const { told = 0, toldOf = {} } = list ?? {};
  const newer = ({ id }: Camera) => (toldOf[id] ?? 0) > askedAt;
  const kept = list?.cameras.filter(newer) ?? [];
  return { cameras: [...cameras.filter((camera) => !newer(camera)), ...kept].sort(byName), told, toldOf };
}

/** One camera as the answer to a change has it. */
export const changeSays = (list: CameraList, camera: Camera, askedAt: number): CameraList =>
  (list.toldOf[camera.id] ?? 0) > askedAt ? list : { ...list, cameras: replaced(list.cameras, camera) };
