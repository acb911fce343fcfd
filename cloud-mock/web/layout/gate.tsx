import type { ReactNode } from 'react';
import { Brand } from '../parts/brand.tsx';
import { Footer } from './footer.tsx';
import classes from './gate.module.css';
import { NightWatch } from './night-watch.tsx';
import { SchemeToggle } from './scheme-toggle.tsx';

/** The way in: what a person sees before they are signed in. One sheet, beside a picture where there is room. */
export const Gate = ({ children }: { children: ReactNode }) => (
  <div className={classes.gate}>
    <aside className={classes.picture}>
      <NightWatch />
      <div className={classes.words}>
        <p className={classes.line}>One sign-in for every VMS Local you look after.</p>
        <p>
          A laboratory twin of TP-Link ID and VMS Cloud. Accounts, codes and mails live on this machine and go nowhere
          else.
        </p>
      </div>
    </aside>
    <div className={classes.side}>
      <header className={classes.head}>
        <Brand />
        <SchemeToggle />
      </header>
      <main id="main" className={classes.main}>
        {children}
      </main>
      <Footer />
    </div>
  </div>
);
