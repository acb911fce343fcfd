import { formatXsDateTime, utcInstant } from '../../core/onvif/duration.ts';
import { SoapFault } from '../../core/soap/fault.ts';
import { inOnePiece, type Xml, xml } from '../../core/soap/xml.ts';
import type { DigestAlgorithm } from '../auth/digest.ts';
import type { Camera } from '../camera.ts';
import { type Arguments, invalidValue } from '../onvif/arguments.ts';
import type { Behavior } from '../onvif/behavior.ts';
import { hashing } from '../onvif/hashing.ts';
import { kept } from '../onvif/kept.ts';
import { ofState } from '../onvif/of-state.ts';
import { withinRange, wrongTime } from '../onvif/time-range.ts';
import { offsetAt, parseTimeZone } from '../onvif/time-zone.ts';
import { newState } from '../state/new-state.ts';
import { ntp } from './device-network.ts';
import { deviceService } from './device-service.ts';

/** Until a client says otherwise: a zone without summer time claims none, or clients that reckon with the flag are an hour off. */
const daylightSavings = kept(
  'device.daylight-savings',
  ({ state }) => parseTimeZone(state.timeZone)?.daylight !== undefined,
);

/** How the clock is set, as SetSystemDateAndTime left it. */
const clockSettings = ofState((camera) => {
  const { dateTimeType, timeZone } = camera.state;
  const useDaylight = daylightSavings.read(camera);
  const markup = xml`<tt:DateTimeType>${dateTimeType}</tt:DateTimeType><tt:DaylightSavings>${String(useDaylight)}</tt:DaylightSavings><tt:TimeZone><tt:TZ>${timeZone}</tt:TZ></tt:TimeZone>`;
  return { markup: inOnePiece(markup), zone: parseTimeZone(timeZone), useDaylight };
});

interface Location {
  entity?: string;
  token?: string;
  lon?: number;
  lat?: number;
  elevation?: number;
}
const location = kept<Location | undefined>('device.location', () => undefined);

/** Clock, restart, logs and place of the camera. */
export const deviceSystem: Behavior = {
  name: 'device-system',
  service: deviceService,
  operations: {
    GetSystemDateAndTime(camera, _args, call) {
      const { markup, zone, useDaylight } = clockSettings(call.onvif);
      const now = camera.clock.now();
      const utc = calendar(now);
      const offset = zone ? offsetAt(zone, now, useDaylight) : 0;
      const local = offset === 0 ? utc : calendar(now + offset * 1000);
      return xml`<tds:SystemDateAndTime>${markup}<tt:UTCDateTime>${utc}</tt:UTCDateTime><tt:LocalDateTime>${local}</tt:LocalDateTime></tds:SystemDateAndTime>`;
    },

    SetSystemDateAndTime(camera, args, call) {
      const type = args.oneOf('DateTimeType', ['Manual', 'NTP']);
      const useDaylight = args.flag('DaylightSavings');
      const zone = args.optionalPart('TimeZone')?.text('TZ');
      if (zone !== undefined && !parseTimeZone(zone))
        throw invalidValue(`"${zone}" is no time zone`, 'ter:InvalidTimeZone');
      const utc = args.optionalPart('UTCDateTime');
      const at = type === 'Manual' && utc ? calendarInstant(camera, utc) : undefined;
      const { fromDhcp, manual } = ntp.read(camera);
      if (type === 'NTP' && !fromDhcp && manual.length === 0) {
        throw invalidValue('no NTP server is set', 'ter:NtpServerUndefined');
      }
      const { state } = camera;
      state.dateTimeType = type;
      if (zone !== undefined) state.timeZone = zone;
      // A camera told to follow NTP is right from then on; the fleet's clock is the right time.
      if (type === 'NTP') state.clockOffsetMs = 0;
      else if (at !== undefined) state.clockOffsetMs = at - call.onvif.deps.clock.now();
      daylightSavings.write(camera, useDaylight);
      return undefined;
    },

    SetSystemFactoryDefault(camera, args, call) {
      const kind = args.oneOf('FactoryDefault', ['Hard', 'Soft']);
      call.afterwards(() => {
        resetToFactory(camera, kind);
        camera.reboot();
      });
      return undefined;
    },

    SystemReboot(camera, _args, call) {
      call.afterwards(() => camera.reboot());
      return xml`<tds:Message>Rebooting now</tds:Message>`;
    },

    GetSystemLog(camera, args) {
      if (args.oneOf('LogType', ['System', 'Access']) === 'Access') {
        throw new SoapFault(['ter:InvalidArgs', 'ter:AccesslogUnavailable'], 'there is no access log');
      }
      return xml`<tds:SystemLog><tt:String>${systemReport(camera)}</tt:String></tds:SystemLog>`;
    },

    GetSystemSupportInformation(camera) {
      return xml`<tds:SupportInformation><tt:String>${systemReport(camera)}</tt:String></tds:SupportInformation>`;
    },

    SetHashingAlgorithm(camera, args) {
      const names = args
        .text('Algorithm')
        .split(/[\s,]+/)
        .filter(Boolean);
      const known = names.filter((name): name is DigestAlgorithm => name === 'MD5' || name === 'SHA-256');
      if (known.length === 0 || known.length !== names.length || new Set(known).size !== known.length) {
        throw invalidValue('the hashing algorithms are MD5 and SHA-256');
      }
      hashing.write(camera, known);
      return undefined;
    },

    GetGeoLocation(camera) {
      const place = location.read(camera);
      return place && xml`<tds:Location${locationAttributes(place)}>${geoMarkup(place)}</tds:Location>`;
    },

    SetGeoLocation(camera, args) {
      const places = args.parts('Location');
      if (places.length === 0) throw new SoapFault(['ter:InvalidArgs'], 'Location is missing');
      if (places.length > 1) throw new SoapFault(['ter:Action', 'ter:TooManyEntries'], 'one location is kept');
      const place = places[0]!;
      if (place.optionalAttribute('AutoGeo') === 'true') {
        throw invalidValue('the camera does not know where it is', 'ter:NoAutoGeo');
      }
      const point = place.optionalPart('GeoLocation');
      const number = (name: string) =>
        point?.optionalAttribute(name) === undefined ? undefined : point.floatAttribute(name);
      location.write(camera, {
        entity: place.optionalAttribute('Entity'),
        token: place.optionalAttribute('Token'),
        lon: number('lon'),
        lat: number('lat'),
        elevation: number('elevation'),
      });
      return undefined;
    },

    DeleteGeoLocation(camera, args) {
      const place = location.read(camera);
      const same = (part: Arguments) =>
        place !== undefined &&
        part.optionalAttribute('Entity') === place.entity &&
        part.optionalAttribute('Token') === place.token;
      const named = args.parts('Location');
      if (named.length === 0) throw new SoapFault(['ter:InvalidArgs'], 'Location is missing');
      if (!named.every(same)) throw invalidValue('there is no such location', 'ter:NoConfig');
      location.write(camera, undefined);
      return undefined;
    },
  },
};

