import { spawn, spawnSync } from 'node:child_process';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { Readable } from 'node:stream';
import type { Clock } from '../../core/runtime/clock.ts';
import { realClock, shiftedClock } from '../../core/runtime/clock.ts';
import { listen } from '../../core/runtime/listen.ts';
import { silentLog } from '../../core/runtime/log.ts';
import { seededRandom } from '../../core/runtime/random.ts';
import { startAll } from '../../core/runtime/start-all.ts';
import type { VideoEncoderState } from '../../device-sim/camera.ts';
import { deriveIdentity } from '../../device-sim/identity.ts';
import { findProfile } from '../../device-sim/profiles/index.ts';
import { createRtspServer, type RtspOptions } from '../../device-sim/rtsp/rtsp-server.ts';
import { createCamera } from '../../device-sim/sim-camera.ts';
import { createPictureLibrary } from '../../device-sim/video/picture-library.ts';
import { createSnapshotHandler } from '../../device-sim/video/snapshot.ts';

export interface FilmedOptions extends RtspOptions {
  profile?: string;
  clock?: Clock;
  initialized?: boolean;
  /** Changes to the first encoder. */
  encoder?: Partial<VideoEncoderState>;
}

export const password = 'a good pass:word';
/** Small and quick unless a test is about size. */
const usualEncoder = { width: 320, height: 180, fps: 25, bitrateKbps: 512, govLength: 25 };

/** Noon when asked, then on as time goes: whenever the tests run, the scene lies in daylight. */
function noonClock(): Clock {
  const began = realClock.now();
  const noon = new Date(began).setUTCHours(12, 0, 0, 0);
  return shiftedClock(realClock, () => noon - began);
}

/** One camera with its RTSP and HTTP ports, as a client meets it. */
export const startFilmed = ({
  profile = 'generic',
  clock = noonClock(),
  initialized = true,
  encoder,
  ...options
}: FilmedOptions = {}) =>
  startAll(async (own) => {
    const library = options.library ?? createPictureLibrary();
    const camera = createCamera(
      {
        name: 'door',
        profile: findProfile(profile),
        identity: deriveIdentity('film', 1),
        ...(initialized ? { password } : {}),
      },
      { clock, random: seededRandom('film'), log: silentLog },
    );
    Object.assign(camera.state.videoEncoders[0]!, usualEncoder, encoder);
    const rtsp = own(createRtspServer(camera, { ...options, library }));
    const snapshot = createSnapshotHandler(camera, { library });
    const port = own(
      await listen(
        createServer((socket) => rtsp.accept(socket)),
        0,
      ),
    );
    const httpServer = createHttpServer((request, response) => {
      if (!rtsp.handle(request, response)) snapshot(request, response);
    });
    httpServer.on('upgrade', (request, socket, head) => {
      if (!rtsp.upgrade(request, socket, head)) socket.destroy();
    });
    const http = own(await listen(httpServer, 0));
    camera.address = { host: '127.0.0.1', ports: { http: http.port, https: 0, rtsp: port.port, openApi: 0 } };
    const path = camera.profile.streams[0].path;
    const credentials = `admin:${encodeURIComponent(password)}`;
    return {
      camera,
      rtsp,
      library,
      path,
      rtspPort: port.port,
      httpPort: http.port,
      encoder: camera.state.videoEncoders[0]!,
      url: `rtsp://127.0.0.1:${port.port}/${path}`,
      signedUrl: `rtsp://${credentials}@127.0.0.1:${port.port}/${path}`,
      snapshotUrl: `http://127.0.0.1:${http.port}/snapshot.jpg`,
    };
  });

const packages: Record<string, string> = {
  ffmpeg: 'ffmpeg',
  ffprobe: 'ffmpeg',
  'gst-launch-1.0': 'gstreamer1.0-tools gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav',
  motion: 'motion',
};

/** Is this program here? If not, says aloud what to install; the test is to be skipped. */
export function have(program: string): boolean {
  const found = spawnSync('which', [program]).status === 0;
  if (!found) console.warn(`SKIPPED: ${program} is not installed; apt-get install ${packages[program] ?? program}`);
  return found;
}

export interface Outcome {
  status: number | null;
  stdout: Buffer;
  stderr: string;
}

/** Run a foreign program to its end. */
export function run(program: string, args: string[], input?: Buffer): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, stdout: Buffer.concat(out), stderr }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

/** Options as one writes them in a shell, without quoting. */
export const words = (text: string) => text.split(/\s+/).filter(Boolean);

export interface Branch {
  /** The elements from the source on. */
  elements: string;
  /** So many bytes must come out of them. */
  bytes: number;
}

/**
 * GStreamer plays until each branch has given its bytes, and is killed then. How its pipeline ends by itself is no
 * judgement of a stream: 1.22 loses the end of one branch of several, or sends PAUSE on a connection it has shut.
 *
 * @returns what came out of each branch, and all that was complained of
 * @throws Error with GStreamer's words if it ends before
 */
export function gstreamer(source: string[], branches: Branch[]): Promise<{ outputs: Buffer[]; stderr: string }> {
  const firstOutput = 3;
  const args = branches.flatMap(({ elements }, index) => [
    ...words(`s. ! ${elements} ! fdsink sync=false fd=${firstOutput + index}`),
  ]);
  const child = spawn('gst-launch-1.0', ['-q', 'rtspsrc', 'name=s', 'latency=100', ...source, ...args], {
    stdio: ['ignore', 'ignore', 'pipe', ...branches.map(() => 'pipe' as const)],
  });
  const outputs = branches.map(() => Buffer.alloc(0));
  let stderr = '';
  return new Promise((resolve, reject) => {
    child.stderr!.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    branches.forEach((_, index) => {
      (child.stdio[firstOutput + index] as Readable).on('data', (chunk: Buffer) => {
        outputs[index] = Buffer.concat([outputs[index]!, chunk]);
        if (branches.every(({ bytes }, at) => outputs[at]!.length >= bytes)) child.kill('SIGKILL');
      });
    });
    child.once('error', reject);
    child.once('close', (status, signal) => {
      if (signal === 'SIGKILL') return resolve({ outputs, stderr });
      const got = outputs.map(({ length }) => length).join(', ');
      reject(new Error(`GStreamer ended with ${status ?? signal} after ${got} bytes: ${stderr}`));
    });
  });
}

/** How GStreamer is told of a camera; the tunnel has a scheme of its own there. */
export const gstreamerSource = (url: string, way: string) => [
  'user-id=admin',
  `user-pw=${password}`,
  ...(way === 'http' ? [`location=${url.replace('rtsp:', 'rtsph:')}`] : [`location=${url}`, `protocols=${way}`]),
];

/** So many decoded pictures, as bytes of planes of 4:2:0. */
export const pictures = (count: number, { width, height }: { width: number; height: number }) =>
  count * width * height * 1.5;
