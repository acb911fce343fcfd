import { formatXsDateTime } from '../../core/onvif/duration.ts';
import { type Xml, xml } from '../../core/soap/xml.ts';
import type { Camera } from '../camera.ts';
import { type Arguments, invalidValue } from '../onvif/arguments.ts';
import { type Behavior, type Call, classified, type Operation, type Service } from '../onvif/behavior.ts';
import { needRecording, recorderOf } from '../recording/find.ts';
import { extentOf, informationMarkup, instant } from '../recording/markup.ts';
import { attributesMarkup } from '../recording/media-attributes.ts';
import { findEvents } from '../recording/search-events.ts';
import { findMetadata, findPtz, readPtzFilter } from '../recording/search-metadata.ts';
import { filterOf, readEventFilter, recordingsIn } from '../recording/search-scope.ts';
import { createSearches, type Findings, type SearchKind } from '../recording/search-sessions.ts';

/** Recording Search (ver10/search.wsdl). */
export const searchService: Service = {
  name: 'search',
  prefix: 'tse',
  version: [22, 6],
  path: (camera) => camera.profile.storage?.paths.search ?? '',
  offered: (camera) => camera.profile.storage !== undefined,
  uses: ['tse', 'tt', 'wsnt', 'tns1'],
  access: classified({
    PRE_AUTH: 'GetServiceCapabilities',
    READ_MEDIA: `GetRecordingSummary GetRecordingInformation GetMediaAttributes FindRecordings
      GetRecordingSearchResults FindEvents GetEventSearchResults FindPTZPosition GetPTZPositionSearchResults
      FindMetadata GetMetadataSearchResults GetSearchState EndSearch`,
  }),
  capabilities: (_camera, has) =>
    xml`<tse:Capabilities MetadataSearch="${String(has('FindMetadata'))}" GeneralStartEvents="true"/>`,
};

export const search: Behavior = {
  name: 'search',
  service: searchService,
  operations: {
    GetRecordingSummary(camera) {
      const recorder = recorderOf(camera);
      const { recordings } = recorder.kept;
      const extents = recordings.flatMap((one) => extentOf(recorder, one) ?? []);
      const now = camera.clock.now();
      const from = Math.min(now, ...extents.map((one) => one.from));
      const until = extents.length > 0 ? Math.max(...extents.map((one) => one.to)) : now;
      return xml`<tse:Summary><tt:DataFrom>${instant(from)}</tt:DataFrom><tt:DataUntil>${instant(until)}</tt:DataUntil><tt:NumberRecordings>${recordings.length}</tt:NumberRecordings></tse:Summary>`;
    },

    GetRecordingInformation: (camera, args) =>
      informationMarkup(
        recorderOf(camera),
        needRecording(camera, args.text('RecordingToken'), 'ter:InvalidToken'),
        'tse:RecordingInformation',
      ),

    GetMediaAttributes(camera, args) {
      const recorder = recorderOf(camera);
      const tokens = args.texts('RecordingTokens');
      const asked = tokens.map((token) => needRecording(camera, token, 'ter:InvalidToken'));
      const at = args.dateTime('Time');
      const recordings = tokens.length > 0 ? asked : recorder.kept.recordings;
      return xml`${recordings.map((one) => attributesMarkup(camera, recorder, one, at))}`;
    },

    FindRecordings(camera, args, call) {
      const recordings = recordingsIn(args.part('Scope'), camera);
      const recorder = recorderOf(camera);
      const found = recordings.map((one) => informationMarkup(recorder, one, 'tt:RecordingInformation'));
      return begin('recordings', found.values(), args, call, camera.clock.now());
    },
    GetRecordingSearchResults: results('recordings'),

    FindEvents(camera, args, call) {
      const { start, end } = rangeOf(args, camera);
      const recordings = recordingsIn(args.part('Scope'), camera);
      const wanted = readEventFilter(args.part('SearchFilter').element);
      const startState = args.flag('IncludeStartState');
      const found = findEvents(recorderOf(camera), recordings, wanted, { start, end, startState });
      return begin('events', found, args, call, end);
    },
    GetEventSearchResults: results('events'),

    FindPTZPosition(camera, args, call) {
      const { start, end } = rangeOf(args, camera);
      const recordings = recordingsIn(args.part('Scope'), camera);
      const volume = readPtzFilter(args.part('SearchFilter'));
      return begin('ptz', findPtz(camera, recorderOf(camera), recordings, volume, { start, end }), args, call, end);
    },
    GetPTZPositionSearchResults: results('ptz'),

    FindMetadata(camera, args, call) {
      const { start, end } = rangeOf(args, camera);
      const recordings = recordingsIn(args.part('Scope'), camera);
      const passes = filterOf(args.part('MetadataFilter').text('MetadataStreamFilter'));
      const found = findMetadata(camera, recorderOf(camera), recordings, passes, { start, end });
      return begin('metadata', found, args, call, end);
    },
    GetMetadataSearchResults: results('metadata'),

    GetSearchState(_camera, args, call) {
      const { left } = call.onvif.get(createSearches).find(args.text('SearchToken'));
      return xml`<tse:State>${left > 0 ? 'Searching' : 'Completed'}</tse:State>`;
    },

    EndSearch(_camera, args, call) {
      const searches = call.onvif.get(createSearches);
      const one = searches.find(args.text('SearchToken'));
      searches.end(one);
      return xml`<tse:Endpoint>${formatXsDateTime(one.endPoint)}</tse:Endpoint>`;
    },
  },
};

/** Where a search begins and ends: with the recordings at the latest; back in time when the end lies before the start. */
function rangeOf(args: Arguments, camera: Camera): { start: number; end: number } {
  const start = args.dateTime('StartPoint');
  const end = args.has('EndPoint') ? args.dateTime('EndPoint') : Math.max(start, camera.clock.now());
  const recorder = recorderOf(camera);
  const within = (at: number) => Math.max(recorder.events.begin, Math.min(camera.clock.now(), at));
  // A range that lies outside of all footage stays what it is: nothing will be found there.
  return Math.max(start, end) < recorder.events.begin || Math.min(start, end) > camera.clock.now()
    ? { start: end, end }
    : { start: within(start), end: within(end) };
}

function begin(kind: SearchKind, findings: Findings, args: Arguments, call: Call, endPoint: number): Xml {
  const { camera } = call.onvif;
  const maxMatches = args.optionalInt('MaxMatches') ?? Number.POSITIVE_INFINITY;
  if (maxMatches < 1) throw invalidValue('MaxMatches is 1 or more');
  const keepAliveMs = args.duration('KeepAliveTime', camera);
  if (keepAliveMs <= 0) throw invalidValue('KeepAliveTime is a time');
  const { token } = call.onvif.get(createSearches).open(kind, findings, { maxMatches, keepAliveMs, endPoint });
  return xml`<tse:SearchToken>${token}</tse:SearchToken>`;
}

/** Everything is at hand, so nobody waits: WaitTime and MinResults are met at once. */
function results(kind: SearchKind): Operation {
  return (camera, args, call) => {
    const searches = call.onvif.get(createSearches);
    const one = searches.find(args.text('SearchToken'), kind);
    const most = args.optionalInt('MaxResults');
    if (most !== undefined && most < 1) throw invalidValue('MaxResults is 1 or more');
    args.optionalInt('MinResults');
    args.optionalDuration('WaitTime', camera);
    const { found, completed } = searches.results(one, most);
    return xml`<tse:ResultList><tt:SearchState>${completed ? 'Completed' : 'Searching'}</tt:SearchState>${found}</tse:ResultList>`;
  };
}
