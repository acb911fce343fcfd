import type { EventTopicFacts, Profile } from './profile.ts';

/**
 * How a camera words its events. `vigi`: as the model does. `tapo`: the older form with everything below
 * CellMotionDetector, which Home Assistant knows whole. `standard`: the topics ONVIF itself describes.
 */
export const dialects = ['vigi', 'tapo', 'standard'] as const;
export type Dialect = (typeof dialects)[number];

const tapoNames: Record<string, string> = {
  'CellMotionDetector/Motion': 'Motion',
  'TamperDetector/Tamper': 'Tamper',
  'IntrusionDetector/Intrusion': 'Intrusion',
  'LineCrossDetector/LineCross': 'LineCross',
  'PeopleDetector/People': 'People',
  'TPSmartEventDetector/TPSmartEvent': 'TpSmartEvent',
};

function tapo(facts: EventTopicFacts): EventTopicFacts {
  const name = tapoNames[facts.topic.replace('tns1:RuleEngine/', '')];
  return name === undefined ? facts : { ...facts, topic: `tns1:RuleEngine/CellMotionDetector/${name}` };
}

const source = { VideoSource: 'vsconf', AnalyticsConfiguration: 'VideoAnalyticsToken' };
/** Kinds the specifications have a topic for; the others keep the maker's. */
const standardTopics: Record<string, Omit<EventTopicFacts, 'kind'>[]> = {
  motion: [{ topic: 'tns1:VideoSource/MotionAlarm', property: true, source: { Source: 'vs' }, item: 'State' }],
  tamper: [
    {
      topic: 'tns1:VideoSource/GlobalSceneChange/ImagingService',
      property: true,
      source: { Source: 'vs' },
      item: 'State',
    },
  ],
  intrusion: [
    {
      topic: 'tns1:RuleEngine/FieldDetector/ObjectsInside',
      property: true,
      source: { ...source, Rule: 'FieldRule' },
      item: 'IsInside',
    },
  ],
  'line-cross': [
    {
      topic: 'tns1:RuleEngine/LineDetector/Crossed',
      property: false,
      source: { ...source, Rule: 'LineRule' },
      item: 'ObjectId',
      itemType: 'integer',
    },
  ],
};

function standard(topics: EventTopicFacts[]): EventTopicFacts[] {
  const done = new Set<string>();
  return topics.flatMap((facts) => {
    const instead = standardTopics[facts.kind];
    // CellMotionDetector/Motion is a standard topic itself and stays beside MotionAlarm.
    const kept = !instead || facts.kind === 'motion' ? [facts] : [];
    if (!instead || done.has(facts.kind)) return kept;
    done.add(facts.kind);
    const known = new Set(topics.map(({ topic }) => topic));
    return [...kept, ...instead.filter(({ topic }) => !known.has(topic)).map((one) => ({ kind: facts.kind, ...one }))];
  });
}

/** The profile with its topics in another wording; one that is standard already stays as it is. */
export function inDialect(profile: Profile, dialect: Dialect): Profile {
  if (dialect === 'vigi' || !profile.openApi) return profile;
  return { ...profile, topics: dialect === 'tapo' ? profile.topics.map(tapo) : standard(profile.topics) };
}
