import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatEnvelope } from '../../core/soap/envelope.ts';
import { Xml } from '../../core/soap/xml.ts';
import { openValidator, schemaFolder, schemasMissing, type Validator } from './validator.ts';

const message = (body: string) =>
  formatEnvelope(new Xml(body), ['tds', 'tt', 'trt', 'tev', 'wsnt', 'wstop', 'tns1', 'xs']);
const hostname = (inside: string) =>
  message(
    `<tds:GetHostnameResponse><tds:HostnameInformation>${inside}</tds:HostnameInformation></tds:GetHostnameResponse>`,
  );
const notification = (inside: string) =>
  message(
    `<tev:PullMessagesResponse><tev:CurrentTime>2026-01-01T00:00:00Z</tev:CurrentTime><tev:TerminationTime>2026-01-01T00:01:00Z</tev:TerminationTime><wsnt:NotificationMessage><wsnt:Topic Dialect="urn:d">tns1:A</wsnt:Topic><wsnt:Message>${inside}</wsnt:Message></wsnt:NotificationMessage></tev:PullMessagesResponse>`,
  );

describe.skipIf(schemaFolder === undefined)('the schema checker', () => {
  let validator: Validator;
  beforeAll(() => {
    validator = openValidator()!;
  });
  afterAll(() => validator[Symbol.dispose]());

  test('passes what is valid', () => {
    expect(validator.problems(hostname('<tt:FromDHCP>true</tt:FromDHCP><tt:Name>x</tt:Name>'))).toEqual([]);
    expect(validator.problems(notification('<tt:Message UtcTime="2026-01-01T00:00:00Z"/>'))).toEqual([]);
  });

  test.each([
    ['a wrong value', hostname('<tt:FromDHCP>perhaps</tt:FromDHCP>')],
    ['a missing element', hostname('<tt:Name>x</tt:Name>')],
    ['a wrong order', hostname('<tt:Name>x</tt:Name><tt:FromDHCP>true</tt:FromDHCP>')],
    ['an unknown element', hostname('<tt:FromDHCP>true</tt:FromDHCP><tt:Port>1</tt:Port>')],
    ['a wrong namespace', hostname('<tds:FromDHCP>true</tds:FromDHCP>')],
    ['an answer nobody defined', message('<tds:GetEverythingResponse/>')],
    ['a message without its time', notification('<tt:Message/>')],
    [
      'a property operation that is none',
      notification('<tt:Message UtcTime="2026-01-01T00:00:00Z" PropertyOperation="Moved"/>'),
    ],
    [
      'a topic without dialect',
      notification('<tt:Message UtcTime="2026-01-01T00:00:00Z"/>').replace(' Dialect="urn:d"', ''),
    ],
    [
      'a message description in a topic set that is wrong',
      message(
        '<tev:GetEventPropertiesResponse><tev:TopicNamespaceLocation>u</tev:TopicNamespaceLocation><wsnt:FixedTopicSet>true</wsnt:FixedTopicSet><wstop:TopicSet><tns1:A wstop:topic="true"><tt:MessageDescription><tt:Data><tt:SimpleItemDescription Name="x"/></tt:Data></tt:MessageDescription></tns1:A></wstop:TopicSet><wsnt:TopicExpressionDialect>d</wsnt:TopicExpressionDialect><tev:MessageContentFilterDialect>d</tev:MessageContentFilterDialect><tev:MessageContentSchemaLocation>d</tev:MessageContentSchemaLocation></tev:GetEventPropertiesResponse>',
      ),
    ],
    [
      'a profile without a token',
      message('<trt:GetProfilesResponse><trt:Profiles><tt:Name>x</tt:Name></trt:Profiles></trt:GetProfilesResponse>'),
    ],
    ['text that is no XML', '<s:Envelope'],
  ])('names %s', (_, text) => {
    expect(validator.problems(text).length).toBeGreaterThan(0);
  });
});

if (schemaFolder === undefined) console.warn(`SKIPPED ALOUD: ${schemasMissing}`);
