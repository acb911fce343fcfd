import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { listen } from '../../core/runtime/listen.ts';
import { standingClock, startSide, until } from './side.ts';

interface Asked {
  operation: string;
  path: string;
  host: string;
  headers: IncomingMessage['headers'];
  body: string;
}
type Answer = string | ((asked: Asked, response: ServerResponse) => void);

const soap = (body: string) =>
  `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:wsa="http://www.w3.org/2005/08/addressing"><s:Body>${body}</s:Body></s:Envelope>`;
const time = () => {
  const now = new Date();
  return soap(
    `<GetSystemDateAndTimeResponse xmlns="http://www.onvif.org/ver10/device/wsdl"><SystemDateAndTime><tt:UTCDateTime><tt:Time><tt:Hour>${now.getUTCHours()}</tt:Hour><tt:Minute>${now.getUTCMinutes()}</tt:Minute><tt:Second>${now.getUTCSeconds()}</tt:Second></tt:Time><tt:Date><tt:Year>${now.getUTCFullYear()}</tt:Year><tt:Month>${now.getUTCMonth() + 1}</tt:Month><tt:Day>${now.getUTCDate()}</tt:Day></tt:Date></tt:UTCDateTime></SystemDateAndTime></GetSystemDateAndTimeResponse>`,
  );
};
const services = (xAddr: (name: string) => string) =>
  soap(
    `<GetServicesResponse xmlns="http://www.onvif.org/ver10/device/wsdl">${['device', 'media', 'events']
      .map(
        (name) =>
          `<Service><Namespace>http://www.onvif.org/ver10/${name}/wsdl</Namespace><XAddr>${xAddr(name)}</XAddr>${
            name === 'device'
              ? '<Capabilities><Capabilities><Security UsernameToken="true" HttpDigest="false"/></Capabilities></Capabilities>'
              : ''
          }<Version><tt:Major>2</tt:Major><tt:Minor>0</tt:Minor></Version></Service>`,
      )
      .join('')}</GetServicesResponse>`,
  );
const information = soap(
  '<GetDeviceInformationResponse xmlns="http://www.onvif.org/ver10/device/wsdl"><Manufacturer>M</Manufacturer><Model>Hostile</Model><FirmwareVersion>1</FirmwareVersion><SerialNumber>0001</SerialNumber><HardwareId>1</HardwareId></GetDeviceInformationResponse>',
);
const subscription = (address: string) =>
  soap(
    `<CreatePullPointSubscriptionResponse xmlns="http://www.onvif.org/ver10/events/wsdl"><SubscriptionReference><wsa:Address>${address}</wsa:Address><wsa:ReferenceParameters><x:Slot xmlns:x="urn:vendor" kind="a&amp;b">7</x:Slot></wsa:ReferenceParameters></SubscriptionReference><CurrentTime xmlns="http://docs.oasis-open.org/wsn/b-2">2026-01-01T00:00:00Z</CurrentTime><TerminationTime xmlns="http://docs.oasis-open.org/wsn/b-2">2026-01-01T00:02:00Z</TerminationTime></CreatePullPointSubscriptionResponse>`,
  );
const hang = () => undefined;

/** A camera that answers what a test wants, by operation; whatever is not named hangs. */
async function startHostile(answers: Record<string, Answer> = {}) {
  const asked: Asked[] = [];
  const all: Record<string, Answer> = {
    GetSystemDateAndTime: time(),
    GetServices: services((name) => `/onvif/${name}`),
    GetDeviceInformation: information,
    GetNetworkInterfaces: hang,
    CreatePullPointSubscription: subscription('/pull'),
    ...answers,
  };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const operation = /<(?:s:)?Body[^>]*><([A-Za-z]+)/.exec(body)?.[1] ?? request.method!;
      const one = { operation, path: request.url!, host: request.headers.host!, headers: request.headers, body };
      asked.push(one);
      const answer = all[operation] ?? hang;
      if (typeof answer === 'string') response.end(answer);
      else answer(one, response);
    });
  });
  const listening = await listen(server, 0);
  const { port } = listening;
  return {
    port,
    asked,
    count: (operation: string) => asked.filter((one) => one.operation === operation).length,
    camera: { address: `127.0.0.1:${port}`, username: 'admin', password: 'secret-of-the-camera' },
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
}

