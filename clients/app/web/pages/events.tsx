import { useHouse } from '../api/house.ts';
import { EventList } from '../parts/event-list.tsx';
import { Heading } from '../parts/heading.tsx';

export function EventsPage() {
  const { events, places } = useHouse();
  const live = places.filter((place) => place.live).length;
  const online = places.filter((place) => place.online).length;
  return (
    <>
      <Heading
        title="Events"
        after={
          <span className={`state ${live > 0 && live === online ? 'good' : 'idle'}`}>
            {live > 0 ? 'Live' : 'Waiting'}
          </span>
        }
      />
      <EventList events={events} withCamera />
    </>
  );
}
