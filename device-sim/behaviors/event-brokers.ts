import { SoapFault } from '../../core/soap/fault.ts';
import { type Xml, xml } from '../../core/soap/xml.ts';
import type { Camera, EventBrokerState } from '../camera.ts';
import { type Arguments, invalidValue } from '../onvif/arguments.ts';
import type { Behavior } from '../onvif/behavior.ts';
import { concreteSetDialect, parseTopicFilter } from '../onvif/topic-filter.ts';
import { brokerProtocols, eventsService, maxEventBrokers } from './events-service.ts';

/** Where events go by MQTT (Core §9.12). This keeps the settings; the camera's MQTT link follows them. */
export const eventBrokers: Behavior = {
  name: 'event-brokers',
  service: eventsService,
  operations: {
    AddEventBroker(camera, args) {
      const broker = brokerOf(args.part('EventBroker'));
      const { state } = camera;
      const others = state.eventBrokers.filter(({ address }) => address !== broker.address);
      if (others.length >= maxEventBrokers) {
        throw new SoapFault(['ter:Action', 'ter:TooManyEventBrokers'], `at most ${maxEventBrokers} event brokers`);
      }
      state.eventBrokers = [...others, broker];
      camera.save();
      return undefined;
    },

    DeleteEventBroker(camera, args) {
      const broker = needBroker(camera, args.text('Address'));
      camera.state.eventBrokers = camera.state.eventBrokers.filter((one) => one !== broker);
      camera.save();
      return undefined;
    },

    GetEventBrokers(camera, args) {
      const address = args.optionalText('Address');
      const brokers = address ? [needBroker(camera, address)] : camera.state.eventBrokers;
      return xml`${brokers.map((broker) => brokerMarkup(camera, broker))}`;
    },
  },
};

function needBroker(camera: Camera, address: string): EventBrokerState {
  const wanted = parseAddress(address)?.href ?? address;
  const broker = camera.state.eventBrokers.find((one) => one.address === wanted || one.address === address);
  if (!broker) throw invalidValue(`there is no event broker ${address}`, 'ter:InvalidAddress');
  return broker;
}

function parseAddress(text: string): { protocol: string; href: string } | undefined {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#@\s]+)(\/[^?#\s]*)?$/i.exec(text);
  if (!match || !URL.canParse(text)) return undefined;
  const protocol = match[1]!.toLowerCase();
  return { protocol, href: `${protocol}://${match[2]}${match[3] ?? ''}` };
}

function brokerOf(config: Arguments): EventBrokerState {
  const text = config.text('Address');
  const address = parseAddress(text);
  if (!address) throw invalidValue(`"${text}" is no broker address`, 'ter:InvalidAddress');
  if (!brokerProtocols.some((protocol) => protocol === address.protocol)) {
    throw invalidValue(`the protocols are ${brokerProtocols.join(', ')}`, 'ter:InvalidProtocol');
  }
  const topicPrefix = config.text('TopicPrefix');
  if (topicPrefix === '' || /[#+\u0000]/.test(topicPrefix))
    throw invalidValue('the topic prefix is a topic of its own');
  const qos = config.optionalInt('QoS') ?? 0;
  if (qos !== 0 && qos !== 1 && qos !== 2) throw invalidValue('QoS is 0, 1 or 2');
  const username = config.optionalText('UserName');
  const password = config.optionalText('Password');
  const filter = publishFilter(config.optionalPart('PublishFilter'));
  return {
    address: address.href,
    topicPrefix,
    qos,
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(filter ? { filter } : {}),
  };
}

function publishFilter(part: Arguments | undefined): string | undefined {
  const expression = part?.element.children.find(({ name }) => name === 'TopicExpression');
  if (!expression) {
    if ((part?.element.children.length ?? 0) > 0)
      throw invalidValue('filters are topic expressions', 'ter:InvalidFilter');
    return undefined;
  }
  const dialect = expression.attributes['Dialect'] ?? concreteSetDialect;
  const filter = parseTopicFilter(expression.text.trim(), dialect, expression.prefixes);
  if (typeof filter === 'string') throw invalidValue('the topic filter was not understood', 'ter:InvalidFilter');
  return filter.expression;
}

/** The password never comes back. */
function brokerMarkup(camera: Camera, broker: EventBrokerState): Xml {
  const { address, topicPrefix, username, filter, qos } = broker;
  const status = camera.eventBrokerStatus(address);
  return xml`<tev:EventBroker><tev:Address>${address}</tev:Address><tev:TopicPrefix>${topicPrefix}</tev:TopicPrefix>${username !== undefined && xml`<tev:UserName>${username}</tev:UserName>`}${filter !== undefined && xml`<tev:PublishFilter><wsnt:TopicExpression Dialect="${concreteSetDialect}">${filter}</wsnt:TopicExpression></tev:PublishFilter>`}<tev:QoS>${qos}</tev:QoS><tev:Status>${status}</tev:Status></tev:EventBroker>`;
}
