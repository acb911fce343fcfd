import { Redirect, Route, Switch } from 'wouter';
import { useToken } from './api/queries.ts';
import { CameraPage } from './camera/camera-page.tsx';
import { TokenDoor } from './door/token-door.tsx';
import { FleetPage } from './fleet/fleet-page.tsx';
import { PicturesProvider } from './fleet/picture.tsx';
import { LabelsPage } from './labels/labels-page.tsx';
import { ScenarioPage } from './scenario/scenario-page.tsx';
import { Shell } from './shell/shell.tsx';

export function App() {
  const { token, refused } = useToken();
  if (!token) return <TokenDoor refused={refused} />;
  return (
    <PicturesProvider>
      <Shell>
        <Switch>
          <Route path="/cameras">
            <FleetPage />
          </Route>
          <Route path="/cameras/:name/:tab?">
            {({ name, tab }) => <CameraPage key={name} name={name} tab={tab ?? 'wire'} />}
          </Route>
          <Route path="/labels">
            <LabelsPage />
          </Route>
          <Route path="/scenarios">
            <ScenarioPage />
          </Route>
          <Route>
            <Redirect to="/cameras" replace />
          </Route>
        </Switch>
      </Shell>
    </PicturesProvider>
  );
}
