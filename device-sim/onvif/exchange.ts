import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../core/runtime/clock.ts';
import { formatEnvelope } from '../../core/soap/envelope.ts';
import { formatFault, SoapFault } from '../../core/soap/fault.ts';
import { namespaces } from '../../core/soap/namespaces.ts';
import { Xml, type XmlElement, xml } from '../../core/soap/xml.ts';
import type { Camera } from '../camera.ts';
import { httpMessageOf } from '../wire/http-message.ts';
import type { Answer, TableEntry } from './behavior.ts';
import { send } from './http-answer.ts';

/** One request and its one answer; what is known of it grows while it is read. */
export class Exchange {
  what = 'SOAP';
  header: readonly XmlElement[] = [];
  entry: TableEntry | undefined;
  /** Run when the answer is on its way. */
  readonly afterwards: (() => void)[] = [];

  constructor(
    private readonly camera: Camera,
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    readonly peer: string,
    private readonly text: string,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly beganAt: number,
  ) {}

  answer({ service, name, responseTag }: TableEntry, content: Answer) {
    const inside = content?.markup ?? '';
    const body = new Xml(inside === '' ? `<${responseTag}/>` : `<${responseTag}>${inside}</${responseTag}>`);
    const action = service.actionOf?.(name);
    const header = action === undefined ? undefined : this.replyHeader(action);
    const { afterwards, response } = this;
    if (afterwards.length > 0) {
      response.once('finish', () => {
        for (const task of afterwards) task();
      });
    }
    const markup = formatEnvelope(body, service.uses, header);
    const undeclared = action !== undefined && this.camera.quirk('undeclared-wsa');
    this.settle(200, undeclared ? markup.replace(` xmlns:wsa="${namespaces.wsa}"`, '') : markup);
  }

  fail(error: unknown, headers: string[] = []) {
    const fault = error instanceof SoapFault ? error : this.internalFault(error);
    const addressing = this.entry?.service.actionOf && this.replyHeader(faultAction);
    this.settle(fault.status, formatFault(fault, addressing), fault.subcodes.at(-1) ?? fault.code, headers);
  }

  private settle(status: number, markup: string, outcome?: string, headers: string[] = []) {
    const { what, peer, request, text } = this;
    const ms = this.clock.now() - this.beganAt;
    this.camera.received({ protocol: 'onvif', what, peer, ms, ...(outcome === undefined ? {} : { outcome }) }, () => ({
      request: httpMessageOf(request, text),
      answer: { start: `HTTP/1.1 ${status}`, headers, body: markup },
    }));
    send(this.response, status, markup, headers);
  }

  private replyHeader(action: string): Xml {
    const messageId = this.header.find(({ name, ns }) => name === 'MessageID' && ns === namespaces.wsa)?.text.trim();
    return xml`${messageId && xml`<wsa:RelatesTo>${messageId}</wsa:RelatesTo>`}<wsa:Action>${action}</wsa:Action>`;
  }

  /** A bug of ours: the whole chain in the log, nothing of it outside. */
  private internalFault(error: unknown): SoapFault {
    this.camera.log.error({ err: error, operation: this.what }, 'an operation failed');
    return new SoapFault(['ter:Action'], 'the action failed');
  }
}

/** Action of every fault of a service that speaks WS-Addressing (Core §9.9). */
const faultAction = 'http://www.w3.org/2005/08/addressing/soap/fault';
