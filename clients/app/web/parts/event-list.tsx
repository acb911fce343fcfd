import type { PlacedEvent } from '../api/house.ts';
import { kindWord } from '../api/notify.ts';

const when = (iso: string) => {
  const at = new Date(iso);
  const today = at.toDateString() === new Date().toDateString();
  return at.toLocaleString(undefined, today ? { timeStyle: 'medium' } : { dateStyle: 'medium', timeStyle: 'short' });
};
const phase = (active: boolean | null) => (active === null ? '' : active ? ' begins' : ' ends');

export const EventList = ({ events, withCamera }: { events: readonly PlacedEvent[]; withCamera: boolean }) =>
  events.length === 0 ? (
    <p className="quiet">Nothing yet. What the cameras see appears here by itself.</p>
  ) : (
    <ul className="events" aria-live="polite" aria-relevant="additions">
      {events.map((event) => (
        <li key={`${event.gatewayId} ${event.id}`} className={event.active === false ? 'over' : ''}>
          <strong>
            {kindWord(event.kind)}
            {phase(event.active)}
          </strong>
          <time dateTime={event.occurredAt}>{when(event.occurredAt)}</time>
          {withCamera && (
            <a href={`#/camera/${event.gatewayId}/${encodeURIComponent(event.cameraId)}`}>
              {event.cameraName} · {event.place}
            </a>
          )}
        </li>
      ))}
    </ul>
  );
