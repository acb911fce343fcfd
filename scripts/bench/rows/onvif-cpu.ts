import { formatEnvelope } from '../../../core/soap/envelope.ts';
import { formatUsernameToken } from '../../../core/soap/ws-security.ts';
import { Xml } from '../../../core/soap/xml.ts';
import { type Child, startWorker } from '../child.ts';
import { postMany } from '../load/http-load.ts';
import { type Bench, type Figure, median, type Row, short } from '../row.ts';

const dateAndTime = formatEnvelope(new Xml('<tds:GetSystemDateAndTime/>'), ['tds']);
const profiles = formatEnvelope(new Xml('<trt:GetProfiles/>'), ['trt']);
const path = '/onvif/device_service';
const connections = 16;

export const onvifCpu: Row = {
  name: 'onvif-cpu',
  title: 'CPU per ONVIF request',
  method:
    'One camera and a bare node:http server that answers as many bytes take the same requests over 16 kept connections, ' +
    'in turns; CPU time of the server process divided by requests, the ratio of each turn, the median of the turns. ' +
    'For GetProfiles without sign-in the camera is told to let it in.',
  async run(bench) {
    await using camera = await startWorker('camera', { open: true });
    await using signing = await startWorker('camera');
    const tokenBody = signed(bench, signing.ready.cameras[0]);
    return [
      await ratio(bench, 'GetSystemDateAndTime', 1.5, camera, () => dateAndTime),
      await ratio(bench, 'GetProfiles', 2, camera, () => profiles),
      await ratio(bench, 'GetProfiles with WS-UsernameToken', 3, signing, tokenBody),
    ];
  },
};

const portOf = (camera: Child) => Number(new URL(camera.ready.cameras[0].onvifUrl).port);

/** GetProfiles with a token of its own each time: one serves once. */
function signed({ deps }: Bench, { username, password }: { username: string; password: string }): () => string {
  return () =>
    formatEnvelope(
      new Xml('<trt:GetProfiles/>'),
      ['trt'],
      formatUsernameToken({
        username,
        password,
        nonce: deps.random.bytes(16),
        created: new Date(deps.clock.now()).toISOString(),
      }),
    );
}

async function ratio(bench: Bench, what: string, most: number, camera: Child, body: () => string): Promise<Figure> {
  const turns = bench.quick ? 3 : 9;
  const requests = bench.quick ? 1500 : 6000;
  const port = portOf(camera);
  const { answerBytes } = await postMany({ port, path, body, requests, connections });
  await using bare = await startWorker('bare-http', { answerBytes });
  // The same bytes in: a token is no shorter for the bare server.
  await postMany({ port: bare.ready.port, path, body, requests, connections });
  const cost = async (child: Child, at: number) => {
    const before = child.cpuMs();
    await postMany({ port: at, path, body, requests, connections });
    return ((child.cpuMs() - before) * 1000) / requests;
  };
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    theirs.push(await cost(bare, bare.ready.port));
    ours.push(await cost(camera, port));
  }
  const times = median(ours.map((one, turn) => one / theirs[turn]!));
  return {
    what,
    target: `≤ ${most} × bare`,
    measured: `${short(times)} ×`,
    beside: `${short(median(ours))} µs, bare ${short(median(theirs))} µs`,
    ok: times <= most,
  };
}
