import { xml } from '../../../core/soap/xml.ts';
import { tokens } from '../../state/new-state.ts';
import { configMarkup, modules, rules } from '../analytics-state.ts';
import type { ConfigurationKind } from './kind.ts';

export const analyticsKind: ConfigurationKind = {
  type: 'Analytics',
  slot: 'analyticsConfiguration',
  tokens: ({ profile }) => (profile.channels ? [] : [tokens.analyticsConfiguration]),
  usualName: () => 'Video analytics',
  inside: (camera) =>
    xml`<tt:AnalyticsEngineConfiguration>${modules.read(camera).map((one) => configMarkup('tt:AnalyticsModule', one))}</tt:AnalyticsEngineConfiguration><tt:RuleEngineConfiguration>${rules.read(camera).map((one) => configMarkup('tt:Rule', one))}</tt:RuleEngineConfiguration>`,
};
