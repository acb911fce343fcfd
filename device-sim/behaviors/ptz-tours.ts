import { formatXsDuration } from '../../core/onvif/duration.ts';
import { SoapFault } from '../../core/soap/fault.ts';
import { type Xml, xml } from '../../core/soap/xml.ts';
import type { Camera } from '../camera.ts';
import { type Arguments, invalidValue } from '../onvif/arguments.ts';
import type { Behavior, Call, Operation } from '../onvif/behavior.ts';
import { spaces, spacesOfPosition } from '../onvif/media/ptz.ts';
import type { PtzPosition } from '../onvif/ptz-head.ts';
import { presets } from '../onvif/ptz-presets.ts';
import {
  createTourPlayer,
  maxTours,
  spotMarkup,
  stayRangeMs,
  type Tour,
  type TourSpot,
  tourOperations,
  tours,
} from '../onvif/ptz-tours.ts';
import { needPtzProfile, ptzService, speedOf, vectorOf } from './ptz.ts';

const directions = ['Forward', 'Backward'] as const;
const maxSpots = 16;

/** For models that walk along their presets; the others do not know these operations. */
const touring =
  (operation: Operation): Operation =>
  (camera, args, call) => {
    if (camera.profile.presetTours !== true)
      throw new SoapFault(['ter:ActionNotSupported'], 'this model knows no preset tours');
    needPtzProfile(camera, args);
    return operation(camera, args, call);
  };

const invalid = (reason: string) => invalidValue(reason, 'ter:InvalidPresetTour');

function needTour(camera: Camera, token: string): Tour {
  const tour = tours.read(camera).find((one) => one.token === token);
  if (!tour) throw invalidValue(`there is no tour "${token}"`, 'ter:NoToken');
  return tour;
}

function tourMarkup(camera: Camera, call: Call, tour: Tour): Xml {
  const { state, spot } = call.onvif.get(createTourPlayer).stateOf(tour.token);
  const { rounds, durationMs, direction, randomOrder } = tour;
  const condition = xml`<tt:StartingCondition RandomPresetOrder="${String(randomOrder)}">${rounds !== undefined && xml`<tt:RecurringTime>${rounds}</tt:RecurringTime>`}${durationMs !== undefined && xml`<tt:RecurringDuration>${formatXsDuration(durationMs)}</tt:RecurringDuration>`}<tt:Direction>${direction}</tt:Direction></tt:StartingCondition>`;
  return xml`<tptz:PresetTour token="${tour.token}"><tt:Name>${tour.name}</tt:Name><tt:Status><tt:State>${state}</tt:State>${spot && spotMarkup(camera, 'tt:CurrentTourSpot', spot)}</tt:Status><tt:AutoStart>${String(tour.autoStart)}</tt:AutoStart>${condition}${tour.spots.map((one) => spotMarkup(camera, 'tt:TourSpot', one))}</tptz:PresetTour>`;
}

function spotOf(camera: Camera, part: Arguments): TourSpot {
  const stayMs = part.optionalDuration('StayTime', camera) ?? 5000;
  if (stayMs < stayRangeMs[0] || stayMs > stayRangeMs[1]) throw invalid('that stay will not do');
  const speed = part.has('Speed') ? speedOf(camera, part) : undefined;
  return { at: placeOf(camera, part.part('PresetDetail')), ...(speed ? { speed } : {}), stayMs };
}

function placeOf(camera: Camera, detail: Arguments): TourSpot['at'] {
  const preset = detail.optionalText('PresetToken');
  if (preset !== undefined) {
    if (!presets.read(camera).some(({ token }) => token === preset)) throw invalid(`there is no preset "${preset}"`);
    return { preset };
  }
  const vector = detail.optionalPart('PTZPosition');
  if (vector) {
    const {
      x = 0,
      y = 0,
      zoom = 0,
    } = vectorOf(camera, vector, 'ter:InvalidPresetTour', {
      panTilt: [spaces.panTiltPosition],
      zoom: [spaces.zoomPosition],
    });
    const position: PtzPosition = { x, y, zoom };
    if (Math.abs(x) > 1 || Math.abs(y) > 1 || zoom < 0 || zoom > 1) throw invalid('the position is out of reach');
    return { position };
  }
  if (detail.optionalFlag('Home') === true) return { home: true };
  throw invalid('a spot is a preset, a position or home');
}

