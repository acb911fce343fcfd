import { Tooltip } from '@mantine/core';
import { IconCloud, IconDeviceCctv, IconRadar2, IconSettings, IconWorld } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { type Role, roleCovers } from '../../people/roles.ts';
import { Mark } from '../parts/brand.tsx';
import { ToneBadge } from '../parts/tone-badge.tsx';
import type { Status, User } from '../wire.ts';
import { ColorSchemeToggle } from './color-scheme-toggle.tsx';
import { Footer } from './footer.tsx';
import { LiveIndicator } from './live-indicator.tsx';
import { OfflineBanner } from './offline-banner.tsx';
import classes from './shell.module.css';
import { UserMenu } from './user-menu.tsx';

const places: { href: string; label: string; Icon: typeof IconCloud; role: Role }[] = [
  { href: '/devices', label: 'Devices', Icon: IconDeviceCctv, role: 'live_only' },
  { href: '/events', label: 'Events', Icon: IconRadar2, role: 'viewer' },
  { href: '/cloud-access', label: 'Cloud Access', Icon: IconCloud, role: 'viewer' },
  { href: '/settings', label: 'Settings', Icon: IconSettings, role: 'live_only' },
];

const isHere = (location: string, href: string) => location === href || location.startsWith(`${href}/`);

function Places({ user, className, iconSize }: { user: User; className: string | undefined; iconSize: number }) {
  const [location] = useLocation();
  const open = places.filter(({ role }) => roleCovers(user.role, role));
  return (
    <nav className={className} aria-label="Pages">
      {open.map(({ href, label, Icon }) => (
        <Link key={href} href={href} aria-current={isHere(location, href) ? 'page' : undefined}>
          <Icon size={iconSize} stroke={1.75} aria-hidden />
          {label}
        </Link>
      ))}
    </nav>
  );
}

/** What surrounds every page once one is in. */
export const Shell = ({ status, user, children }: { status: Status; user: User; children: ReactNode }) => (
  <>
    <button type="button" className="skip" onClick={() => document.querySelector<HTMLElement>('main')?.focus()}>
      Skip to content
    </button>
    <header className={classes.header}>
      <div className={classes.headerIn}>
        <Link href="/devices" className={classes.brand}>
          <Mark />
          <span className={classes.brandText}>
            <b>Vigil</b>
            <span>{status.name}</span>
          </span>
        </Link>
        <Places user={user} className={classes.nav} iconSize={18} />
        <div className={classes.right}>
          {user.remote && (
            <Tooltip label="You are connected through the cloud, not on the gateway’s own network.">
              <ToneBadge tone="note" leftSection={<IconWorld size={12} aria-hidden />}>
                Remote
              </ToneBadge>
            </Tooltip>
          )}
          <LiveIndicator />
          <ColorSchemeToggle />
          <UserMenu user={user} />
        </div>
      </div>
    </header>
    <OfflineBanner />
    <main className={classes.main} tabIndex={-1}>
      {children}
    </main>
    <Footer />
    <Places user={user} className={classes.bottom} iconSize={22} />
  </>
);
