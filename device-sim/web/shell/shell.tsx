import { IconDeviceCctv, IconMovie } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { useScenarios } from '../api/queries.ts';
import { Mark } from '../parts/brand.tsx';
import { ToneBadge } from '../parts/tone-badge.tsx';
import { ColorSchemeToggle } from './color-scheme-toggle.tsx';
import { Footer } from './footer.tsx';
import { OfflineBanner } from './offline-banner.tsx';
import classes from './shell.module.css';

const places = [
  { href: '/cameras', label: 'Cameras', Icon: IconDeviceCctv },
  { href: '/scenarios', label: 'Scenarios', Icon: IconMovie },
];

function Places({ className, iconSize }: { className: string | undefined; iconSize: number }) {
  const [location] = useLocation();
  return (
    <nav className={className} aria-label="Pages">
      {places.map(({ href, label, Icon }) => (
        <Link key={href} href={href} aria-current={location.startsWith(href) ? 'page' : undefined}>
          <Icon size={iconSize} stroke={1.75} aria-hidden />
          {label}
        </Link>
      ))}
    </nav>
  );
}

/** What surrounds every page. */
export const Shell = ({ children }: { children: ReactNode }) => (
  <>
    <button type="button" className="skip" onClick={() => document.querySelector<HTMLElement>('main')?.focus()}>
      Skip to content
    </button>
    <header className={classes.header}>
      <div className={classes.headerIn}>
        <Link href="/cameras" className={classes.brand}>
          <Mark />
          <span className={classes.brandText}>
            <b>Vigil</b>
            <span>Fleet console</span>
          </span>
        </Link>
        <Places className={classes.nav} iconSize={18} />
        <div className={classes.right}>
          <Playing />
          <ColorSchemeToggle />
        </div>
      </div>
    </header>
    <OfflineBanner />
    <main className={classes.main} tabIndex={-1}>
      {children}
    </main>
    <Footer />
    <Places className={classes.bottom} iconSize={22} />
  </>
);

function Playing() {
  const { data = [] } = useScenarios();
  const running = data.filter(({ state }) => state === 'running');
  if (running.length === 0) return null;
  return (
    <Link href="/scenarios" className={classes.playing}>
      <ToneBadge tone="busy" leftSection={<IconMovie size={12} aria-hidden />}>
        {running.length === 1 ? running[0]!.name : `${running.length} scenarios`}
      </ToneBadge>
    </Link>
  );
}