function calendar(at: number): Xml {
  const date = new Date(at);
  return xml`<tt:Time><tt:Hour>${date.getUTCHours()}</tt:Hour><tt:Minute>${date.getUTCMinutes()}</tt:Minute><tt:Second>${date.getUTCSeconds()}</tt:Second></tt:Time><tt:Date><tt:Year>${date.getUTCFullYear()}</tt:Year><tt:Month>${date.getUTCMonth() + 1}</tt:Month><tt:Day>${date.getUTCDate()}</tt:Day></tt:Date>`;
}

function calendarInstant(camera: Camera, utc: Arguments): number {
  const date = utc.part('Date');
  const time = utc.part('Time');
  const at = utcInstant({
    year: date.int('Year'),
    month: date.int('Month'),
    day: date.int('Day'),
    hour: time.int('Hour'),
    minute: time.int('Minute'),
    second: time.int('Second'),
  });
  if (at === undefined) throw invalidValue('there is no such date and time', 'ter:InvalidDateTime');
  if (camera.quirk('time-in-range') && !withinRange(at)) throw invalidValue(`${wrongTime}`, 'ter:InvalidDateTime');
  return at;
}

/** Soft keeps what a client needs to come back: users, pairing, network and clock. Hard leaves an uninitialised camera. */
export function resetToFactory(camera: Camera, kind: 'Hard' | 'Soft') {
  const { state } = camera;
  const fresh = newState(camera.profile, camera.identity);
  const { bootCount, metadataVersion } = state;
  const { initialized, users, pairing, hostname, timeZone, dateTimeType, clockOffsetMs, discoverable } = state;
  const network = Object.entries(state.extra).filter(([key]) => key.startsWith('network.'));
  for (const key of Object.keys(state)) delete (state as unknown as Record<string, unknown>)[key];
  Object.assign(state, fresh, { bootCount, metadataVersion: metadataVersion + 1 });
  if (kind === 'Soft') {
    Object.assign(state, { initialized, users, hostname, timeZone, dateTimeType, clockOffsetMs, discoverable });
    if (pairing) state.pairing = pairing;
    state.extra = Object.fromEntries(network);
  }
  camera.save();
}

const systemReport = (camera: Camera) =>
  [
    `${camera.profile.manufacturer} ${camera.profile.model}, firmware ${camera.profile.firmware}`,
    `serial ${camera.identity.serial}, MAC ${camera.identity.mac}`,
    `start ${camera.state.bootCount} at ${formatXsDateTime(camera.bootedAt)}, now ${formatXsDateTime(camera.clock.now())}`,
  ].join('\n');

const locationAttributes = ({ entity, token }: Location) =>
  xml`${entity !== undefined && xml` Entity="${entity}"`}${token !== undefined && xml` Token="${token}"`}`;

const geoMarkup = ({ lon, lat, elevation }: Location) =>
  lon !== undefined &&
  lat !== undefined &&
  xml`<tt:GeoLocation lon="${lon}" lat="${lat}"${elevation !== undefined && xml` elevation="${elevation}"`}/>`;
