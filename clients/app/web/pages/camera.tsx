import { useHouse } from '../api/house.ts';
import { EventList } from '../parts/event-list.tsx';
import { Heading } from '../parts/heading.tsx';
import { IconChevronLeft } from '../parts/icons.tsx';
import { LiveVideo } from '../parts/live-video.tsx';
import { PtzPad } from '../parts/ptz-pad.tsx';
import { StateMark } from '../parts/state-mark.tsx';

/** One camera: its live picture, turning, and what it saw. */
export function CameraPage({ gatewayId, cameraId }: { gatewayId: string; cameraId: string }) {
  const { places, events, loading } = useHouse();
  const camera = places.find(({ id }) => id === gatewayId)?.cameras.find(({ id }) => id === cameraId);
  const back = (
    <a className="back" href="#/" aria-label="Back to the cameras">
      <IconChevronLeft size={28} aria-hidden />
    </a>
  );
  if (!camera)
    return (
      <>
        <Heading title={loading ? 'Camera' : 'Not there'} before={back} />
        <p className="quiet">{loading ? 'Loading …' : 'This camera is not in the list, or its VMS Local is away.'}</p>
      </>
    );
  return (
    <>
      <Heading title={camera.name} before={back} after={<StateMark state={camera.state} />} />
      <div className="wide">
        <div>
          <LiveVideo key={`${gatewayId} ${cameraId}`} gatewayId={gatewayId} cameraId={cameraId} name={camera.name} />
          {camera.stateDetail && <p className="quiet">{camera.stateDetail}</p>}
        </div>
        <div>
          <PtzPad gatewayId={gatewayId} cameraId={cameraId} />
          <section className="card" aria-labelledby="seen">
            <h2 id="seen">Events</h2>
            <EventList
              withCamera={false}
              events={events.filter((one) => one.gatewayId === gatewayId && one.cameraId === cameraId).slice(0, 30)}
            />
          </section>
          <p className="quiet facts">
            {camera.model ?? 'Unknown model'} · {camera.serial ?? 'no serial number'}
          </p>
        </div>
      </div>
    </>
  );
}