test.each<[string, Answer]>([
  ['ten megabytes of it', (_, response) => response.end('<a>'.padEnd(10_000_000, 'x'))],
  [
    'an endless one',
    (_, response) =>
      void response.on('drain', () => response.write(Buffer.alloc(65_536, 'x'))).write(Buffer.alloc(1_000_000, 'x')),
  ],
  ['a hundred thousand nested elements', (_, response) => response.end('<a>'.repeat(100_000))],
  ['a document type with entities', '<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx">]><a>&x;</a>'],
  ['a way to somewhere else', (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
  ['half of it', (_, response) => void response.writeHead(200, { 'content-length': 1000 }).write('<a>')],
  ['nothing', (_, response) => response.destroy()],
  ['bytes that are no text', (_, response) => response.end(Buffer.alloc(5000, 0xff))],
])('a camera that answers with %s costs a moment and is not added', async (_, answer) => {
  const clock = standingClock();
  await using house = await startSide({ clock });
  for (const operation of ['GetSystemDateAndTime', 'GetServices', 'GetDeviceInformation']) {
    await using hostile = await startHostile({ [operation]: answer });
    const startedAt = performance.now();
    const cpu = process.cpuUsage();
    const adding = house.side.cameras.add(hostile.camera, 'user:1').then(
      () => 'added',
      (error: { code: string }) => error.code,
    );
    let settled = false;
    void adding.then(() => {
      settled = true;
    });
    // Whoever only waits for the clock is moved on.
    await until(async () => {
      if (!settled) await clock.advance('3s');
      return settled;
    });
    expect(await adding).toBe('camera_unreachable');
    expect(process.cpuUsage(cpu).user / 1000).toBeLessThan(2_000);
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  }
  expect(house.side.cameras.list()).toEqual([]);
});

test('no request goes to a host the camera names, nor does the password', async () => {
  await using elsewhere = await startHostile();
  await using house = await startSide();
  // "localhost" is another host than the one we know it by.
  const evil = (path: string) => `http://localhost:${elsewhere.port}${path}`;
  await using hostile = await startHostile({
    GetServices: services((name) => evil(`/onvif/${name}`)),
    CreatePullPointSubscription: subscription(evil('/pull')),
    PullMessages: hang,
    GetProfiles: soap(
      '<GetProfilesResponse xmlns="http://www.onvif.org/ver10/media/wsdl"><Profiles token="p"><tt:Name>p</tt:Name></Profiles></GetProfilesResponse>',
    ),
    GetSnapshotUri: soap(
      `<GetSnapshotUriResponse xmlns="http://www.onvif.org/ver10/media/wsdl"><MediaUri><tt:Uri>${evil('/shot.jpg')}</tt:Uri></MediaUri></GetSnapshotUriResponse>`,
    ),
    GET: (_, response) => response.writeHead(302, { location: evil('/redirected') }).end(),
  });
  const { id } = await house.side.cameras.add(hostile.camera, 'user:1');
  await until(() => hostile.count('PullMessages') === 1);
  await expect(house.side.cameras.snapshot(id)).rejects.toMatchObject({ code: 'snapshot_unavailable' });
  expect(elsewhere.asked).toEqual([]);
  expect(hostile.asked.map(({ operation, path }) => `${operation} ${path}`)).toEqual(
    expect.arrayContaining(['PullMessages /pull', 'GetProfiles /onvif/media', 'GET /shot.jpg']),
  );
  for (const { body, headers } of hostile.asked) {
    expect(body).not.toContain(hostile.camera.password);
    expect(headers.authorization ?? '').not.toContain('Basic');
  }
});

test('reference parameters of a subscription come back as header blocks', async () => {
  await using house = await startSide();
  await using hostile = await startHostile({ PullMessages: hang });
  await house.side.cameras.add(hostile.camera, 'user:1');
  await until(() => hostile.count('PullMessages') === 1);
  const { body } = hostile.asked.find(({ operation }) => operation === 'PullMessages')!;
  expect(body).toContain('<Slot xmlns="urn:vendor" wsa:IsReferenceParameter="true" kind="a&amp;b">7</Slot>');
});

test('a pull point that answers empty at once does not keep both sides busy', async () => {
  const clock = standingClock();
  await using house = await startSide({ clock });
  await using hostile = await startHostile({
    PullMessages: soap('<PullMessagesResponse xmlns="http://www.onvif.org/ver10/events/wsdl"/>'),
    Renew: soap('<RenewResponse xmlns="http://docs.oasis-open.org/wsn/b-2"/>'),
  });
  await house.side.cameras.add(hostile.camera, 'user:1');
  await until(() => hostile.count('PullMessages') >= 2);
  for (let seconds = 0; seconds < 60; seconds++) await clock.advance('1s');
  expect(hostile.count('PullMessages')).toBeLessThan(30);
});

test('a camera that gives a subscription and then refuses every pull is degraded and asked less and less', async () => {
  const clock = standingClock();
  await using house = await startSide({ clock });
  const refuse = (_: Asked, response: ServerResponse) =>
    response
      .writeHead(500)
      .end(
        soap(
          '<s:Fault><s:Code><s:Value>s:Receiver</s:Value></s:Code><s:Reason><s:Text>gone</s:Text></s:Reason></s:Fault>',
        ),
      );
  await using hostile = await startHostile({ PullMessages: refuse, Unsubscribe: refuse });
  await house.side.cameras.add(hostile.camera, 'user:1');
  await until(() => house.side.cameras.list()[0]?.state === 'degraded');
  expect(house.side.cameras.list()[0]).toMatchObject({ stateDetail: 'no events: gone', eventRoute: null });
  for (let minutes = 0; minutes < 60; minutes++) await clock.advance('1m');
  expect(hostile.count('CreatePullPointSubscription')).toBeLessThan(25);
});

test('a camera that refuses the password only later is not asked again either', async () => {
  const clock = standingClock();
  await using house = await startSide({ clock });
  const refuse = (_: Asked, response: ServerResponse) =>
    response
      .writeHead(400)
      .end(
        soap(
          '<s:Fault xmlns:ter="http://www.onvif.org/ver10/error"><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode></s:Code><s:Reason><s:Text>no</s:Text></s:Reason></s:Fault>',
        ),
      );
  await using hostile = await startHostile({ PullMessages: refuse });
  await house.side.cameras.add(hostile.camera, 'user:1');
  await until(() => house.side.cameras.list()[0]?.state === 'wrong_password');
  const signed = () => hostile.asked.filter(({ body }) => body.includes('UsernameToken')).length;
  const before = signed();
  await clock.advance('30m');
  await house.restart();
  await clock.advance('30m');
  expect(signed()).toBe(before);
});

test('a thousand events in one answer are taken in bounds, one after the other', async () => {
  await using house = await startSide();
  const one = (n: number) =>
    `<NotificationMessage xmlns="http://docs.oasis-open.org/wsn/b-2"><Topic xmlns:t="http://www.onvif.org/ver10/topics">t:RuleEngine/LineDetector/Crossed</Topic><Message><tt:Message UtcTime="2026-01-01T00:00:00.${String(n).padStart(3, '0')}Z"><tt:Data><tt:SimpleItem Name="ObjectId" Value="${n}"/></tt:Data></tt:Message></Message></NotificationMessage>`;
  let first = true;
  await using hostile = await startHostile({
    PullMessages(_, response) {
      if (first)
        response.end(
          soap(
            `<PullMessagesResponse xmlns="http://www.onvif.org/ver10/events/wsdl">${Array.from({ length: 1000 }, (_, n) => one(n)).join('')}</PullMessagesResponse>`,
          ),
        );
      first = false;
    },
  });
  await house.side.cameras.add(hostile.camera, 'user:1');
  await until(() => hostile.count('PullMessages') === 2);
  expect(house.events).toHaveLength(500);
  expect(house.side.cameras.list()[0]!.state).toBe('online');
});

test('a snapshot that is too large, slow, no picture or refused is a problem and no more', async () => {
  const clock = standingClock();
  await using house = await startSide({ clock });
  let answer: (asked: Asked, response: ServerResponse) => void = hang;
  await using hostile = await startHostile({
    PullMessages: hang,
    GetProfiles: soap(
      '<GetProfilesResponse xmlns="http://www.onvif.org/ver10/media/wsdl"><Profiles token="p"><tt:Name>p</tt:Name></Profiles></GetProfilesResponse>',
    ),
    GetSnapshotUri: soap(
      '<GetSnapshotUriResponse xmlns="http://www.onvif.org/ver10/media/wsdl"><MediaUri><tt:Uri>/shot.jpg</tt:Uri></MediaUri></GetSnapshotUriResponse>',
    ),
    GET: (asked, response) => answer(asked, response),
  });
  const { id } = await house.side.cameras.add(hostile.camera, 'user:1');
  const picture = Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(1000)]);
  for (const bad of [
    (_: Asked, response: ServerResponse) => response.end(Buffer.alloc(5_000_000, 0xff)),
    (_: Asked, response: ServerResponse) => response.end('<html>'),
    (_: Asked, response: ServerResponse) => response.writeHead(500).end(picture),
    (_: Asked, response: ServerResponse) => response.writeHead(401).end(),
    (_: Asked, response: ServerResponse) => response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end(),
    hang,
  ]) {
    answer = bad;
    const taking = house.side.cameras.snapshot(id).catch((error: { code: string }) => error.code);
    if (bad === hang) {
      const before = hostile.count('GET');
      await until(() => hostile.count('GET') > before);
      await clock.advance('7s');
    }
    expect(await taking).toBe('snapshot_unavailable');
  }
  expect(hostile.asked.every(({ headers }) => !(headers.authorization ?? '').startsWith('Basic'))).toBe(true);
  answer = (_, response) => response.end(picture);
  // Ten pages that ask at once are one request.
  const before = hostile.count('GET');
  const pictures = await Promise.all(Array.from({ length: 10 }, () => house.side.cameras.snapshot(id)));
  expect(pictures.every((one) => one.equals(picture))).toBe(true);
  expect(hostile.count('GET')).toBe(before + 1);
});
