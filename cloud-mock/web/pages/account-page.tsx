import { Breadcrumbs, Stack } from '@mantine/core';
import { useEffect } from 'react';
import { SignedIn } from '../layout/signed-in.tsx';
import { Heading } from '../parts/heading.tsx';
import classes from './account/account.module.css';
import { History } from './account/history.tsx';
import { Profile } from './account/profile.tsx';
import { Sessions } from './account/sessions.tsx';
import { Terminals, useTerminals } from './account/terminals.tsx';
import { TwoFactor } from './account/two-factor.tsx';

const parts = [
  ['profile', 'Profile'],
  ['two-factor', 'Two-Factor Authentication'],
  ['sessions', 'Sessions'],
  ['terminals', 'Trusted terminals'],
  ['history', 'Sign-in history'],
] as const;

/** The parts there are: without a trusted terminal the page has none of that name. */
function Contents() {
  const terminals = useTerminals().data?.length ?? 0;
  return (
    <nav className={classes.contents} aria-label="On this page">
      {parts
        .filter(([id]) => id !== 'terminals' || terminals > 0)
        .map(([id, label]) => (
          <a key={id} href={`#${id}`}>
            {label}
          </a>
        ))}
    </nav>
  );
}

/** Admin > Account, as the product guide names the place. */
export function AccountPage() {
  // The part of the page is drawn after the address was read, so the browser could not scroll to it by itself.
  useEffect(() => {
    document.getElementById(window.location.hash.slice(1))?.scrollIntoView();
  }, []);
  return (
    <SignedIn>
      {({ account }) => (
        <Stack gap="lg">
          <div>
            <Breadcrumbs separatorMargin={6} mb={6} fz="sm" c="dimmed">
              <span>Admin</span>
              <span aria-current="page">Account</span>
            </Breadcrumbs>
            <Heading title="Account" />
          </div>
          <div className={classes.columns}>
            <Contents />
            <Stack gap="lg" miw={0}>
              <Profile account={account} />
              <TwoFactor account={account} />
              <Sessions />
              <Terminals />
              <History />
            </Stack>
          </div>
        </Stack>
      )}
    </SignedIn>
  );
}
