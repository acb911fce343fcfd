import { silentLog } from '../../core/runtime/log.ts';
import { seededRandom } from '../../core/runtime/random.ts';
import type { VideoEncoderState } from '../../device-sim/camera.ts';
import { startFleet } from '../../device-sim/index.ts';
import { codecOf, DrawnStream } from '../../device-sim/video/drawn-stream.ts';
import { createPictureLibrary } from '../../device-sim/video/picture-library.ts';
import { say } from './say.ts';

export interface PictureWorkerOptions {
  frames: number;
}

/** Codecs the bitstream writer has. */
const encodings = ['H264', 'H265'] as const;
const size = { width: 640, height: 360, fps: 15 };

/** Milliseconds of CPU a frame, per codec, with nothing and with somebody before the lens. */
export async function run({ frames }: PictureWorkerOptions): Promise<void> {
  let now = Date.UTC(2026, 5, 1, 10);
  const clock = { now: () => now, sleep: () => new Promise<void>(() => undefined) };
  const fleet = await startFleet(
    {
      host: '127.0.0.1',
      basePort: 0,
      count: 1,
      profiles: ['c340'],
      initialized: true,
      strict: false,
      discovery: false,
      seed: 'bench',
      control: false,
      traffic: 'off',
    },
    { clock, random: seededRandom('bench'), log: silentLog },
  );
  const [one] = fleet.cameras;
  const { camera } = one!;
  const msAFrame = (encoding: VideoEncoderState['encoding']) => {
    const encoder = { ...camera.state.videoEncoders[0]!, ...size, bitrateKbps: 512, encoding };
    const stream = new DrawnStream(codecOf(encoding)!, encoder, camera, createPictureLibrary(), clock, false);
    let at = 0;
    const film = (count: number) => {
      for (let i = 0; i < count; i++) {
        now += 1000 / size.fps;
        stream.next(now, at++, false);
      }
    };
    film(300);
    const before = process.cpuUsage();
    film(frames);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000 / frames;
  };
  say({ figures: encodings.length * 2 });
  for (const encoding of encodings) {
    for (const moving of [false, true]) {
      one!.trigger('motion', { active: moving });
      say({ encoding, moving, ms: msAFrame(encoding) });
    }
  }
  process.exit(0);
}
