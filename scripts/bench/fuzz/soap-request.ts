import type { Random } from '../../../core/runtime/random.ts';
import { formatEnvelope } from '../../../core/soap/envelope.ts';
import type { Prefix } from '../../../core/soap/namespaces.ts';
import { formatUsernameToken } from '../../../core/soap/ws-security.ts';
import { Xml } from '../../../core/soap/xml.ts';
import { standardTable } from '../../../device-sim/onvif/handler.ts';

/** Left out: what would rightly end the trial (restart, other accounts, other addresses, another clock). */
const endsTrial =
  /Reboot|FactoryDefault|Users?$|Password|Network|IPAddressFilter|DateAndTime|Hashing|Firmware|RestoreSystem/;

/** Arguments that operations take, so that a name alone gets further than the first check. */
const argumentsOf = (prefix: string) =>
  [
    ['ProfileToken', 'profile_1'],
    ['ConfigurationToken', 'VideoEncoder_1'],
    ['VideoSourceToken', 'VideoSource_1'],
    ['NodeToken', 'PTZNode_1'],
    ['PresetToken', '1'],
    ['Name', 'yard'],
    ['Token', 'profile_1'],
    ['IncludeCapability', 'true'],
    ['TerminationTime', 'PT60S'],
    ['InitialTerminationTime', 'PT60S'],
    ['Timeout', 'PT0S'],
    ['MessageLimit', '10'],
    ['Velocity', '<tt:PanTilt x="0.5" y="-0.5"/><tt:Zoom x="1"/>'],
    ['Position', '<tt:PanTilt x="0.1" y="0.1"/>'],
    ['Filter', '<wsnt:TopicExpression Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">tns1:RuleEngine//.</wsnt:TopicExpression>'],
    ['StreamSetup', '<tt:Stream>RTP-Unicast</tt:Stream><tt:Transport><tt:Protocol>RTSP</tt:Protocol></tt:Transport>'],
    ['Category', 'All'],
    ['Scopes', 'onvif://www.onvif.org/name/yard'],
    ['ConsumerReference', '<wsa:Address>http://127.0.0.1:9/none</wsa:Address>'],
  ].map(([name, value]) => `<${prefix}:${name}>${value}</${prefix}:${name}>`); // biome-ignore format: pairs

const uses: readonly Prefix[] = [
  'tt',
  'tds',
  'trt',
  'tr2',
  'tev',
  'wsnt',
  'wsa',
  'tns1',
  'tptz',
  'timg',
  'tan',
  'tmd',
  'trc',
  'tse',
  'trp',
];

/** A place in a seed where the token of the moment goes: one serves once, so it cannot be part of the seed. */
const tokenMark = '<!--token-->';

/** Every operation of the specifications, with no argument and with all that it might take. */
export function soapSeeds(): Buffer[] {
  return standardTable.services.flatMap(({ prefix, access }) =>
    Object.keys(access)
      .filter((name) => !endsTrial.test(name))
      .flatMap((key) => {
        const [own, name] = key.includes(':') ? (key.split(':') as [string, string]) : [prefix, key];
        return ['', argumentsOf(own).join('')].map((inside) =>
          Buffer.from(formatEnvelope(new Xml(`<${own}:${name}>${inside}</${own}:${name}>`), uses, new Xml(tokenMark))),
        );
      }),
  );
}

/** Put a token that is good now where the mark survived. */
export function withToken(
  input: Buffer,
  account: { username: string; password: string },
  random: Random,
  now: number,
): Buffer {
  const at = input.indexOf(tokenMark);
  if (at < 0) return input;
  const token = formatUsernameToken({
    ...account,
    nonce: random.bytes(16),
    created: new Date(now).toISOString(),
  });
  return Buffer.concat([input.subarray(0, at), Buffer.from(token.markup), input.subarray(at + tokenMark.length)]);
}
