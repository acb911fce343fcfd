import { Redirect, Route, Switch } from 'wouter';
import { ReachBanner } from './layout/reach-banner.tsx';
import { AccountPage } from './pages/account-page.tsx';
import { AuditPage } from './pages/audit-page.tsx';
import { BindPage } from './pages/bind-page.tsx';
import { DevicePage } from './pages/device-page.tsx';
import { DevicesPage } from './pages/devices-page.tsx';
import { HomePage } from './pages/home-page.tsx';
import { InvitationPage } from './pages/invitation-page.tsx';
import { MailboxPage } from './pages/mailbox-page.tsx';
import { NotFoundPage } from './pages/not-found-page.tsx';
import { SignInPage } from './pages/sign-in/sign-in-page.tsx';
import { SignUpPage } from './pages/sign-up-page.tsx';
import { SitesPage } from './pages/sites-page.tsx';
import { TwoFactorOffPage } from './pages/two-factor-off-page.tsx';
import { UsersPage } from './pages/users-page.tsx';

export const App = () => (
  <>
    <Switch>
      <Route path="/" component={HomePage} />
      <Route path="/sign-in" component={SignInPage} />
      <Route path="/sign-up" component={SignUpPage} />
      <Route path="/account" component={AccountPage} />
      <Route path="/devices" component={DevicesPage} />
      <Route path="/audit" component={AuditPage} />
      <Route path="/sites" component={SitesPage} />
      <Route path="/users" component={UsersPage} />
      <Route path="/invitation" component={InvitationPage} />
      <Route path="/bind" component={BindPage} />
      <Route path="/device" component={DevicePage} />
      <Route path="/two-factor/off" component={TwoFactorOffPage} />
      <Route path="/mailbox/:id?" component={MailboxPage} />
      <Route path="/gateways">
        <Redirect to="/" replace />
      </Route>
      <Route path="/history">
        <Redirect to="/account#history" replace />
      </Route>
      <Route component={NotFoundPage} />
    </Switch>
    <ReachBanner />
  </>
);
