import { Xml, xml } from '../../../core/soap/xml.ts';
import { tokens } from '../../state/new-state.ts';
import { kept } from '../kept.ts';
import { concreteSetDialect, parseTopicFilter } from '../topic-filter.ts';
import { type ConfigurationKind, cannotModify, noMulticast, sessionTimeout } from './kind.ts';

/** What the metadata track carries. */
export interface MetadataState {
  ptzStatus: boolean;
  ptzPosition: boolean;
  /** Absent: no events. */
  events?: { filter?: string };
  analytics: boolean;
}

export const metadata = kept<MetadataState>('media.metadata', () => ({
  ptzStatus: false,
  ptzPosition: false,
  events: {},
  analytics: true,
}));

export const metadataKind: ConfigurationKind = {
  type: 'Metadata',
  slot: 'metadataConfiguration',
  tokens: () => [tokens.metadataConfiguration],
  usualName: () => 'Metadata',
  inside(camera) {
    const { ptzStatus, ptzPosition, events, analytics } = metadata.read(camera);
    const filter =
      events?.filter !== undefined &&
      xml`<tt:Filter><wsnt:TopicExpression Dialect="${concreteSetDialect}">${events.filter}</wsnt:TopicExpression></tt:Filter>`;
    return xml`${camera.profile.ptz && xml`<tt:PTZStatus><tt:Status>${String(ptzStatus)}</tt:Status><tt:Position>${String(ptzPosition)}</tt:Position></tt:PTZStatus>`}${events && xml`<tt:Events>${filter}</tt:Events>`}<tt:Analytics>${String(analytics)}</tt:Analytics>${noMulticast}${sessionTimeout}`;
  },
  change(camera, _token, configuration) {
    const ptz = configuration.optionalPart('PTZStatus');
    if (ptz && !camera.profile.ptz) throw cannotModify('this camera does not move');
    const events = configuration.optionalPart('Events');
    const expression = events?.optionalPart('Filter')?.element.children.find(({ name }) => name === 'TopicExpression');
    const filter =
      expression &&
      parseTopicFilter(expression.text.trim(), expression.attributes['Dialect'] ?? '', expression.prefixes);
    if (typeof filter === 'string') throw cannotModify('the event filter was not understood');
    metadata.write(camera, {
      ptzStatus: ptz?.flag('Status') ?? false,
      ptzPosition: ptz?.flag('Position') ?? false,
      ...(events ? { events: filter ? { filter: filter.expression } : {} } : {}),
      analytics: configuration.optionalFlag('Analytics') ?? false,
    });
  },
  options(camera, _tokens, _generation, tag) {
    const moves = String(camera.profile.ptz);
    return xml`${new Xml(`<${tag} GeoLocation="false" MaxContentFilterSize="0">`)}<tt:PTZStatusFilterOptions><tt:PanTiltStatusSupported>${moves}</tt:PanTiltStatusSupported><tt:ZoomStatusSupported>${moves}</tt:ZoomStatusSupported><tt:PanTiltPositionSupported>${moves}</tt:PanTiltPositionSupported><tt:ZoomPositionSupported>${moves}</tt:ZoomPositionSupported></tt:PTZStatusFilterOptions>${new Xml(`</${tag}>`)}`;
  },
};
