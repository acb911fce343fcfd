import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { appMaxDelayMs, discoveryGroup, discoveryPort, parseDiscovery } from '../../../core/onvif/discovery.ts';
import { formatEnvelope } from '../../../core/soap/envelope.ts';
import { xml } from '../../../core/soap/xml.ts';
import { startProgram } from '../child.ts';
import { type Row, short } from '../row.ts';
import { simArguments } from './idle-camera.ts';

/** As clients send it: any device, to the group of all. */
const probe = (messageId: string) =>
  formatEnvelope(
    xml`<d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe>`,
    ['a', 'd', 'dn'],
    xml`<a:MessageID>${messageId}</a:MessageID><a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To><a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>`,
  );

export const probeRow: Row = {
  name: 'probe',
  title: 'One probe finds the whole fleet',
  method:
    'One multicast Probe on the loopback interface to `sim` with 1,000 cameras (quick: 200). Counted are the cameras ' +
    'of the ready line that answered, and the time to the last answer; the other half of the machine is the client.',
  async run(bench) {
    const cameras = bench.quick ? 200 : 1000;
    using folder = bench.folder();
    await using sim = await startProgram('sim', ...simArguments(cameras, folder.path, '--interface', 'lo'));
    const expected = new Set((sim.ready.cameras as { uuid: string }[]).map(({ uuid }) => `urn:uuid:${uuid}`));
    // Hellos of the start are over; they would share the time.
    await bench.deps.clock.sleep(2 * appMaxDelayMs);

    const messageId = `urn:uuid:${bench.deps.random.uuid()}`;
    const answered = new Set<string>();
    let repeated = 0;
    let lastAt = 0;
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
    try {
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
      socket.setMulticastInterface('127.0.0.1');
      const startedAt = performance.now();
      socket.on('message', (datagram) => {
        const message = parseDiscovery(datagram.toString('utf8'));
        if (message?.kind !== 'ProbeMatches' || message.relatesTo !== messageId) return;
        for (const { address } of message.targets) {
          if (!expected.has(address)) continue;
          if (answered.has(address)) repeated += 1;
          answered.add(address);
          lastAt = performance.now() - startedAt;
        }
      });
      socket.send(probe(messageId), discoveryPort, discoveryGroup);
      await bench.deps.clock.sleep(appMaxDelayMs + 2000);
    } finally {
      socket.close();
    }
    const most = appMaxDelayMs + 1000;
    return [
      {
        what: `cameras of ${cameras} that answered`,
        target: 'all, once',
        measured: `${answered.size}${repeated > 0 ? `, ${repeated} twice` : ''}`,
        ok: answered.size === cameras && repeated === 0,
      },
      {
        what: 'time to the last answer',
        target: `≤ ${most} ms (APP_MAX_DELAY + 1 s)`,
        measured: `${short(lastAt)} ms`,
        ok: answered.size === cameras && lastAt <= most,
      },
    ];
  },
};