function changed(camera: Camera, before: Tour, part: Arguments): Tour {
  const condition = part.part('StartingCondition');
  const rounds = condition.optionalInt('RecurringTime');
  const durationMs = condition.optionalDuration('RecurringDuration', camera);
  if (rounds !== undefined && rounds < 0) throw invalid('a tour is not made less than once');
  const spots = part.parts('TourSpot').map((spot) => spotOf(camera, spot));
  if (spots.length > maxSpots) throw invalid(`at most ${maxSpots} spots`);
  return {
    token: before.token,
    name: part.optionalText('Name') || before.name,
    autoStart: part.flag('AutoStart'),
    // 0 rounds: without end.
    ...(rounds ? { rounds } : {}),
    ...(durationMs ? { durationMs } : {}),
    direction: condition.optionalOneOf('Direction', directions) ?? 'Forward',
    randomOrder: condition.optionalAttribute('RandomPresetOrder') === 'true',
    spots,
  };
}

/** Preset tours (PTZ Service §5.8). */
export const ptzTours: Behavior = {
  name: 'ptz-tours',
  service: ptzService,
  start(context) {
    const { camera } = context;
    if (camera.profile.presetTours !== true) return;
    const first = tours.read(camera).find(({ autoStart, spots }) => autoStart && spots.length > 0);
    if (first) context.get(createTourPlayer).start(first);
  },
  operations: {
    GetPresetTours: touring(
      (camera, _args, call) => xml`${tours.read(camera).map((tour) => tourMarkup(camera, call, tour))}`,
    ),

    GetPresetTour: touring((camera, args, call) =>
      tourMarkup(camera, call, needTour(camera, args.text('PresetTourToken'))),
    ),

    GetPresetTourOptions: touring((camera, args) => {
      const token = args.optionalText('PresetTourToken');
      if (token) needTour(camera, token);
      const [least, most] = stayRangeMs.map(formatXsDuration) as [string, string];
      return xml`<tptz:Options><tt:AutoStart>true</tt:AutoStart><tt:StartingCondition><tt:RecurringTime><tt:Min>0</tt:Min><tt:Max>1000</tt:Max></tt:RecurringTime>${directions.map((one) => xml`<tt:Direction>${one}</tt:Direction>`)}</tt:StartingCondition><tt:TourSpot><tt:PresetDetail>${presets.read(camera).map(({ token: one }) => xml`<tt:PresetToken>${one}</tt:PresetToken>`)}<tt:Home>true</tt:Home>${spacesOfPosition(camera)}</tt:PresetDetail><tt:StayTime><tt:Min>${least}</tt:Min><tt:Max>${most}</tt:Max></tt:StayTime></tt:TourSpot></tptz:Options>`;
    }),

    CreatePresetTour: touring((camera) => {
      const all = tours.read(camera);
      if (all.length >= maxTours)
        throw new SoapFault(['ter:Action', 'ter:TooManyPresetTours'], `at most ${maxTours} tours`);
      let number = 1;
      while (all.some(({ token }) => token === `tour_${number}`)) number += 1;
      const token = `tour_${number}`;
      const tour: Tour = {
        token,
        name: `Tour ${number}`,
        autoStart: false,
        direction: 'Forward',
        randomOrder: false,
        spots: [],
      };
      tours.write(camera, [...all, tour]);
      return xml`<tptz:PresetTourToken>${token}</tptz:PresetTourToken>`;
    }),

    ModifyPresetTour: touring((camera, args, call) => {
      const part = args.part('PresetTour');
      const before = needTour(camera, part.attribute('token'));
      const after = changed(camera, before, part);
      call.onvif.get(createTourPlayer).stop(before.token);
      tours.write(
        camera,
        tours.read(camera).map((one) => (one.token === before.token ? after : one)),
      );
      return undefined;
    }),

    OperatePresetTour: touring((camera, args, call) => {
      const tour = needTour(camera, args.text('PresetTourToken'));
      const operation = args.oneOf('Operation', tourOperations);
      const player = call.onvif.get(createTourPlayer);
      if (operation === 'Pause') player.pause(tour.token);
      else if (operation === 'Stop') player.stop(tour.token);
      else if (tour.spots.length === 0)
        throw new SoapFault(['ter:Action', 'ter:ActivationFailed'], 'the tour has no spots');
      else player.start(tour);
      return undefined;
    }),

    RemovePresetTour: touring((camera, args, call) => {
      const { token } = needTour(camera, args.text('PresetTourToken'));
      call.onvif.get(createTourPlayer).stop(token);
      tours.write(
        camera,
        tours.read(camera).filter((one) => one.token !== token),
      );
      return undefined;
    }),
  },
};
