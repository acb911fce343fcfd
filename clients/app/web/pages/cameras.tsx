import { reloadHouse, useHouse } from '../api/house.ts';
import { Fault, Heading } from '../parts/heading.tsx';
import { Snapshot } from '../parts/picture.tsx';
import { StateMark } from '../parts/state-mark.tsx';

/** Every VMS Local with its cameras and what they see. */
export function CamerasPage() {
  const { places, loading, problem } = useHouse();
  return (
    <>
      <Heading
        title="Cameras"
        after={
          <button type="button" className="plain" onClick={() => void reloadHouse()}>
            Refresh
          </button>
        }
      />
      {problem && <Fault>{problem}</Fault>}
      {loading && <p className="quiet">Loading …</p>}
      {!loading && !problem && places.length === 0 && (
        <section className="card">
          <h2>No VMS Local yet</h2>
          <p>
            Open your VMS Local in a browser and bind it to this TP-Link ID under Cloud Access. It appears here then.
          </p>
        </section>
      )}
      {places.map((place) => (
        <section key={place.id} aria-labelledby={place.id}>
          <h2 id={place.id} className="place">
            {place.name}
            <span className={`state ${place.online ? 'good' : 'bad'}`}>
              {place.online ? 'Connected' : 'Not connected'}
            </span>
          </h2>
          {place.problem && <Fault>{place.problem}</Fault>}
          {!place.online && <p className="quiet">It is not connected to the cloud. Check its power and network.</p>}
          {place.online && !place.problem && place.cameras.length === 0 && (
            <p className="quiet">
              No cameras. <a href="#/add">Add one</a> by scanning its label.
            </p>
          )}
          <ul className="cameras">
            {place.cameras.map((camera) => (
              <li key={camera.id}>
                <a className="camera" href={`#/camera/${place.id}/${encodeURIComponent(camera.id)}`}>
                  <Snapshot gatewayId={place.id} cameraId={camera.id} alt="" everyMs={8000} />
                  <span className="under">
                    <strong>{camera.name}</strong>
                    <StateMark state={camera.state} />
                  </span>
                </a>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}
