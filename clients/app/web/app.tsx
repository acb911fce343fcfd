import { useEffect, useSyncExternalStore } from 'react';
import { startHouse } from './api/house.ts';
import { sessionStore } from './api/session.ts';
import { CameraPage } from './pages/camera.tsx';
import { CamerasPage } from './pages/cameras.tsx';
import { EventsPage } from './pages/events.tsx';
import { MePage } from './pages/me.tsx';
import { PairPage } from './pages/pair.tsx';
import { SignInPage } from './pages/sign-in.tsx';
import { Nav } from './parts/nav.tsx';
import { useRoute } from './parts/route.ts';

export function App() {
  const session = useSyncExternalStore(sessionStore.subscribe, sessionStore.get);
  if (!session) return <SignInPage />;
  return <SignedIn key={session.email} />;
}

function SignedIn() {
  const [page = '', ...rest] = useRoute();
  useEffect(() => {
    void startHouse();
  }, []);
  return (
    <>
      <main id="main" className="page">
        {page === 'camera' ? (
          <CameraPage gatewayId={rest[0] ?? ''} cameraId={rest[1] ?? ''} />
        ) : page === 'events' ? (
          <EventsPage />
        ) : page === 'add' ? (
          <PairPage />
        ) : page === 'me' ? (
          <MePage />
        ) : (
          <CamerasPage />
        )}
      </main>
      <Nav page={page} />
    </>
  );
}
